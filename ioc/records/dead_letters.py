"""Refused events in SQL: kept once, listed, counted, and moved from state to state.

Every move names the state it starts from, so that of two people who decide at once only one does. Waiting letters are
kept 90 days, decided ones 30, and of a feed the newest 100,000 at most: a sender gone wild can't fill the disk.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import msgspec
from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ioc.core.deadletter import DISCARDED, REFUSED_AGAIN, REPLAYED, REPLAYING, WAITING, Letter
from ioc.core.errors import EngineError
from ioc.records.database import answering, open_database, reader
from ioc.records.schema import DAY, DEAD_LETTER_OFFSETS, DEAD_LETTERS

WAITING_KEPT = 90 * DAY
DECIDED_KEPT = 30 * DAY
MOST_KEPT = 100_000  # of one feed
MOST_NAMED = 50  # producers counted by name
ROWS_AT_ONCE = 200
_TABLE = DEAD_LETTERS.c
_BULKY = ("raw", "mended", "mended_key")
_LISTED = tuple(column for column in DEAD_LETTERS.columns if column.name not in _BULKY)

Place = tuple[str, int]  # topic and partition


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which letters of a feed. Empty means any; a ``source`` of None means any, an empty one that none was read.

    ``start`` and ``end`` bound the receipt, POSIX seconds of the installation's time: [start, end).
    """

    feed: str
    reason: str = ""
    source: str | None = None
    state: str = WAITING
    start: float | None = None
    end: float | None = None
    ids: tuple[str, ...] = ()


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Letters of a feed: ``states`` of all; ``reasons`` and ``sources`` of those that a filter's state and time hold.

    ``sources`` are the most frequent ones; ``total`` counts what the whole filter holds.
    """

    total: int
    states: dict[str, int]
    reasons: dict[str, int]
    sources: dict[str, int]


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that is about to be replayed; ``raw`` and ``key`` are what is sent instead, where it is mended."""

    id: str
    mended: bool = False
    raw: bytes | None = None
    key: bytes | None = None


class CursorError(ValueError):
    """A page's cursor isn't one of ours."""


async def connect(database_url: str) -> DeadLetters:
    """The letters in the database, its schema up to date. Raises :class:`ioc.core.errors.EngineError`."""
    return DeadLetters(await open_database(database_url))


