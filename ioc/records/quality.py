"""The history of the feeds' quality: each hour's counts and figures, for the scorecard and for what is usual.

Writing is by the hour: what an hour's feed said before is replaced by what it says now, so writing again changes
nothing, and a correction within the two days that the board keeps is taken over.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from statistics import fmean
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Table, and_, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ioc.core.outcome import DUPLICATE, HEARTBEAT
from ioc.core.quality import ID_CONFLICT, tallied
from ioc.core.quality_hours import Day, HourCount, HourFigures
from ioc.records.database import answering, reader
from ioc.records.schema import DAY, QUALITY_COUNTS, QUALITY_FIGURES

KEPT = 2 * 366 * DAY
AT_ONCE = 500


class QualityHistory:
    """Reads and writes the tables ``quality_counts`` and ``quality_figures``."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reading = reader(engine)

    async def record(self, counts: Sequence[HourCount], figures: Sequence[HourFigures]) -> None:
        """Write the hours that ``figures`` names, all or none. Raises :class:`ioc.core.errors.EngineError`."""
        if not figures:
            return
        async with answering(), self._engine.begin() as connection:
            for table in (QUALITY_COUNTS, QUALITY_FIGURES):
                await self._clear(connection, table, figures)
            await _insert(connection, QUALITY_COUNTS, counts)
            await _insert(connection, QUALITY_FIGURES, figures)

    async def _clear(self, connection: AsyncConnection, table: Table, figures: Sequence[HourFigures]) -> None:
        by_hour: dict[int, list[str]] = {}
        for row in figures:
            by_hour.setdefault(row.at, []).append(row.feed)
        for at, feeds in by_hour.items():
            await connection.execute(delete(table).where(and_(table.c.at == at, table.c.feed.in_(feeds))))

    async def past(self, start: float, end: float) -> dict[str, list[tuple[int, str, str, int]]]:
        """Feed → (hour, organisation, area, events received, each once) of the hours from start to before end."""
        table = QUALITY_COUNTS.c
        found = (
            select(table.feed, table.at, table.organisation, table.area, func.sum(table.events))
            .where(table.at >= int(start), table.at < int(end), table.outcome.not_in((DUPLICATE, HEARTBEAT)),
                   table.reason != ID_CONFLICT)
            .group_by(table.feed, table.at, table.organisation, table.area)
        )  # fmt: skip
        rows: dict[str, list[tuple[int, str, str, int]]] = {}
        async with answering(), self._reading.connect() as connection:
            for feed, at, organisation, area, events in await connection.execute(found):
                rows.setdefault(feed, []).append((int(at), organisation, area, int(events)))
        return rows

    async def days(self, feed: str, start: float, end: float, zone: str) -> list[Day]:
        """The local days of one feed from ``start`` to before ``end`` (POSIX s) of which anything is known."""
        counts, figures = QUALITY_COUNTS.c, QUALITY_FIGURES.c
        sums = (
            select(counts.at, counts.outcome, counts.reason, func.sum(counts.events))
            .where(counts.feed == feed, counts.at >= int(start), counts.at < int(end))
            .group_by(counts.at, counts.outcome, counts.reason)
        )
        hours = select(figures.at, figures.completeness, figures.liveness).where(
            figures.feed == feed, figures.at >= int(start), figures.at < int(end)
        )
        async with answering(), self._reading.connect() as connection:
            summed = [tuple(row) for row in await connection.execute(sums)]
            known = [tuple(row) for row in await connection.execute(hours)]
        return _days(summed, known, ZoneInfo(zone))

    async def retain(self, now: float) -> None:
        """Delete what is older than it is kept."""
        async with answering(), self._engine.begin() as connection:
            for table in (QUALITY_COUNTS, QUALITY_FIGURES):
                await connection.execute(delete(table).where(table.c.at < int(now - KEPT)))


async def _insert(connection: AsyncConnection, table: Table, rows: Sequence[HourCount | HourFigures]) -> None:
    for first in range(0, len(rows), AT_ONCE):
        values = [msgspec.structs.asdict(row) for row in rows[first : first + AT_ONCE]]
        await connection.execute(insert(table), values)


def _days(summed: Sequence[tuple[Any, ...]], hours: Sequence[tuple[Any, ...]], zone: ZoneInfo) -> list[Day]:
    counts: dict[int, dict[tuple[str, str, str, str], int]] = {}
    shares: dict[int, list[tuple[float | None, float | None]]] = {}
    for at, outcome, reason, events in summed:
        day = counts.setdefault(_day(at, zone), {})
        key = (outcome, reason, "", "")
        day[key] = day.get(key, 0) + int(events)
    for at, completeness, liveness in hours:
        shares.setdefault(_day(at, zone), []).append((completeness, liveness))
    return [
        Day(at=day, tally=tallied(counts.get(day, {})), completeness=_mean(first for first, _ in shares.get(day, ())),
            liveness=_mean(second for _, second in shares.get(day, ())))
        for day in sorted({*counts, *shares})
    ]  # fmt: skip


def _day(at: int, zone: ZoneInfo) -> int:
    return int(datetime.fromtimestamp(at, zone).replace(hour=0, minute=0, second=0, microsecond=0).timestamp())


def _mean(values: Any) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None
