"""How far each source was read, and how it fares."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004_source"
down_revision = "0003_alerts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "source",
        sa.Column("id", sa.String(128), primary_key=True),
        sa.Column("cursor", sa.Text),
        sa.Column("status", sa.Text),
        sa.Column("updated", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("source")
