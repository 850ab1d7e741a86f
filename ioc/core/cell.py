"""Cells: what an event adds to its minute. All of it is mergeable, so partitions, minutes and areas add up.

A cell is addressed by its minute (event time, minutes since 1970 in UTC) and the values of the contract's dimensions;
as text ``minute␟value␟value…`` (U+001F between, an absent dimension is empty). Texts from events have no control
characters by then, so the separator is safe.
"""

from __future__ import annotations

import msgspec

SEPARATOR = "\x1f"
HOUR = 3600


class Stat(msgspec.Struct, array_like=True):
    """Count, sum, least, greatest, and newest value by event time (the greatest of several) of one number."""

    count: int
    total: float
    low: float
    high: float
    last: float
    last_at: float

    def merge(self, other: Stat) -> None:
        """Add ``other`` to this one."""
        self.count += other.count
        self.total += other.total
        self.low = min(self.low, other.low)
        self.high = max(self.high, other.high)
        if (other.last_at, other.last) > (self.last_at, self.last):
            self.last, self.last_at = other.last, other.last_at


class Cell(msgspec.Struct, array_like=True):
    """How many events, and one :class:`Stat` for each of the contract's numbers (None: never present)."""

    count: int = 0
    stats: list[Stat | None] = []

    def merge(self, other: Cell) -> None:
        """Add ``other`` to this one; ``other`` stays as it is."""
        self.count += other.count
        for at, stat in enumerate(other.stats):
            if stat is None:
                continue
            mine = self.stats[at]
            if mine is None:
                self.stats[at] = Stat(stat.count, stat.total, stat.low, stat.high, stat.last, stat.last_at)
            else:
                mine.merge(stat)


class OpenCell(msgspec.Struct, array_like=True):
    """Open entities of equal dimensions, status and due second: how many, and the sum of their ``since`` (POSIX s)."""

    count: int = 0
    since: float = 0.0


def address(minute: int, values: tuple[str, ...]) -> str:
    """The text address of a cell."""
    return SEPARATOR.join((str(minute), *values))


def parse_address(text: str) -> tuple[int, tuple[str, ...]]:
    """Minute and dimension values of an address."""
    minute, *values = text.split(SEPARATOR)
    return int(minute), tuple(values)


def hour_of(minute: int) -> int:
    """The hour (hours since 1970 in UTC) whose hash holds the minute."""
    return minute // 60
