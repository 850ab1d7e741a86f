"""Hospitals: each facility's state every quarter of an hour; a phase's factor moves emergencies and beds."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from random import Random
from typing import Any

from streams.simulator.draft import Draft, merged
from streams.simulator.models import Facility
from streams.simulator.workday import DAY, SHAPES
from streams.simulator.world import World

FEED = "hospital_status"
EMERGENCY_SHARE = 0.06  # of the outpatients of a day


def drafts(world: World) -> Iterator[Draft]:
    model = world.scenario.hospital_status
    if model is None:
        return iter(())
    return merged(*(_Hospital(world, facility, model.lookups_ok).states() for facility in model.facilities))


def _so_far(hour: float, shape: str) -> float:
    """Share of a day's people who have come by ``hour``."""
    whole = int(hour)
    return (sum(SHAPES[shape][:whole]) + SHAPES[shape][whole] * (hour - whole)) / 24


class _Hospital:
    def __init__(self, world: World, facility: Facility, lookups_ok: float) -> None:
        self.world = world
        self.facility = facility
        self.lookups_ok = lookups_ok
        self.rng = world.rng(f"{FEED}/{facility.id}")
        area = world.areas.get(facility.area)
        self.spot = world.spot(area, Random(facility.id)) if area else None
        self.load = facility.load
        self.emergencies = 0.0

    def states(self) -> Iterator[Draft]:
        every = self.world.every(FEED)
        at = math.ceil(self.world.begin / every) * every + zlib.crc32(self.facility.id.encode()) % 240
        midnight = self.world.calendar.midnight(self.world.calendar.day(at))
        self.emergencies = self._usual() * _so_far((at - midnight) / 3600, "round-the-clock")
        while True:
            yield self.world.draft(FEED, self.facility.id, float(at), self._state(at, every), area=self.facility.area,
                                   place=self.facility.id)  # fmt: skip
            at += every

    def _usual(self) -> float:
        return self.facility.outpatients * EMERGENCY_SHARE

    def _state(self, at: float, every: float) -> dict[str, Any]:
        facility, rng, calendar = self.facility, self.rng, self.world.calendar
        day = calendar.day(at)
        hour = min((at - calendar.midnight(day)) / 3600, 23.99)
        factor = math.prod(phase.factor for phase in self.world.phases(FEED, at))
        if hour * 3600 < every:
            self.emergencies = 0.0
        self.emergencies += self._usual() * SHAPES["round-the-clock"][int(hour)] * factor * every / DAY
        wanted = facility.load * (1 + 0.12 * (factor - 1))
        self.load += 0.02 * (wanted - self.load) + 0.002 * rng.gauss(0, 1)
        beds = round(facility.beds * min(max(self.load, 0.2), 1.15))
        seen = facility.outpatients * (1.0 if calendar.works(day) else 0.25) * _so_far(hour, "office")
        lookups = int(seen * 0.9)
        data: dict[str, Any] = {
            "facility_id": facility.id, "name": facility.name, "outpatients_today": int(seen),
            "inpatients": beds, "emergencies_today": int(self.emergencies), "beds_planned": facility.beds,
            "beds_used": beds, "id_lookups": lookups, "id_lookups_ok": int(lookups * self.lookups_ok),
        }  # fmt: skip
        if self.spot:
            data["lat"], data["lon"] = self.spot
        return data
