"""What came in of each source, minute by minute: enough to tell how much of what was sent has arrived.

A source numbers its events of a feed (``sequence``) and says in its heartbeats how far it has come. Every figure here
is a sum, a least or a greatest: partitions, batches and minutes may be put together in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

GREATEST = 2**53  # numbers beyond are no counts


class Inflow(msgspec.Struct, array_like=True):
    """One source in one ingest minute, as a msgpack array.

    ``received`` counts its events, refused ones too, each once; ``manual`` those of them that were typed in.
    ``low`` and ``high`` are the least and greatest sequence numbers. Of its heartbeats: ``beats`` counts them, ``sent``
    adds up ``sent_since``, ``last`` is the greatest ``last_sequence``. None: no such number.
    """

    received: int = 0
    low: int | None = None
    high: int | None = None
    beats: int = 0
    sent: int = 0
    last: int | None = None
    manual: int = 0

    def merge(self, other: Inflow) -> None:
        """Take in ``other`` as well."""
        self.received += other.received
        self.low = _of(min, self.low, other.low)
        self.high = _of(max, self.high, other.high)
        self.beats += other.beats
        self.sent = min(self.sent + other.sent, GREATEST)
        self.last = _of(max, self.last, other.last)
        self.manual += other.manual

    @property
    def end(self) -> int | None:
        """How far the source is known to have counted."""
        return _of(max, self.high, self.last)


DECODER = msgspec.msgpack.Decoder(Inflow)


def number(value: Any) -> int | None:
    """A sequence number as it may be counted with; None for what isn't one."""
    return value if value.__class__ is int and 0 <= value <= GREATEST else None


def of_numbers(values: Sequence[Any]) -> Inflow:
    """The inflow of accepted events with these sequence numbers, absent ones among them."""
    try:
        low, high = min(values), max(values)
        countable = low >= 0 and high <= GREATEST
    except (TypeError, ValueError):  # some have none, or there is no event
        countable = False
    return Inflow(received=len(values), low=low, high=high) if countable else _of_some(values)


def _of_some(values: Sequence[Any]) -> Inflow:
    known = [value for value in map(number, values) if value is not None]
    return Inflow(received=len(values), low=min(known, default=None), high=max(known, default=None))


def merged(inflows: Iterable[Inflow]) -> Inflow:
    """All of them together."""
    whole = Inflow()
    for inflow in inflows:
        whole.merge(inflow)
    return whole


def arrived(window: Inflow, before: Inflow | None) -> tuple[int, int] | None:
    """(events received, events sent) of one source in a window; None when its numbers tell nothing.

    ``before`` is all that is known from before the window. What was sent is how far the source has counted since. Where
    nothing is known before, or the numbering began anew (its end lies below), it is counted from the least number seen.
    """
    end, start = window.end, before.end if before is not None else None
    if end is None:
        return None
    if start is None or end < start:
        start = window.low - 1 if window.low is not None and window.low <= end else end
    sent = end - start
    return min(window.received, sent), sent


def _of(choose: Any, one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    chosen: int = choose(one, other)
    return chosen