class DeadLetters:
    """Reads and writes the table ``dead_letters``. Every method raises :class:`ioc.core.errors.EngineError`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reading = reader(engine)
        self._insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._engine.dispose()

    async def keep(self, letters: Sequence[Letter], offsets: Mapping[Place, int]) -> int:
        """Keep what was read and where to read on, at once; how many letters were new.

        A letter that was kept before changes nothing. One of the same id with other bytes comes from a log begun anew:
        it is kept beside the first.
        """
        async with answering(), self._engine.begin() as connection:
            new = 0
            for first in range(0, len(letters), ROWS_AT_ONCE):
                new += await self._add(connection, letters[first : first + ROWS_AT_ONCE])
            for (topic, partition), offset in offsets.items():
                place = {"topic": topic, "partition": partition, "offset": offset}
                noted = self._insert(DEAD_LETTER_OFFSETS).values(place)
                keys = ["topic", "partition"]
                await connection.execute(noted.on_conflict_do_update(index_elements=keys, set_={"offset": offset}))
        return new

    async def _add(self, connection: AsyncConnection, letters: Sequence[Letter]) -> int:
        names = [name for letter in letters for name in (letter.id, _other_id(letter))]
        named = await connection.execute(select(_TABLE.id, _TABLE.digest).where(_TABLE.id.in_(names)))
        known = {str(name): str(digest) for name, digest in named}
        rows = []
        for letter in letters:
            if known.get(letter.id, letter.digest) != letter.digest:
                letter = msgspec.structs.replace(letter, id=_other_id(letter))
            if letter.id not in known:
                known[letter.id] = letter.digest
                rows.append(msgspec.structs.asdict(letter))
        if not rows:
            return 0
        kept = self._insert(DEAD_LETTERS).on_conflict_do_nothing(index_elements=["id"])
        await connection.execute(kept, rows)
        again = [row["replay_of"] for row in rows if row["replay_of"]]
        if again:
            came_back = and_(_TABLE.id.in_(again), _TABLE.state.in_((REPLAYING, REPLAYED)))
            await connection.execute(update(DEAD_LETTERS).where(came_back).values(state=REFUSED_AGAIN))
        return len(rows)

    async def offsets(self) -> dict[Place, int]:
        """The next offset to read of each topic and partition."""
        async with answering(), self._reading.connect() as connection:
            found = await connection.execute(select(DEAD_LETTER_OFFSETS))
            return {(str(row.topic), int(row.partition)): int(row.offset) for row in found}

    async def page(self, wanted: Filter, cursor: str = "", limit: int = 50) -> tuple[list[Letter], str]:
        """Letters without their bytes, the newest first, and the cursor of the next page (empty: there is none).

        Raises :class:`CursorError`.
        """
        query = select(*_LISTED).where(*_conditions(wanted), *_after(cursor))
        letters = await self._letters(query.order_by(_TABLE.received.desc(), _TABLE.id.desc()).limit(limit + 1))
        if len(letters) <= limit:
            return letters, ""
        return letters[:limit], _cursor(letters[limit - 1])

    async def whole(self, wanted: Filter, cursor: str = "", limit: int = 100) -> tuple[list[Letter], str]:
        """As :meth:`page`, the oldest first and with their bytes: in the order in which they are sent again."""
        query = select(DEAD_LETTERS).where(*_conditions(wanted), *_after(cursor, rising=True))
        letters = await self._letters(query.order_by(_TABLE.received, _TABLE.id).limit(limit))
        return letters, _cursor(letters[-1]) if len(letters) == limit else ""

    async def find(self, name: str) -> Letter | None:
        """One letter with its bytes."""
        found = await self._letters(select(DEAD_LETTERS).where(_TABLE.id == name))
        return found[0] if found else None

    async def counts(self, wanted: Filter) -> Counts:
        """How many letters there are, by state, reason and source."""
        feed, held = [_TABLE.feed == wanted.feed], _conditions(msgspec.structs.replace(wanted, reason="", source=None))
        async with answering(), self._reading.connect() as connection:
            total = await connection.scalar(select(func.count()).where(*_conditions(wanted)))
            states = await connection.execute(_numbers(_TABLE.state, feed))
            reasons = await connection.execute(_numbers(_TABLE.reason, held))
            sources = await connection.execute(_numbers(_TABLE.source, held).limit(MOST_NAMED))
            named = ({str(name): int(number) for name, number in rows} for rows in (states, reasons, sources))
            by_state, by_reason, by_source = named
        return Counts(total=total or 0, states=by_state, reasons=by_reason, sources=by_source)

    async def begin(self, sent: Sequence[Sent], by: str, now: float) -> set[str]:
        """Mark waiting letters as being replayed, before they are sent; the ids of those that were waiting still."""
        begun: set[str] = set()
        async with answering(), self._engine.begin() as connection:
            for each in sent:
                values: dict[str, Any] = {"state": REPLAYING, "decided_at": now, "decided_by": by}
                if each.mended:
                    values |= {"mended": each.raw, "mended_key": each.key}
                waiting = update(DEAD_LETTERS).where(_TABLE.id == each.id, _TABLE.state == WAITING)
                if (await connection.execute(waiting.values(values))).rowcount:
                    begun.add(each.id)
        return begun

    async def finish(self, names: Iterable[str], now: float) -> int:
        """Mark letters as replayed, after they were sent. One that was refused again meanwhile stays so."""
        sent = and_(_TABLE.id.in_(list(names)), _TABLE.state == REPLAYING)
        async with answering(), self._engine.begin() as connection:
            done = await connection.execute(update(DEAD_LETTERS).where(sent).values(state=REPLAYED, decided_at=now))
        return done.rowcount

    async def unfinished(self, before: float, limit: int = 100) -> list[Letter]:
        """Letters whose replay was begun before ``before`` (real POSIX seconds) and never finished."""
        begun = and_(_TABLE.state == REPLAYING, _TABLE.decided_at < before)
        return await self._letters(select(DEAD_LETTERS).where(begun).order_by(_TABLE.decided_at).limit(limit))

    async def discard(self, wanted: Filter, note: str, by: str, now: float) -> int:
        """Put waiting letters aside, with a reason in words; how many."""
        wanted = msgspec.structs.replace(wanted, state=WAITING)
        return await self._move(wanted, {"state": DISCARDED, "note": note, "decided_by": by, "decided_at": now})

    async def restore(self, wanted: Filter, by: str, now: float) -> int:
        """Let discarded letters wait again; how many. Their note stays until the next decision."""
        wanted = msgspec.structs.replace(wanted, state=DISCARDED)
        return await self._move(wanted, {"state": WAITING, "decided_by": by, "decided_at": now})

    async def retain(self, now: float) -> int:
        """Delete what was kept long enough, and of each feed all but the newest; how many. Real POSIX seconds."""
        old = or_(
            and_(_TABLE.state == WAITING, _TABLE.kept_at < now - WAITING_KEPT),
            and_(_TABLE.state.not_in((WAITING, REPLAYING)), _TABLE.decided_at < now - DECIDED_KEPT),
        )
        async with answering(), self._engine.begin() as connection:
            gone = (await connection.execute(delete(DEAD_LETTERS).where(old))).rowcount
            full = select(_TABLE.feed).group_by(_TABLE.feed).having(func.count() > MOST_KEPT)
            for feed in [str(name) for (name,) in await connection.execute(full)]:
                mine = select(_TABLE.kept_at).where(_TABLE.feed == feed).order_by(_TABLE.kept_at.desc())
                last = await connection.scalar(mine.offset(MOST_KEPT - 1).limit(1))
                beyond = delete(DEAD_LETTERS).where(_TABLE.feed == feed, _TABLE.kept_at < last)
                gone += (await connection.execute(beyond)).rowcount
        return gone

    async def _move(self, wanted: Filter, values: dict[str, Any]) -> int:
        async with answering(), self._engine.begin() as connection:
            moved = await connection.execute(update(DEAD_LETTERS).where(*_conditions(wanted)).values(values))
        return moved.rowcount

    async def _letters(self, query: Select[Any]) -> list[Letter]:
        async with answering(), self._reading.connect() as connection:
            return [Letter(**row) for row in (await connection.execute(query)).mappings()]


class LateDeadLetters:
    """Letters whose database is opened at the first question, and tried again at the next when it can't be."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._opening = asyncio.Lock()
        self._opened: DeadLetters | None = None

    @property
    def possible(self) -> bool:
        """Whether a database is named; it may be away."""
        return bool(self._url)

    async def opened(self) -> DeadLetters:
        """The letters. Raises :class:`ioc.core.errors.EngineError`."""
        async with self._opening:
            if not self._url:
                raise EngineError("no database is named; set DATABASE_URL")
            if self._opened is None:
                self._opened = await connect(self._url)
            return self._opened

    async def close(self) -> None:
        if self._opened is not None:
            await self._opened.close()


