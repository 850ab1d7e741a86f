"""Durable records in SQL: the history of indicators. SQLite (WAL) or PostgreSQL, by ``DATABASE_URL``."""
