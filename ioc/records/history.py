"""The history of indicators: written each minute, rolled up into hours and local days, read as series.

A reading is a picture of one moment, so the value of a longer step is its newest one; ``low`` and ``high`` keep the
extremes. Writing is an upsert by (indicator, area, step, at): writing again, after a restart, changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import ColumnElement, Select, and_, delete, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ioc.records.database import answering, open_database, reader
from ioc.records.quality import QualityHistory
from ioc.records.schema import DAY, HISTORY, HOUR, KEY, MINUTE, REST, STEPS

MINUTES_KEPT = 14 * DAY
HOURS_KEPT = 2 * 366 * DAY
ROWS_AT_ONCE = 500  # an upsert binds eleven values a row, and SQLite takes 32,766 at most


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One value of one step. ``at`` is the step's first POSIX second; ``area`` empty means the whole."""

    indicator: str
    at: int
    value: float | None
    area: str = ""
    step: int = MINUTE
    low: float | None = None
    high: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    events: int = 0
    mode: str = "actual"


async def connect(database_url: str, zone: str = "UTC") -> History:
    """The history in the database, its schema up to date; days are those of ``zone``.

    Raises :class:`ioc.core.errors.EngineError`.
    """
    return History(await open_database(database_url), zone)


class History:
    """Reads and writes the table ``history``."""

    def __init__(self, engine: AsyncEngine, zone: str) -> None:
        self._engine = engine
        self._reading = reader(engine)
        self._zone = ZoneInfo(zone)
        self._insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def quality(self) -> QualityHistory:
        """The history of the feeds' quality in the same database."""
        return QualityHistory(self._engine)

    async def close(self) -> None:
        await self._engine.dispose()

    async def record(self, rows: Sequence[Row]) -> None:
        """Write the rows, all or none; a row of the same indicator, area, step and time is replaced."""
        values = [_values(row) for row in rows]
        async with answering(), self._engine.begin() as connection:
            for first in range(0, len(values), ROWS_AT_ONCE):
                await self._upsert(connection, values[first : first + ROWS_AT_ONCE])

    async def series(self, indicator: str, area: str, start: float, end: float, step: float) -> list[float | None]:
        """The newest value of each ``step`` seconds from ``start`` to before ``end`` (POSIX s); None: nothing known."""
        steps = max(0, math.ceil((end - start) / step))
        found: list[float | None] = [None] * steps
        async with answering(), self._reading.connect() as connection:
            for at, value in await self._newest(connection, indicator, area, (start, end), step):
                found[min(int((at - start) // step), steps - 1)] = value
        return found

    async def _newest(
        self, connection: AsyncConnection, indicator: str, area: str, span: tuple[float, float], step: float
    ) -> list[tuple[int, float]]:
        """(time, value) in order: rows of the longest step that fits, and finer ones where that isn't made yet."""
        start, end = span
        rows: list[tuple[int, float]] = []
        for kept in sorted((kept for kept in STEPS if kept <= max(step, MINUTE)), reverse=True):
            columns = select(HISTORY.c.at, HISTORY.c.value).where(
                HISTORY.c.indicator == indicator, HISTORY.c.area == area, HISTORY.c.step == kept,
                HISTORY.c.at >= start, HISTORY.c.at < end, HISTORY.c.value.is_not(None),
            )  # fmt: skip
            found = [(int(at), float(value)) for at, value in await connection.execute(columns.order_by(HISTORY.c.at))]
            rows += found
            start = max(start, found[-1][0] + kept if found else start)
        return rows

    async def last(self, step: int = MINUTE) -> int | None:
        """The time of the newest row of a step, POSIX s; None when there is none."""
        async with answering(), self._reading.connect() as connection:
            found = await connection.scalar(select(func.max(HISTORY.c.at)).where(HISTORY.c.step == step))
        return None if found is None else int(found)

    async def roll_up(self, now: float) -> None:
        """Make the hours and local days that are over at ``now`` from their minutes and hours; safe to repeat."""
        hour = int(now // HOUR) * HOUR
        async with answering(), self._engine.begin() as connection:
            begin = await self._since(connection, HOUR, MINUTE)
            if begin is not None:
                for first in range(begin // HOUR * HOUR, hour, DAY):
                    await self._roll(connection, MINUTE, HOUR, first, min(first + DAY, hour))
            begin = await self._since(connection, DAY, HOUR)
            if begin is not None:
                await self._roll_days(connection, begin, now)

    async def _since(self, connection: AsyncConnection, step: int, finer: int) -> int | None:
        """Where rolling up goes on: at the newest row already made, else at the oldest finer one."""
        made = await connection.scalar(select(func.max(HISTORY.c.at)).where(HISTORY.c.step == step))
        if made is not None:
            return int(made)
        first = await connection.scalar(select(func.min(HISTORY.c.at)).where(HISTORY.c.step == finer))
        return None if first is None else int(first)

    async def _roll_days(self, connection: AsyncConnection, begin: int, now: float) -> None:
        day = datetime.fromtimestamp(begin, self._zone).replace(hour=0, minute=0, second=0, microsecond=0)
        while (after := day + timedelta(days=1)).timestamp() <= now:
            first = int(day.timestamp())
            await self._roll(connection, HOUR, DAY, first, int(after.timestamp()), whole=first)
            day = after

    async def _roll(
        self, connection: AsyncConnection, finer: int, step: int, begin: int, end: int, whole: int | None = None
    ) -> None:
        """Upsert the rows of ``step`` from the finer ones of [begin, end); all of it is one step where ``whole``."""
        result = await connection.execute(_rolled(finer, step, begin, end, whole))
        rows = [dict(row) for row in result.mappings()]
        for first in range(0, len(rows), ROWS_AT_ONCE):
            await self._upsert(connection, rows[first : first + ROWS_AT_ONCE])

    async def retain(self, now: float) -> int:
        """Delete minutes and hours that are older than they are kept; how many."""
        gone = 0
        async with answering(), self._engine.begin() as connection:
            for step, kept in ((MINUTE, MINUTES_KEPT), (HOUR, HOURS_KEPT)):
                old = delete(HISTORY).where(HISTORY.c.step == step, HISTORY.c.at < int(now - kept))
                gone += (await connection.execute(old)).rowcount
        return gone

    async def _upsert(self, connection: AsyncConnection, values: list[dict[str, Any]]) -> None:
        if not values:
            return
        insert = self._insert(HISTORY).values(values)
        changed = {name: insert.excluded[name] for name in REST}
        await connection.execute(insert.on_conflict_do_update(index_elements=list(KEY), set_=changed))


def _values(row: Row) -> dict[str, Any]:
    values = msgspec.structs.asdict(row)
    finite = {name: value for name, value in values.items() if not isinstance(value, float) or math.isfinite(value)}
    values = {**dict.fromkeys(values), **finite}
    values["low"] = row.low if row.low is not None else values["value"]
    values["high"] = row.high if row.high is not None else values["value"]
    return values


def _rolled(finer: int, step: int, begin: int, end: int, whole: int | None) -> Select[Any]:
    """For each indicator, area and step: the newest finer row that knows a value, with the extremes of all."""
    table = HISTORY.c
    at: ColumnElement[int] = (table.at - table.at % step) if whole is None else literal(whole)
    groups = (table.indicator, table.area, *([at] if whole is None else []))
    place = func.row_number().over(partition_by=groups, order_by=(table.value.is_(None), table.at.desc()))
    inner = (
        select(
            table.indicator, table.area, at.label("first"), table.value, table.numerator, table.denominator,
            table.mode, place.label("place"),
            func.min(table.low).over(partition_by=groups).label("low"),
            func.max(table.high).over(partition_by=groups).label("high"),
            func.max(table.events).over(partition_by=groups).label("events"),
        )
        .where(and_(table.step == finer, table.at >= begin, table.at < end))
        .subquery()
    )  # fmt: skip
    rolled = inner.c
    return select(
        rolled.indicator, rolled.area, literal(step).label("step"), rolled.first.label("at"), rolled.value,
        rolled.low, rolled.high, rolled.numerator, rolled.denominator, rolled.events, rolled.mode,
    ).where(rolled.place == 1)  # fmt: skip
