"""Station readings: each metric at its cadence; a course of published values where the scenario has one.

A course is exact at its published times and interpolated between; no noise is laid over it. Readings are taken at
whole multiples of the cadence and arrive some seconds later.
"""

from __future__ import annotations

import heapq
import math
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from ioc.core.area import Station
from ioc.core.contract import seconds
from streams.simulator.course import Curve
from streams.simulator.draft import Draft
from streams.simulator.models import Course, Metric, Stations
from streams.simulator.scenario import moment
from streams.simulator.world import World

FEED = "station_reading"
TIDE = 24.84 * 3600  # the lunar day: the tide of the gulf turns once in it


def drafts(world: World) -> Iterator[Draft]:
    model = world.scenario.station_reading
    if model is None:
        return
    waiting: list[tuple[float, str, _Sensor]] = []
    for station in world.profile.stations.values():
        for metric in station.metrics:
            if metric in model.metrics:
                sensor = _Sensor(world, model, station, metric)
                waiting.append((sensor.first(world.begin), f"{station.id}/{metric}", sensor))
    heapq.heapify(waiting)
    while waiting:
        at, key, sensor = heapq.heappop(waiting)
        yield sensor.reading(at)
        heapq.heappush(waiting, (at + sensor.every, key, sensor))


def curve(world: World, model: Stations, station: Station, metric: str) -> Curve | None:
    """The published course of a metric at a station, or None."""
    named = [course for course in model.courses if course.metric == metric and course.station == station.id]
    common = [course for course in model.courses if course.metric == metric and course.station == "*"]
    course = next(iter([*named, *common]), None)
    if course is None:
        return None
    base = course.base if course.base is not None else _base(model, station, metric)
    factor = _spread(world, course, station)
    return Curve(
        [moment(point.at) for point in course.points],
        [point.value * factor for point in course.points],
        base=base, lead=seconds(course.lead), half_life=seconds(course.half_life),
    )  # fmt: skip


def _spread(world: World, course: Course, station: Station) -> float:
    return 1 + course.spread * (2 * world.rng(f"{FEED}/spread/{station.id}").random() - 1)


def _base(model: Stations, station: Station, metric: str) -> float:
    return model.bases.get(f"{station.id}/{metric}", model.metrics[metric].base)


class _Sensor:
    """One metric of one station."""

    def __init__(self, world: World, model: Stations, station: Station, metric: str) -> None:
        self.world = world
        self.station = station
        self.metric = metric
        self.model = model
        self.every = seconds(model.every.get(station.kind, "")) or world.every(FEED)
        self.every /= min(world.rate_factor, 10.0)
        self.rng = world.rng(f"{FEED}/{station.id}/{metric}")
        self.delay = 2.0 + zlib.crc32(station.id.encode()) % 30_000 / 1000 + len(metric) / 10
        self.key = f"{station.id}/{metric}"
        self.source = model.sources.get(station.kind) or world.source(FEED, station.id)
        self.drift = 0.0
        published = curve(world, model, station, metric)
        self.value: Callable[[float], float] = published if published is not None else self._usual
        self.published = published is not None
        contract = world.contract(FEED)
        self.range = contract.ranges.table.get(metric) if contract.ranges else None

    def first(self, begin: float) -> float:
        """The first arrival from ``begin`` on."""
        return math.ceil(begin / self.every) * self.every + self.delay

    def reading(self, at: float) -> Draft:
        time = round(at - self.delay, 3)
        decimals = self.model.metrics[self.metric].decimals
        value: float | None = round(self.value(time), decimals)
        if self.range is not None:
            value = min(max(value or 0.0, self.range.low), self.range.high)
        quality, draw = "good", self.rng.random()
        if not self.published and draw < self.model.fault:
            quality, value = "fault", None
        elif not self.published and draw < self.model.fault + self.model.calibrating:
            quality = "calibrating"
        data: dict[str, Any] = {
            "station_id": self.station.id, "metric": self.metric, "value": value,
            "unit": self.model.metrics[self.metric].unit, "quality": quality,
            "lat": self.station.lat, "lon": self.station.lon,
        }  # fmt: skip
        return Draft(at=at, time=time, feed=FEED, key=self.key, source=self.source, data=data,
                     area=self.station.area, place=self.station.id)  # fmt: skip

    def _usual(self, at: float) -> float:
        """Base, daily swing, tide and slowly changing noise."""
        metric: Metric = self.model.metrics[self.metric]
        local = self.world.calendar.local(at)
        hour = local.hour + local.minute / 60
        self.drift = 0.97 * self.drift + 0.24 * metric.noise * self.rng.gauss(0, 1)
        swing = metric.swing * math.cos((hour - metric.peak) * 2 * math.pi / 24)
        tide = metric.tide * math.cos(2 * math.pi * at / TIDE) if metric.tide else 0.0
        value = _base(self.model, self.station, self.metric) + swing + tide + self.drift
        floor = self.range.low if self.range is not None else -math.inf
        return max(value, floor)
