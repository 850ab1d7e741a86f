"""What the history keeps of the feeds' quality: each hour's counts, and what counts alone can't tell."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from ioc.core.baseline import Expected
from ioc.core.contract import FeedContract
from ioc.core.freshness import cadence_of
from ioc.core.hourly import Inflows
from ioc.core.quality import Basis, Completeness, Tallied, arrivals, tallied

if TYPE_CHECKING:
    from ioc.core.board import Board, FeedData

HOUR = 3600
KEPT_HOURS = 48


class HourCount(msgspec.Struct, frozen=True, kw_only=True):
    """Events of one hour (its first POSIX second) by whose they are and what became of them."""

    feed: str
    at: int
    organisation: str
    area: str
    outcome: str
    reason: str
    events: int


class HourFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Completeness of one hour, and the share of its minutes whose newest sign of life was within the cadence."""

    feed: str
    at: int
    received: int
    expected: float | None
    basis: Basis
    completeness: float | None
    liveness: float | None
    mode: str = "actual"


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One day of a feed: its first POSIX second, its events, and the means of its hours."""

    at: int
    tally: Tallied
    completeness: float | None = None
    liveness: float | None = None


def hours_of(board: Board, hours: Iterable[int], mode: str) -> tuple[list[HourCount], list[HourFigures]]:
    """The rows of these hours (counted from the epoch) of every feed that knows something of them."""
    counts: list[HourCount] = []
    figures: list[HourFigures] = []
    for hour in hours:
        for feed, data in board.feeds.items():
            contract = board.profile.feeds.get(feed)
            found = data.counts.window(hour * 60, hour * 60 + 59)
            if contract is None or not found:
                continue
            counts += [
                HourCount(feed=feed, at=hour * HOUR, organisation=organisation, area=area, outcome=outcome,
                          reason=reason, events=events)
                for (outcome, reason, organisation, area), events in sorted(found.items())
            ]  # fmt: skip
            figures.append(_figures(board, contract, data, tallied(found), hour, mode))
    return counts, figures


def _figures(board: Board, contract: FeedContract, data: FeedData, tally: Tallied, hour: int, mode: str) -> HourFigures:
    first, last = hour * 60, hour * 60 + 59
    received, sent, basis = arrivals(data.inflows, first, last)
    expected: float | None = float(sent) if basis else None
    if not basis:
        baseline = board.baselines.get(contract.feed, {})
        received = tally.received
        expected = Expected(board.profile, data.counts, baseline, board.shown, first, last).of()
        basis = "baseline" if expected is not None else ""
    parts = Completeness(received=received, expected=expected, basis=basis, filled=tally.filled())
    return HourFigures(
        feed=contract.feed, at=hour * HOUR, received=received, expected=expected, basis=basis,
        completeness=parts.share, liveness=alive(data.inflows, first, last, cadence_of(contract)), mode=mode,
    )  # fmt: skip


def alive(inflows: Inflows, first: int, last: int, cadence: float) -> float | None:
    """Share of the minutes first..last whose newest event or heartbeat was at most one cadence old.

    None where the cadence is longer than what is kept can tell.
    """
    reach = max(1, int(cadence // 60))
    oldest = inflows.oldest
    if oldest is None or (oldest > first - reach and reach > 60):
        return None
    signs = inflows.known(first - reach, last)
    fresh = 0
    for minute in range(first, last + 1):
        at = bisect_right(signs, minute)
        fresh += bool(at) and minute - signs[at - 1] <= reach
    return fresh / (last - first + 1)
