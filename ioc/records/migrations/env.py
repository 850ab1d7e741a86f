"""Alembic runs this file; the connection comes from ``ioc.records.database.migrate``."""

from __future__ import annotations

from alembic import context

from ioc.records.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
