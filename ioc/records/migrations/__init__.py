"""Alembic's steps from one schema to the next; they run at start, see ``ioc.records.database``."""
