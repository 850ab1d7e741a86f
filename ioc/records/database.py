"""The one door to SQL: an engine with the schema brought up to date.

SQLite runs in WAL mode, so that the web process reads while the historian writes. A writing transaction begins
IMMEDIATE: two processes that start together then migrate one after the other, and no write fails half-way for a lock.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ioc.core.errors import EngineError

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_MS = 10_000
MIGRATION_LOCK = 7_146_2025  # of PostgreSQL's advisory locks; any number that only we use
DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


def default_url(data_dir: str) -> str:
    """The address of the embedded database in a data directory."""
    return f"sqlite+aiosqlite:///{Path(data_dir).resolve() / 'records.sqlite'}"


async def open_database(database_url: str) -> AsyncEngine:
    """An engine whose schema is the newest. Close it with ``await engine.dispose()``.

    Raises :class:`EngineError` when the database can't be reached, opened or migrated.
    """
    engine = _engine(database_url)
    try:
        async with answering():
            _make_folder(engine)
            async with engine.begin() as connection:
                await connection.run_sync(migrate)
    except EngineError:
        await engine.dispose()
        raise
    return engine


@asynccontextmanager
async def answering() -> AsyncIterator[None]:
    """Whatever the database refuses inside becomes an :class:`EngineError`."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error)
        raise EngineError(f"the database can't be used ({reason}); check DATABASE_URL and its folder") from error


def _engine(database_url: str) -> AsyncEngine:
    try:
        url = make_url(database_url)
        driver = DRIVERS.get(url.drivername, url.drivername)
        engine = create_async_engine(url.set(drivername=driver), pool_pre_ping=True)
    except (ArgumentError, ImportError) as error:
        raise EngineError(
            f"DATABASE_URL can't be used ({error}); write sqlite+aiosqlite:///path or postgresql://…"
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare)
        event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _make_folder(engine: AsyncEngine) -> None:
    path = engine.url.database if engine.dialect.name == "sqlite" else None
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)


def _prepare(connection: Any, _: Any) -> None:
    """Set up one SQLite connection; transactions are begun by :func:`_begin`, not by the driver."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={BUSY_MS}", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    reads = connection.get_execution_options().get("reads")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def reader(engine: AsyncEngine) -> AsyncEngine:
    """The same database for reading: each connection sees one moment of it and holds nobody up."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(reads=True)
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def migrate(connection: Connection) -> None:
    """Bring the schema up to date, in the transaction of ``connection``; one process at a time."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
