"""How each organisation's forms are read, every version of it, and which files were sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import msgspec
from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from ioc.core.entry_mapping import Mapping, fingerprint
from ioc.records.database import answering, open_database
from ioc.records.schema import MAPPINGS, UPLOADS

NEWEST = 50


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was sent: the time it spoke of, when it was sent (POSIX s), and how many rows."""

    at: int
    sent_at: int
    rows: int


async def connect(database_url: str) -> Mappings:
    """The mappings in the database, its schema up to date. Raises :class:`ioc.core.errors.EngineError`."""
    return Mappings(await open_database(database_url))


class Mappings:
    """Reads and writes the tables ``mappings`` and ``uploads``. Raises :class:`ioc.core.errors.EngineError`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reading = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._engine.dispose()

    async def newest(self, organisation: str, feed: str) -> Sequence[Mapping]:
        """The newest mappings of an organisation's forms of a feed, the newest first."""
        table = MAPPINGS.c
        found = (
            select(table.body).where(table.organisation == organisation, table.feed == feed)
            .order_by(table.version.desc()).limit(NEWEST)
        )  # fmt: skip
        async with answering(), self._reading.connect() as connection:
            bodies = (await connection.scalars(found)).all()
        return [msgspec.json.decode(body, type=Mapping) for body in bodies]

    async def save(self, mapping: Mapping, now: float) -> int:
        """Keep a mapping as the next version, unless the newest is the same; its version."""
        table, body = MAPPINGS.c, msgspec.json.encode(mapping).decode()
        mine = (table.organisation == mapping.organisation, table.feed == mapping.feed)
        async with answering(), self._engine.begin() as connection:
            newest = int(await connection.scalar(select(func.max(table.version)).where(*mine)) or 0)
            held = await connection.scalar(select(table.body).where(*mine, table.version == newest))
            if held == body:
                return newest
            row = {
                "organisation": mapping.organisation, "feed": mapping.feed, "version": newest + 1,
                "fingerprint": fingerprint(mapping.heading), "body": body, "saved_at": int(now),
            }  # fmt: skip
            await connection.execute(insert(MAPPINGS).values(row))
        return newest + 1

    async def sent(self, digest: str, organisation: str, feed: str) -> Sent | None:
        """When this file was sent last, or None."""
        table = UPLOADS.c
        found = select(table.at, table.sent_at, table.rows).where(
            table.digest == digest, table.organisation == organisation, table.feed == feed
        )
        async with answering(), self._reading.connect() as connection:
            row = (await connection.execute(found)).first()
        return Sent(at=row.at, sent_at=row.sent_at, rows=row.rows) if row else None

    async def note(self, digest: str, organisation: str, feed: str, sent: Sent) -> None:
        """Remember that a file was sent."""
        key = {"digest": digest, "organisation": organisation, "feed": feed}
        table = UPLOADS.c
        same = (table.digest == digest, table.organisation == organisation, table.feed == feed)
        async with answering(), self._engine.begin() as connection:
            await connection.execute(delete(UPLOADS).where(*same))
            await connection.execute(insert(UPLOADS).values({**key, **msgspec.structs.asdict(sent)}))
