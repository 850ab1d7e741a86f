"""The quality of feeds, hour by hour."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007_quality"
down_revision = "0006_mappings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quality_counts",
        sa.Column("feed", sa.String(128), primary_key=True),
        sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("organisation", sa.String(128), primary_key=True),
        sa.Column("area", sa.String(32), primary_key=True),
        sa.Column("outcome", sa.String(16), primary_key=True),
        sa.Column("reason", sa.String(32), primary_key=True),
        sa.Column("events", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "quality_figures",
        sa.Column("feed", sa.String(128), primary_key=True),
        sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("expected", sa.Float(53)),
        sa.Column("basis", sa.String(16), nullable=False),
        sa.Column("completeness", sa.Float(53)),
        sa.Column("liveness", sa.Float(53)),
        sa.Column("mode", sa.String(16), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("quality_figures")
    op.drop_table("quality_counts")
