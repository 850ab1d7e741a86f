"""The profile and the scenario as one world that the feeds' generators ask: who, where, when, how often."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from random import Random
from typing import Any

import msgspec

from ioc.core.area import Area, Organisation
from ioc.core.contract import FeedContract, seconds
from ioc.core.profile import Profile
from streams.simulator.choice import Choice
from streams.simulator.draft import Draft
from streams.simulator.scenario import Phase, Scenario, moment
from streams.simulator.workday import SHAPES, Calendar, arrivals

PHONE_PREFIX = "0900"  # no subscriber has a number of this kind: 0900 000 000 upwards is kept free


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """A phase with its times as POSIX seconds."""

    begin: float
    end: float
    phase: Phase


class World:
    """One province in one scenario. ``begin`` is the first moment of the stream, POSIX s; ``seed`` fixes all chance."""

    def __init__(
        self, profile: Profile, scenario: Scenario, *, seed: int, begin: float, rate_factor: float = 1.0
    ) -> None:
        self.profile = profile
        self.scenario = scenario
        self.seed = seed
        self.begin = begin
        self.rate_factor = rate_factor
        self.calendar = Calendar(profile.head.timezone, profile.holidays)
        self.tag = tag(scenario, seed, begin)
        self.areas = profile.current_areas()
        self.province = next((area.code for area in self.areas.values() if area.level == 0), "")
        self.districts = [area for area in self.areas.values() if area.level == 1]
        deepest = max((area.level for area in self.areas.values()), default=0)
        self.communes = [area for area in self.areas.values() if area.level == deepest]
        self.organisations: dict[str, list[Organisation]] = {}
        for organisation in profile.organisations.values():
            self.organisations.setdefault(organisation.kind, []).append(organisation)
        self._stretches: dict[str, list[Stretch]] = {}
        for phase in scenario.phases:
            stretch = Stretch(begin=moment(phase.begin), end=moment(phase.end), phase=phase)
            self._stretches.setdefault(phase.feed, []).append(stretch)
        self._places: dict[tuple[int, ...], Choice[Area]] = {}

    def rng(self, name: str) -> Random:
        """Chance of its own for each part, so that one part's draws never shift another's."""
        return Random(f"{self.seed}/{self.scenario.id}/{name}")

    def contract(self, feed: str) -> FeedContract:
        return self.profile.feeds[feed]

    def phases(self, feed: str, at: float) -> list[Phase]:
        """The phases of a feed that hold at ``at``."""
        return [item.phase for item in self._stretches.get(feed, []) if item.begin <= at < item.end]

    def per_day(self, feed: str, at: float) -> float:
        """The rate of a feed at ``at``, events a day, by contract, day, hour and phase."""
        rate = self.contract(feed).rate
        local = self.calendar.local(at)
        usual = rate.workday if self.calendar.works(local.date()) else rate.weekend
        for phase in self.phases(feed, at):
            usual = (usual if phase.per_day is None else phase.per_day) * phase.factor
        return usual * SHAPES[rate.shape][local.hour] * self.rate_factor

    def arrivals(self, feed: str, begin: float, rng: Random) -> Iterator[float]:
        """When things begin in a feed, without end."""
        return arrivals(begin, lambda at: self.per_day(feed, at), rng)

    def weights(self, feed: str, at: float, usual: dict[str, float]) -> dict[str, float]:
        """``usual`` weights of codes, as the phases of the moment change them."""
        weights = dict(usual)
        for phase in self.phases(feed, at):
            weights |= {code: weight for code, weight in phase.weights.items() if code in weights}
        return weights

    def place(self, feed: str, at: float, rng: Random) -> Area:
        """An area of the lowest level, by population and by the phases of the moment."""
        active = [(item, item.phase.areas) for item in self._stretches.get(feed, []) if item.phase.areas]
        holding = tuple(id(item) for item, _ in active if item.begin <= at < item.end)
        choice = self._places.get(holding)
        if choice is None:
            factors: dict[str, float] = {}
            for item, areas in active:
                if id(item) in holding:
                    factors |= areas
            choice = self._places[holding] = Choice(
                (area, self.people(area) * factors.get(area.code, factors.get(area.parent, 1.0)))
                for area in self.communes
            )
        return choice.draw(rng)

    def people(self, area: Area) -> float:
        """Population, else an even part of what the parent has beyond its known units: no place is without people."""
        if area.population:
            return float(area.population)
        parent = self.areas.get(area.parent)
        if parent is None:
            return 1.0
        siblings = [other.population for other in self.areas.values() if other.parent == area.parent]
        rest = self.people(parent) - sum(siblings)
        return max(rest, 1.0) / siblings.count(0)

    def spot(self, area: Area, rng: Random) -> tuple[float, float]:
        """A point near the middle of an area, (lat, lon) in degrees, inside the province's bounding box."""
        around = self.areas.get(area.parent) if not area.lat else area
        west, south, east, north = self.profile.head.bbox
        lat = around.lat if around and around.lat else (south + north) / 2
        lon = around.lon if around and around.lon else (west + east) / 2
        radius = 0.35 * math.sqrt(area.area_km2 or 5.0) / 111.0
        lat = min(max(lat + rng.uniform(-radius, radius), south), north)
        lon = min(max(lon + rng.uniform(-radius, radius), west), east)
        return round(lat, 5), round(lon, 5)

    def of_level(self, level: str, area: Area) -> Organisation | None:
        """The organisation that serves ``area`` at a level, or None when the profile names none."""
        code = area.code if level == "commune" else area.parent
        return next((org for org in self.organisations.get(level, []) if org.area == code), None)

    def offices(self) -> list[Organisation]:
        """Departments and districts, those that tasks and documents go to."""
        offices = [*self.organisations.get("department", []), *self.organisations.get("district", [])]
        return offices or list(self.profile.organisations.values())

    def name(self, organisation: Organisation) -> str:
        language = self.profile.head.default_language
        return organisation.name.get(language) or next(iter(organisation.name.values()))

    def person(self, rng: Random) -> tuple[str, str]:
        """An invented name and a telephone number that nobody has."""
        draw, scenario = rng.random, self.scenario
        parts = (
            scenario.families[int(draw() * len(scenario.families))],
            scenario.middles[int(draw() * len(scenario.middles))],
            scenario.givens[int(draw() * len(scenario.givens))],
        )
        return " ".join(parts), f"{PHONE_PREFIX}{int(draw() * 1_000_000):06d}"

    def source(self, feed: str, key: str) -> str:
        """The source that reports ``key``: always the same one of the contract's list."""
        sources = self.contract(feed).source
        return sources[zlib.crc32(key.encode()) % len(sources)]

    def every(self, feed: str) -> float:
        """The feed's cadence, s; a minute when it has none."""
        return seconds(self.contract(feed).cadence) or 60.0

    def draft(self, feed: str, key: str, at: float, data: dict[str, Any] | str, **more: Any) -> Draft:
        """An event that is sent when it happens, from the source of its key."""
        source = more.pop("source", "") or self.source(feed, key)
        return Draft(at=at, time=at, feed=feed, key=key, source=source, data=data, **more)


def tag(scenario: Scenario, seed: int, begin: float) -> str:
    """Four characters that tell this run's events from those of another scenario, seed or start."""
    number = zlib.crc32(f"{scenario.id}/{seed}/{begin:.0f}".encode()) % 36**4
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return "".join(digits[number // 36**place % 36] for place in (3, 2, 1, 0))