def _other_id(letter: Letter) -> str:
    """The id of a letter whose own is another's."""
    return f"{letter.id}~{letter.digest}"


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    chosen = [_TABLE.feed == wanted.feed]
    for column, value in ((_TABLE.state, wanted.state), (_TABLE.reason, wanted.reason)):
        if value:
            chosen.append(column == value)
    if wanted.source is not None:
        chosen.append(_TABLE.source == wanted.source)
    if wanted.start is not None:
        chosen.append(_TABLE.received >= wanted.start)
    if wanted.end is not None:
        chosen.append(_TABLE.received < wanted.end)
    if wanted.ids:
        chosen.append(_TABLE.id.in_(wanted.ids))
    return chosen


def _numbers(column: ColumnElement[Any], conditions: list[ColumnElement[bool]]) -> Select[Any]:
    number = func.count()
    return select(column, number).where(*conditions).group_by(column).order_by(number.desc(), column)


def _cursor(letter: Letter) -> str:
    place = msgspec.json.encode((letter.received, letter.id))
    return base64.urlsafe_b64encode(place).decode().rstrip("=")


def _after(cursor: str, rising: bool = False) -> list[ColumnElement[bool]]:
    """What follows the letter that a cursor names, in the order of the list."""
    if not cursor:
        return []
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        received, name = msgspec.json.decode(packed, type=tuple[float, str])
    except (ValueError, msgspec.MsgspecError) as error:
        raise CursorError(cursor) from error
    if rising:
        return [or_(_TABLE.received > received, and_(_TABLE.received == received, _TABLE.id > name))]
    return [or_(_TABLE.received < received, and_(_TABLE.received == received, _TABLE.id < name))]


__all__ = ["Counts", "CursorError", "DeadLetters", "Filter", "LateDeadLetters", "Sent", "connect"]
