"""Power and line cuts: what is lost, and what arrives all at once when the line is back."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Iterator

import msgspec

from ioc.core.area import Area
from streams.simulator.draft import Draft
from streams.simulator.scenario import Interruption, moment
from streams.simulator.world import World

CATCH_UP = 90.0  # seconds in which held events arrive once the line is back


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """One interruption with its times as POSIX seconds and its areas with everything below them."""

    begin: float
    end: float
    feed: str
    places: frozenset[str]
    areas: frozenset[str]
    late: bool

    def holds(self, draft: Draft) -> bool:
        if draft.feed != self.feed or not self.begin <= draft.at < self.end:
            return False
        if not self.places and not self.areas:
            return True
        return draft.place in self.places or draft.area in self.areas


def cuts(world: World) -> list[Cut]:
    return [_cut(world, interruption) for interruption in world.scenario.interruptions]


def _cut(world: World, cut: Interruption) -> Cut:
    below = {area.code for area in world.areas.values() if _inside(world, area, set(cut.areas))}
    return Cut(
        begin=moment(cut.begin), end=moment(cut.end), feed=cut.feed, places=frozenset(cut.places),
        areas=frozenset(cut.areas) | below, late=cut.then == "late",
    )  # fmt: skip


def _inside(world: World, area: Area, codes: set[str]) -> bool:
    at: Area | None = area
    while at is not None:
        if at.code in codes:
            return True
        at = world.areas.get(at.parent)
    return False


def interrupted(drafts: Iterable[Draft], active: list[Cut], world: World) -> Iterator[Draft]:
    """``drafts`` without those that a cut swallows; held ones come after its end. Heartbeats are never held."""
    if not active:
        yield from drafts
        return
    rng, number = world.rng("interruption"), itertools.count()
    held: list[tuple[float, int, Draft]] = []
    for draft in drafts:
        while held and held[0][0] <= draft.at:
            yield heapq.heappop(held)[2]
        cut = next((cut for cut in active if cut.holds(draft)), None)
        if cut is None:
            yield draft
        elif cut.late and draft.data is not None:
            draft.at = cut.end + round(rng.random() * CATCH_UP, 3)
            heapq.heappush(held, (draft.at, next(number), draft))
