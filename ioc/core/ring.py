"""Rings and lines of GeoJSON (RFC 7946): what is wrong with one, and which way round it runs.

Positions are (longitude, latitude) in degrees; at the size of a province the plane is near enough.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

Position = tuple[float, float]
Ring = list[Position]
Segment = tuple[Position, Position]

FEWEST = 4


def fault(ring: Ring) -> tuple[str, Position | None]:
    """What makes a ring no border, and where: ``ring_short``, ``ring_open``, ``ring_flat``, ``ring_crosses`` or ''."""
    if len(ring) < FEWEST:
        return "ring_short", ring[0] if ring else None
    if ring[0] != ring[-1]:
        return "ring_open", ring[-1]
    if area(ring) == 0:
        return "ring_flat", ring[0]
    meeting = crossing(ring)
    return ("ring_crosses", meeting) if meeting else ("", None)


def area(ring: Ring) -> float:
    """Signed area of a closed ring in square degrees; positive when it runs counterclockwise."""
    x, y = ring[0]
    return sum((ax - x) * (by - y) - (bx - x) * (ay - y) for (ax, ay), (bx, by) in itertools.pairwise(ring)) / 2


def turned(ring: Ring, counterclockwise: bool) -> Ring:
    """The ring, running the way asked for: outer rings counterclockwise, holes clockwise."""
    return ring if (area(ring) > 0) == counterclockwise else ring[::-1]


def crossing(ring: Ring) -> Position | None:
    """A corner near which a closed ring meets itself, or None. Repeated positions are no meeting."""
    corners = ring[:1] + [here for before, here in itertools.pairwise(ring) if here != before]
    segments = list(itertools.pairwise(corners))
    last = len(segments) - 1
    for first, second in _near(segments):
        low, high = min(first, second), max(first, second)
        if high - low == 1 or (low, high) == (0, last):
            shared = segments[low][1] if high - low == 1 else segments[high][1]
            if _folds(segments[low], segments[high], shared):
                return shared
        elif _meet(segments[low], segments[high]):
            return segments[high][0]
    return None


def _near(segments: list[Segment]) -> Iterator[tuple[int, int]]:
    """Pairs whose boxes touch, found by a sweep from west to east."""
    order = sorted(range(len(segments)), key=lambda at: min(segments[at][0][0], segments[at][1][0]))
    open_: list[int] = []
    for at in order:
        (ax, ay), (bx, by) = segments[at]
        west, low, high = min(ax, bx), min(ay, by), max(ay, by)
        open_ = [other for other in open_ if max(segments[other][0][0], segments[other][1][0]) >= west]
        for other in open_:
            (_, cy), (_, dy) = segments[other]
            if min(cy, dy) <= high and max(cy, dy) >= low:
                yield other, at
        open_.append(at)


def _folds(one: Segment, other: Segment, shared: Position) -> bool:
    """Whether two neighbours run back over each other."""
    (ax, ay), (bx, by) = (end for segment in (one, other) for end in segment if end != shared)
    x, y = shared
    straight = (ax - x) * (by - y) - (ay - y) * (bx - x) == 0
    return straight and (ax - x) * (bx - x) + (ay - y) * (by - y) > 0


def _meet(one: Segment, other: Segment) -> bool:
    (a, b), (c, d) = one, other
    sides = _side(a, b, c), _side(a, b, d), _side(c, d, a), _side(c, d, b)
    if sides[0] * sides[1] < 0 and sides[2] * sides[3] < 0:
        return True
    ends = ((a, b, c), (a, b, d), (c, d, a), (c, d, b))
    return any(side == 0 and _within(*points) for side, points in zip(sides, ends, strict=True))


def _side(a: Position, b: Position, c: Position) -> int:
    """On which side of the line a–b the point c lies: 1 left, -1 right, 0 on it."""
    turn = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (turn > 0) - (turn < 0)


def _within(a: Position, b: Position, c: Position) -> bool:
    """Whether c, known to lie on the line a–b, lies between the two."""
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])
