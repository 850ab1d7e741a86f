"""Figures of ingest minutes, kept summed up by the hour: what a window costs depends on its hours, not on its minutes.

The partitions' figures lie side by side; each is absolute, and replaces what its partition said before.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

from ioc.core.inflow import Inflow

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Count = tuple[str, str, str, str]  # outcome, reason, organisation, area


class Hourly(Generic[K, V]):
    """Minute → (partition, key) → figure. ``add`` puts a figure under a key of a sum."""

    def __init__(self, add: Callable[[dict[K, V], K, V], None]) -> None:
        self._add = add
        self._minutes: dict[int, dict[tuple[int, K], V]] = {}
        self._hours: dict[int, dict[K, V]] = {}

    def set(self, partition: int, minute: int, key: K, value: V) -> None:
        self._minutes.setdefault(minute, {})[partition, key] = value
        self._hours.pop(minute // 60, None)

    def forget(self, partition: int) -> None:
        """Drop what one partition told."""
        for minute, held in list(self._minutes.items()):
            self._minutes[minute] = {key: value for key, value in held.items() if key[0] != partition}
        self._hours.clear()

    def prune(self, first: int) -> None:
        """Drop minutes before ``first``."""
        for minute in [minute for minute in self._minutes if minute < first]:
            del self._minutes[minute]
            self._hours.pop(minute // 60, None)

    @property
    def oldest(self) -> int | None:
        """The first minute of which anything is known."""
        return min(self._minutes, default=None)

    def window(self, first: int, last: int) -> dict[K, V]:
        """The sums of the minutes from ``first`` to ``last``, both included."""
        found: dict[K, V] = {}
        for hour in range(first // 60, last // 60 + 1):
            if first <= hour * 60 and hour * 60 + 59 <= last:
                parts = self._hour(hour)
                for key, value in parts.items():
                    self._add(found, key, value)
            else:
                self._sum(found, max(first, hour * 60), min(last, hour * 60 + 59))
        return found

    def known(self, first: int, last: int) -> list[int]:
        """The minutes from ``first`` to ``last`` of which anything is known, in order."""
        return sorted(minute for minute in self._minutes if first <= minute <= last)

    def minutes(self, newest_first: bool = False) -> Iterator[tuple[int, dict[tuple[int, K], V]]]:
        """Every minute with its figures."""
        return iter(sorted(self._minutes.items(), reverse=newest_first))

    def _hour(self, hour: int) -> dict[K, V]:
        known = self._hours.get(hour)
        if known is None:
            known = self._hours[hour] = {}
            self._sum(known, hour * 60, hour * 60 + 59)
        return known

    def _sum(self, into: dict[K, V], first: int, last: int) -> None:
        for minute in range(first, last + 1):
            for (_, key), value in self._minutes.get(minute, {}).items():
                self._add(into, key, value)


Counts = Hourly[Count, int]
Inflows = Hourly[str, Inflow]


def counts() -> Counts:
    """The quality cells of a feed."""
    return Hourly(_count)


def inflows() -> Inflows:
    """What came of each source."""
    return Hourly(_take)


def _count(into: dict[Count, int], key: Count, value: int) -> None:
    into[key] = into.get(key, 0) + value


def _take(into: dict[str, Inflow], key: str, value: Inflow) -> None:
    into.setdefault(key, Inflow()).merge(value)
