"""The history of indicators."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "history",
        sa.Column("indicator", sa.String(128), primary_key=True),
        sa.Column("area", sa.String(32), primary_key=True),
        sa.Column("step", sa.Integer, primary_key=True),
        sa.Column("at", sa.BigInteger, primary_key=True),
        sa.Column("value", sa.Float),
        sa.Column("low", sa.Float),
        sa.Column("high", sa.Float),
        sa.Column("numerator", sa.Float),
        sa.Column("denominator", sa.Float),
        sa.Column("events", sa.BigInteger, nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
    )
    op.create_index("history_step_at", "history", ["step", "at"])


def downgrade() -> None:
    op.drop_table("history")
