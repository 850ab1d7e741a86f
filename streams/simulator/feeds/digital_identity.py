"""Digital identity: one figure a measure and district, once a day in the evening, growing slowly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ioc.core.area import Area
from streams.simulator.draft import Draft, merged
from streams.simulator.models import Identity
from streams.simulator.workday import DAY
from streams.simulator.world import World

FEED = "digital_identity"
REPORTED = 19 * 3600.0
FIRST = 900.0


def drafts(world: World) -> Iterator[Draft]:
    places = world.districts or world.communes
    pairs = [(measure, area) for measure in world.scenario.digital_identity for area in places]
    return merged(*(_measure(world, number, measure, area) for number, (measure, area) in enumerate(pairs)))


def _measure(world: World, number: int, measure: Identity, area: Area) -> Iterator[Draft]:
    rng = world.rng(f"{FEED}/{measure.measure}/{area.code}")
    share = measure.share * (0.94 + 0.12 * rng.random())
    at = world.begin - FIRST + number
    midnight = world.calendar.midnight(world.calendar.day(world.begin))
    key, people = f"{measure.measure}/{area.code}", world.people(area)
    while True:
        data: dict[str, Any] = {
            "measure": measure.measure, "value": int(people * min(share, 1.0)),
            "target": int(people * measure.target),
        }  # fmt: skip
        yield world.draft(FEED, key, at, data, area=area.code)
        share += measure.growth * (0.5 + rng.random())
        if midnight + REPORTED + number <= at:
            midnight = world.calendar.midnight(world.calendar.day(midnight + 1.5 * DAY))
        at = midnight + REPORTED + number
