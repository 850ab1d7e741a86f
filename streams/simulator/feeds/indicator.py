"""Indicators that owners report as numbers: earlier periods first, then the newest; daily ones every afternoon."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from streams.simulator.draft import Draft, merged
from streams.simulator.models import Figure
from streams.simulator.workday import DAY
from streams.simulator.world import World

FEED = "indicator"
HISTORY_LEAD = 3600.0
REPORTED_FROM, REPORTED_FOR = 15.5 * 3600, 1.5 * 3600  # the duty to report by 17:00


def drafts(world: World) -> Iterator[Draft]:
    figures = world.scenario.indicator
    history = (_history(world, number, figure) for number, figure in enumerate(figures))
    past = sorted((draft for drafts in history for draft in drafts), key=lambda draft: draft.at)
    return merged(past, *(_daily(world, figure) for figure in figures if figure.period == "day"))


def _history(world: World, number: int, figure: Figure) -> Iterator[Draft]:
    """Earlier periods in order, and the newest, shortly before the stream begins."""
    values: list[tuple[str, float | None]] = list(figure.history.items())
    newest = figure.period
    if newest in ("day", "month", "quarter", "year"):
        newest = period_before(newest, world.calendar.day(world.begin))
    values.append((newest, figure.value))
    for place, (period, value) in enumerate(values):
        at = world.begin - HISTORY_LEAD + place * 20 + number / 10
        yield _draft(world, figure, period, value, at, newest=place == len(values) - 1)


def _daily(world: World, figure: Figure) -> Iterator[Draft]:
    rng = world.rng(f"{FEED}/{figure.code}/{figure.area}")
    day, value = world.calendar.day(world.begin), figure.value
    while True:
        at = world.calendar.midnight(day) + REPORTED_FROM + float(int(rng.random() * REPORTED_FOR))
        if value is not None:
            value = round(value + figure.drift * (0.5 + rng.random()), 4)
        if at >= world.begin:
            yield _draft(world, figure, day.isoformat(), value, at, newest=True)
        day = world.calendar.day(world.calendar.midnight(day) + 1.5 * DAY)


def _draft(world: World, figure: Figure, period: str, value: float | None, at: float, *, newest: bool) -> Draft:
    data: dict[str, Any] = {
        "code": figure.code, "name": figure.name, "value": value, "unit": figure.unit, "period": period,
        "status": figure.status,
    }  # fmt: skip
    if newest:
        optional = ("target", "plan", "same_period_last_year")
        data |= {name: getattr(figure, name) for name in optional if getattr(figure, name) is not None}
    if figure.note:
        data["note"] = figure.note
    area = figure.area or world.province
    key = f"{figure.code}/{area}/{period}"
    return world.draft(FEED, key, at, data, area=area, organisation=figure.organisation)


def period_before(kind: str, day: datetime.date) -> str:
    """The newest complete day, month, quarter or year before ``day``, as the contract writes periods."""
    if kind == "day":
        return (day - datetime.timedelta(days=1)).isoformat()
    if kind == "year":
        return str(day.year - 1)
    last = day.replace(day=1) - datetime.timedelta(days=1)
    if kind == "month":
        return f"{last:%Y-%m}"
    quarter = (day.month - 1) // 3
    return f"{day.year}-Q{quarter}" if quarter else f"{day.year - 1}-Q4"
