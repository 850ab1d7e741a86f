"""API tokens in SQL. A token is shown once, when it is made; what is kept is the digest of its secret."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Self

import msgspec
from sqlalchemy import insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from ioc.core.errors import EngineError
from ioc.records.database import answering, open_database, reader
from ioc.records.schema import TOKENS

LISTS = ("scopes", "feeds", "sources")
USED_EVERY = 60  # seconds: "last used" is no finer, so that a busy sender doesn't write with every request


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """Whose token it is, what it may do (``scopes``), and where: no feeds, or no sources, named means all of them.

    Times are POSIX seconds of the real clock.
    """

    id: str
    digest: bytes
    organisation: str
    purpose: str
    scopes: tuple[str, ...]
    feeds: tuple[str, ...]
    sources: tuple[str, ...]
    created: int
    expires: int
    last_used: int | None = None
    revoked: int | None = None


async def connect(database_url: str) -> Tokens:
    """The tokens in the database, its schema up to date. Raises :class:`ioc.core.errors.EngineError`."""
    return Tokens(await open_database(database_url))


class Tokens:
    """Reads and writes the table ``tokens``. Every method raises :class:`ioc.core.errors.EngineError`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reading = reader(engine)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._engine.dispose()

    async def add(self, token: Token) -> None:
        """Keep a new token."""
        values = {**msgspec.structs.asdict(token), **{name: " ".join(getattr(token, name)) for name in LISTS}}
        async with answering(), self._engine.begin() as connection:
            await connection.execute(insert(TOKENS).values(values))

    async def find(self, name: str) -> Token | None:
        """The token of an id, whether it still holds or not."""
        async with answering(), self._reading.connect() as connection:
            found = (await connection.execute(select(TOKENS).where(TOKENS.c.id == name))).mappings().first()
        return None if found is None else _token(found)

    async def all(self, organisation: str = "") -> list[Token]:
        """The tokens of an organisation, or of all, the oldest first."""
        wanted = select(TOKENS).order_by(TOKENS.c.created, TOKENS.c.id)
        if organisation:
            wanted = wanted.where(TOKENS.c.organisation == organisation)
        async with answering(), self._reading.connect() as connection:
            return [_token(row) for row in (await connection.execute(wanted)).mappings()]

    async def revoke(self, name: str, now: float) -> bool:
        """End a token for ever; whether there is one that still held."""
        ends = update(TOKENS).where(TOKENS.c.id == name, TOKENS.c.revoked.is_(None)).values(revoked=int(now))
        async with answering(), self._engine.begin() as connection:
            return bool((await connection.execute(ends)).rowcount)

    async def used(self, name: str, now: float) -> None:
        """Note that a token was used, once in :data:`USED_EVERY` seconds."""
        old = or_(TOKENS.c.last_used.is_(None), TOKENS.c.last_used <= int(now) - USED_EVERY)
        noted = update(TOKENS).where(TOKENS.c.id == name, old).values(last_used=int(now))
        async with answering(), self._engine.begin() as connection:
            await connection.execute(noted)


class LateTokens:
    """Tokens whose database is opened at the first question, and tried again at the next when it can't be."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._opening = asyncio.Lock()
        self._opened: Tokens | None = None

    async def find(self, name: str) -> Token | None:
        """As :meth:`Tokens.find`."""
        return await (await self._tokens()).find(name)

    async def used(self, name: str, now: float) -> None:
        """As :meth:`Tokens.used`."""
        await (await self._tokens()).used(name, now)

    async def close(self) -> None:
        if self._opened is not None:
            await self._opened.close()

    async def _tokens(self) -> Tokens:
        async with self._opening:
            if not self._url:
                raise EngineError("no database is named; set DATABASE_URL")
            if self._opened is None:
                self._opened = await connect(self._url)
            return self._opened


def _token(row: Mapping[Any, Any]) -> Token:
    lists = {name: tuple(row[name].split()) for name in LISTS}
    return msgspec.convert({**{str(name): value for name, value in row.items()}, **lists}, Token)
