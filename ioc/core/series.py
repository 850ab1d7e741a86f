"""Minutes of one measure, kept summed up: what a window costs depends on its hours, not on its events."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ioc.core.cell import Cell, Stat

Minutes = dict[int, dict[tuple[int, tuple[str, ...]], Cell]]  # minute → (partition, dimension values) → cell
Key = str
Aggregates = dict[Key, Stat]
Selector = Callable[[tuple[str, ...]], Key | None]  # dimension values → key of the break-down, None: filtered out


def merge(into: Aggregates, key: Key, stat: Stat) -> None:
    """Add ``stat`` under ``key``; ``stat`` itself is never changed later."""
    known = into.get(key)
    if known is None:
        into[key] = Stat(stat.count, stat.total, stat.low, stat.high, stat.last, stat.last_at)
    else:
        known.merge(stat)


class Series:
    """One selection of a feed's cells by minute and hour. ``number`` is the index of a number, None counts events."""

    def __init__(self, select: Selector, number: int | None) -> None:
        self._select = select
        self._number = number
        self._keys: dict[tuple[str, ...], Key | None] = {}
        self._minutes: dict[int, Aggregates] = {}
        self._hours: dict[int, Aggregates] = {}

    def renew(self, minutes: Minutes, changed: Iterable[int]) -> None:
        """Compute the changed minutes again."""
        for minute in changed:
            self._hours.pop(minute // 60, None)
            cells = minutes.get(minute)
            if cells is None:
                self._minutes.pop(minute, None)
            else:
                self._minutes[minute] = self._aggregate(minute, cells)

    def _aggregate(self, minute: int, cells: dict[tuple[int, tuple[str, ...]], Cell]) -> Aggregates:
        found: Aggregates = {}
        for (_, values), cell in cells.items():
            if values not in self._keys:
                self._keys[values] = self._select(values)
            key = self._keys[values]
            if key is None:
                continue
            if self._number is None:
                merge(found, key, Stat(cell.count, 0.0, 0.0, 0.0, 0.0, minute * 60.0))
            elif (stat := cell.stats[self._number]) is not None:
                merge(found, key, stat)
        return found

    def _hour(self, hour: int) -> Aggregates:
        known = self._hours.get(hour)
        if known is None:
            known = self._hours[hour] = {}
            for minute in range(hour * 60, hour * 60 + 60):
                for key, stat in self._minutes.get(minute, {}).items():
                    merge(known, key, stat)
        return known

    def window(self, start: int, end: int) -> Aggregates:
        """Aggregates of the minutes ``start`` ≤ minute < ``end``."""
        found: Aggregates = {}
        minute = start
        while minute < end:
            if minute % 60 == 0 and minute + 60 <= end:
                part, minute = self._hour(minute // 60), minute + 60
            else:
                part, minute = self._minutes.get(minute, {}), minute + 1
            for key, stat in part.items():
                merge(found, key, stat)
        return found
