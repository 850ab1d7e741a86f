"""Measures: one quantity over a feed's cells, open cells or entities, whole and by a dimension."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from ioc.core.cell import OpenCell, Stat
from ioc.core.contract import FeedContract
from ioc.core.entity import EntityState
from ioc.core.indicator import Indicator, Measure
from ioc.core.profile import Profile
from ioc.core.series import Aggregates, Selector, merge
from ioc.core.window import start_of
from ioc.core.workdays import Workdays

if TYPE_CHECKING:
    from ioc.core.board import FeedData

CLOCKED = ("open", "overdue", "due_soon", "age")
EACH = "\x1e"  # separates the break-down from the series it is made of


class Source(msgspec.Struct, frozen=True):
    """A feed's contract and data."""

    profile: Profile
    contract: FeedContract
    data: FeedData


class Part(msgspec.Struct):
    """A measure's result: aggregates by value of the dimension (``""`` when it isn't broken down).

    ``kind`` and ``across`` say how an aggregate becomes a number; ``at`` is the newest event time it rests on.
    ``manual``: some of it was typed in, and ``expires`` is when the first of that does (POSIX s; None: never). What was
    typed in entirely needs no renewal for ``holding`` seconds.
    """

    kind: str
    across: str
    by: dict[str, list[Stat]]
    at: float | None = None
    events: int = 0
    manual: bool = False
    expires: float | None = None
    holding: float = 0.0

    def only(self, wanted: Callable[[str], bool]) -> Part:
        return msgspec.structs.replace(self, by={"": [s for k, stats in self.by.items() if wanted(k) for s in stats]})

    def one(self, key: str) -> Part:
        return msgspec.structs.replace(self, by={key: self.by[key]} if key in self.by else {})

    def renamed(self, name: Callable[[str], str]) -> Part:
        found: dict[str, list[Stat]] = {}
        for key, stats in self.by.items():
            found.setdefault(name(key), []).extend(stats)
        return msgspec.structs.replace(self, by=found)

    def number(self) -> float | None:
        """The quantity; None where nothing is known (zero is a value, nothing is not zero)."""
        stats = [stat for held in self.by.values() for stat in held]
        if self.kind in ("count", "open", "overdue", "due_soon", "distinct"):
            return float(sum(stat.count for stat in stats))
        if not stats:
            return None
        if self.kind in ("mean", "age") and self.across == "sum":
            count = sum(stat.count for stat in stats)
            return sum(stat.total for stat in stats) / count if count else None
        if self.kind in ("min", "max"):
            return min(stat.low for stat in stats) if self.kind == "min" else max(stat.high for stat in stats)
        if self.kind == "sum":
            return sum(stat.total for stat in stats)
        each = [stat.total / stat.count if self.kind == "mean" else stat.last for stat in stats]
        return {"sum": sum(each), "mean": sum(each) / len(each), "min": min(each), "max": max(each)}[self.across]


def value_of(indicator: Indicator, top: Part, base: Part | None) -> float | None:
    """The indicator's value: the measure, or 100 × measure ÷ base, times ``scale``."""
    value = top.number()
    if base is not None:
        whole = base.number()
        value = None if not whole or value is None else 100 * value / whole
    return value if value is None or indicator.scale == 1 else value * indicator.scale


def newest(pulse: dict[int, dict[str, Any]]) -> float | None:
    """Newest event or heartbeat of a feed, POSIX s: "nothing happened" is news too."""
    times = [held["newest"] for held in pulse.values() if held.get("newest") is not None]
    times += [beat.at for held in pulse.values() for name, beat in held.items() if name.startswith("heartbeat:")]
    known = [float(at) for at in times if at > 0]
    return max(known, default=None)


def evaluate(source: Source, measure: Measure, by: str | None, now: float, timezone: str) -> Part:
    """The measure at ``now``, broken down by a dimension of the contract or of the entity."""
    if measure.kind in CLOCKED:
        return _open(source, measure, by, now)
    if measure.kind in ("state", "reported"):
        return _entities(source, measure, by)
    return _cells(source, measure, by, now, timezone)


