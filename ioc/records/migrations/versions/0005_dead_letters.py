"""Refused events, kept for repair."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_dead_letters"
down_revision = "0004_source"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.String(300), primary_key=True),
        sa.Column("feed", sa.String(128), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("organisation", sa.String(128), nullable=False),
        sa.Column("area", sa.String(32), nullable=False),
        sa.Column("event_id", sa.String(300), nullable=False),
        sa.Column("received", sa.Float(53), nullable=False),
        sa.Column("key", sa.LargeBinary),
        sa.Column("raw", sa.LargeBinary),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("kept_at", sa.Float(53), nullable=False),
        sa.Column("decided_at", sa.Float(53)),
        sa.Column("decided_by", sa.String(128), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("replay_of", sa.String(300), nullable=False),
        sa.Column("mended", sa.LargeBinary),
        sa.Column("mended_key", sa.LargeBinary),
    )
    op.create_index("dead_letters_feed_state", "dead_letters", ["feed", "state", "received", "id"])
    op.create_index("dead_letters_kept", "dead_letters", ["kept_at"])
    op.create_table(
        "dead_letter_offsets",
        sa.Column("topic", sa.String(256), primary_key=True),
        sa.Column("partition", sa.Integer, primary_key=True),
        sa.Column("offset", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("dead_letter_offsets")
    op.drop_table("dead_letters")
