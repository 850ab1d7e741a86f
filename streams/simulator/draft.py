"""What happens, before it is written as an event; and the merging of lives into one order of time."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec


class Draft(msgspec.Struct, kw_only=True, gc=False):
    """One event to be.

    ``at`` is when it is sent and ``time`` when it happened (POSIX s); ``data`` holds the feed's fields, or CAP 1.2 XML,
    or None for a heartbeat. ``place`` names what an interruption may silence: a station or a facility.
    """

    at: float
    time: float
    feed: str
    key: str
    source: str
    data: dict[str, Any] | str | None
    area: str = ""
    organisation: str = ""
    entry: str = ""
    place: str = ""


Life = list[Draft]
_at = lambda draft: draft.at  # noqa: E731


def lives(arrivals: Iterable[float], live: Callable[[float], Life]) -> Iterator[Draft]:
    """All events of the lives that begin at ``arrivals`` (ascending), in order of time."""
    waiting: list[tuple[float, int, Draft]] = []
    number = itertools.count()
    for arrival in arrivals:
        while waiting and waiting[0][0] <= arrival:
            yield heapq.heappop(waiting)[2]
        for draft in live(arrival):
            heapq.heappush(waiting, (draft.at, next(number), draft))
    while waiting:
        yield heapq.heappop(waiting)[2]


def merged(*streams: Iterable[Draft]) -> Iterator[Draft]:
    """Several streams in order of time as one; equal times keep the order of the streams."""
    return heapq.merge(*streams, key=_at)


def open_at(drafts: Iterator[Draft], begin: float, closed: Callable[[Draft], bool]) -> Iterator[Draft]:
    """``drafts`` from ``begin`` on, led by the newest state of every entity that was open then.

    What was closed before ``begin`` never appears. The leading states keep their own time, so they come first.
    """
    states: dict[str, Draft] = {}
    for draft in drafts:
        if draft.at >= begin:
            yield from sorted(states.values(), key=_at)
            yield draft
            break
        if closed(draft):
            states.pop(draft.key, None)
        else:
            states[draft.key] = draft
    yield from drafts
