"""How far each source was read, and how it fares: the table ``source``.

A cursor is written only after Kafka has acknowledged what was read up to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from ioc.records.database import answering, open_database
from ioc.records.schema import SOURCE


class SourceStatus(msgspec.Struct, kw_only=True):
    """How a source fares. Times in POSIX seconds; ``newest`` is an event time.

    ``sent`` counts events since the process began; ``skipped`` what is no event of the feed, ``faults`` what the
    mapping couldn't make right, both by reason.
    """

    state: str = "waiting"  # or live, failing, stopped
    since: float = 0.0
    newest: float | None = None
    sent: int = 0
    skipped: dict[str, int] = {}
    faults: dict[str, int] = {}
    errors: int = 0
    last_error: str = ""
    last_error_at: float | None = None


async def connect(database_url: str) -> Cursors:
    """The cursors in the database, its schema up to date. Raises :class:`ioc.core.errors.EngineError`."""
    return Cursors(await open_database(database_url))


class Cursors:
    """Reads and writes the table ``source``."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reading = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._insert: Callable[..., Any] = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._engine.dispose()

    async def read(self, source: str) -> Any:
        """The cursor as plain values; None when there is none."""
        async with answering(), self._reading.connect() as connection:
            text = await connection.scalar(select(SOURCE.c.cursor).where(SOURCE.c.id == source))
        return None if text is None else msgspec.json.decode(text)

    async def write(self, source: str, cursor: Any, now: float) -> None:
        await self._set(source, now, cursor=msgspec.json.encode(cursor).decode())

    async def report(self, source: str, status: SourceStatus, now: float) -> None:
        await self._set(source, now, status=msgspec.json.encode(status).decode())

    async def forget(self, source: str) -> None:
        """The source is read from its beginning again."""
        async with answering(), self._engine.begin() as connection:
            await connection.execute(delete(SOURCE).where(SOURCE.c.id == source))

    async def statuses(self) -> dict[str, SourceStatus]:
        """Of every source that was ever collected, by its id."""
        async with answering(), self._reading.connect() as connection:
            rows = list(await connection.execute(select(SOURCE.c.id, SOURCE.c.status)))
        return {name: msgspec.json.decode(text, type=SourceStatus) for name, text in rows if text is not None}

    async def _set(self, source: str, now: float, **values: str) -> None:
        insert = self._insert(SOURCE).values(id=source, updated=int(now), **values)
        changed = {name: insert.excluded[name] for name in ("updated", *values)}
        async with answering(), self._engine.begin() as connection:
            await connection.execute(insert.on_conflict_do_update(index_elements=["id"], set_=changed))
