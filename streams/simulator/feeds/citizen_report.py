"""Citizen reports (1022), from NEW to CLOSED, some reopened; a storm moves rate, categories and places."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from ioc.core.contract import seconds
from streams.simulator.choice import Choice
from streams.simulator.draft import Draft, Life, lives, open_at
from streams.simulator.models import Reports
from streams.simulator.world import World

FEED = "citizen_report"
HOUR = 3600.0


def drafts(world: World) -> Iterator[Draft]:
    model = world.scenario.citizen_report
    if model is None:
        return iter(())
    line = _Hotline(world, model)
    arrivals = world.arrivals(FEED, world.begin - seconds(model.backlog), line.rng)
    return open_at(lives(arrivals, line.live), world.begin, _closed)


def _closed(draft: Draft) -> bool:
    return isinstance(draft.data, dict) and draft.data["status"] in ("ANSWERED", "CLOSED")


class _Hotline:
    def __init__(self, world: World, model: Reports) -> None:
        self.world = world
        self.model = model
        self.rng = world.rng(FEED)
        self.number = itertools.count(1)
        self.channels = Choice(model.channels.items())
        self.usual = {code: category.weight for code, category in model.categories.items()}
        self._categories: dict[tuple[float, ...], Choice[str]] = {}

    def live(self, at: float) -> Life:
        """The whole life of one report."""
        world, rng = self.world, self.rng
        code = self._category(at)
        category = self.model.categories[code]
        place = world.place(FEED, at, rng)
        lat, lon = world.spot(place, rng)
        report = f"{self.model.prefix}-{world.calendar.local(at):%Y}-{world.tag}{next(self.number):05d}"
        served = world.of_level("commune", place) or world.of_level("district", place)
        data: dict[str, Any] = {
            "report_id": report, "title": rng.choice(category.titles).format(ward=place.name), "category": code,
            "channel": self.channels.draw(rng), "lat": lat, "lon": lon, "ward": place.name,
            "due_at": world.calendar.text(float(int(at)) + category.hours * HOUR),
            "reporter_phone": world.person(rng)[1],
        }  # fmt: skip
        if served is not None:
            data["agency"] = world.name(served)
        organisation = served.code if served is not None else ""
        return [
            world.draft(FEED, report, moment, {**data, "status": status, **more}, area=place.code,
                        organisation=organisation)
            for moment, status, more in self._path(at, category.hours * HOUR)
        ]  # fmt: skip

    def _path(self, at: float, allowed: float) -> list[tuple[float, str, dict[str, Any]]]:
        rng = self.rng
        on_time = rng.random() < self.model.on_time
        share = (0.15 + 0.8 * rng.random()) if on_time else (1.05 + rng.expovariate(1.5))
        answered = max(allowed * share / (self.model.speed if on_time else 1.0), 900.0)
        assigned = min(120.0 + rng.expovariate(1 / 900), answered * 0.3)
        begun = assigned + (answered - assigned) * 0.4 * rng.random()
        more = {"rating": self._rating()} if rng.random() < 0.3 else {}
        path: list[tuple[float, str, dict[str, Any]]] = [
            (at, "NEW", {}), (at + assigned, "ASSIGNED", {}), (at + begun, "IN_PROGRESS", {}),
            (at + answered, "ANSWERED", more),
        ]  # fmt: skip
        closing = at + answered + HOUR * (2 + 22 * rng.random())
        if rng.random() < 0.03:
            path.append((closing, "REOPENED", {}))
            closing += HOUR * (6 + 24 * rng.random())
            path.append((closing - HOUR, "ANSWERED", {}))
        return [*path, (closing, "CLOSED", more)]

    def _rating(self) -> int:
        return 5 if self.rng.random() < 0.6 else self.rng.choice((4, 4, 4, 3, 2, 1))

    def _category(self, at: float) -> str:
        weights = self.world.weights(FEED, at, self.usual)
        key = tuple(weights.values())
        choice = self._categories.get(key)
        if choice is None:
            choice = self._categories[key] = Choice(weights.items())
        return choice.draw(self.rng)