def _cells(source: Source, measure: Measure, by: str | None, now: float, timezone: str) -> Part:
    names = source.contract.dimensions
    number = source.contract.numbers.index(measure.number) if measure.number else None
    each = measure.kind == "last" or measure.across != "sum"
    column = names.index(by) if by in names else None
    split = names.index(measure.of) if measure.kind == "distinct" and measure.of else None
    wanted = [(names.index(name), frozenset(values)) for name, values in measure.where.items()]
    # A series is what one entity sends, whatever quality or channel it came with, where the cells tell entities apart.
    entity = source.contract.entity.key
    series = [names.index(name) for name in (entity if set(entity) <= set(names) else names)]

    def select(values: tuple[str, ...]) -> str | None:
        if any(values[at] not in accepted for at, accepted in wanted):
            return None
        key = values[column] if column is not None else ""
        if split is not None:
            return key + EACH + values[split]
        return key + EACH + "\x1f".join(values[at] for at in series) if each else key

    name = f"{measure.where}|{number}|{by}|{each}|{split}"
    view = source.data.view(name, _checked(select, len(names)), number)
    end = int(now // 60) + 1
    found = view.window(int(start_of(measure.window, now, timezone) // 60), end)
    return _part(measure, found)


def _checked(select: Selector, width: int) -> Selector:
    """Cells of an older contract have other dimensions; they stay out of the view until the feed is rebuilt."""
    return lambda values: select(values) if len(values) == width else None


def _part(measure: Measure, found: Aggregates) -> Part:
    by: dict[str, list[Stat]] = {}
    for key, stat in found.items():
        one = Stat(1, 0.0, 0.0, 0.0, 0.0, stat.last_at) if measure.kind == "distinct" else stat
        by.setdefault(key.partition(EACH)[0], []).append(one)
    at = max((stat.last_at for stat in found.values()), default=None)
    return Part(measure.kind, measure.across, by, at, sum(stat.count for stat in found.values()))


def _open(source: Source, measure: Measure, by: str | None, now: float) -> Part:
    """Clock-driven counts; an open cell is ``by values␟status␟due``."""
    names = source.contract.entity.by
    column = names.index(by) if by in names else None
    wanted = [(names.index(name), frozenset(values)) for name, values in measure.where.items() if name in names]
    head, holidays = source.profile.head, source.profile.holidays
    horizon = Workdays(head.timezone, holidays).horizon(measure.within or head.due_soon, now)
    found: Aggregates = {}
    for values, cell in source.data.open.values():
        if any(values[at] not in accepted for at, accepted in wanted) or not _counts(measure, values[-1], now, horizon):
            continue
        merge(found, values[column] if column is not None else "", _open_stat(cell, now))
    return Part(measure.kind, "sum", {key: [stat] for key, stat in found.items()}, None,
                sum(stat.count for stat in found.values()))  # fmt: skip


def _counts(measure: Measure, due: str, now: float, horizon: float) -> bool:
    if measure.kind in ("open", "age"):
        return True
    if not due:
        return False
    return float(due) < now if measure.kind == "overdue" else now <= float(due) <= horizon


def _open_stat(cell: OpenCell, now: float) -> Stat:
    hours = (cell.count * now - cell.since) / 3600
    return Stat(cell.count, hours, 0.0, 0.0, 0.0, now)


def _entities(source: Source, measure: Measure, by: str | None) -> Part:
    """A number of the live entities; for reported indicators the newest period of each area."""
    field = measure.number or "value"
    chosen: dict[str, tuple[tuple[Any, ...], EntityState]] = {}
    for entity, state in source.data.entities.items():
        if not _fits(state, measure) or not isinstance(state.kept.get(field), int | float):
            continue
        place = state.area if measure.kind == "reported" else entity
        rank = (str(state.kept.get("period", "")), state.at)
        if place not in chosen or rank > chosen[place][0]:
            chosen[place] = (rank, state)
    states = [state for _, state in chosen.values()]
    if measure.kind == "reported" and by is None:
        states = _whole(source.profile, states)
    stats: dict[str, list[Stat]] = {}
    for state in states:
        value = state.kept[field]  # an int stays one: beyond 2^53 a float would lose digits
        stats.setdefault(_dimension(state, by), []).append(Stat(1, value, value, value, value, state.at))
    at = max((state.at for state in states), default=None)
    manual = any(state.manual for state in states)
    held = [(state.expires, state.expires - state.at) for state in states if state.expires is not None]
    expires, holding = min(held, default=(None, 0.0))
    return Part(
        measure.kind, measure.across, stats, at, len(states), manual, expires,
        holding if len(held) == len(states) else 0.0,
    )  # fmt: skip


def _fits(state: EntityState, measure: Measure) -> bool:
    if measure.code is not None and state.kept.get("code") != measure.code:
        return False
    return all(str(state.kept.get(name, state.status)) in accepted for name, accepted in measure.where.items())


def _whole(profile: Profile, states: list[EntityState]) -> list[EntityState]:
    """The report for the whole province where there is one, else those of its parts."""
    areas = profile.current_areas()
    whole = [state for state in states if not state.area or (state.area in areas and areas[state.area].level == 0)]
    return whole[:1] or states


def _dimension(state: EntityState, by: str | None) -> str:
    if by is None:
        return ""
    return state.area if by == "area" else str(state.kept.get(by, ""))
