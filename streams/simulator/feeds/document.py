"""Official documents: registered, worked on, done; the urgency sets the due time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from ioc.core.contract import seconds
from streams.simulator.choice import Choice
from streams.simulator.draft import Draft, Life, lives, open_at
from streams.simulator.models import Documents
from streams.simulator.workday import CLOSING
from streams.simulator.world import World

FEED = "document"
DAYS = {"flash": 0, "very_urgent": 1, "urgent": 3, "normal": 7}


def drafts(world: World) -> Iterator[Draft]:
    model = world.scenario.document
    if model is None:
        return iter(())
    registry = _Registry(world, model)
    arrivals = world.arrivals(FEED, world.begin - seconds(model.backlog), registry.rng)
    return open_at(lives(arrivals, registry.live), world.begin, _closed)


def _closed(draft: Draft) -> bool:
    return isinstance(draft.data, dict) and draft.data["status"] == "DONE"


class _Registry:
    def __init__(self, world: World, model: Documents) -> None:
        self.world = world
        self.model = model
        self.rng = world.rng(FEED)
        self.number = itertools.count(1)
        self.urgencies = Choice(model.urgencies.items())
        self.offices = [(world.name(office), office.code, office.area) for office in world.offices()]

    def live(self, at: float) -> Life:
        world, rng, model = self.world, self.rng, self.model
        agency, organisation, area = rng.choice(self.offices)
        urgency = self.urgencies.draw(rng)
        number, incoming = next(self.number), rng.random() < model.incoming
        due = self._due(at, urgency)
        path = self._path(at, due, incoming)
        if path[-1][0] < world.begin:
            return []
        document = f"{model.prefix}-{world.calendar.local(at):%y%m%d}-{world.tag}{number:06d}"
        data: dict[str, Any] = {
            "document_id": document, "direction": "in" if incoming else "out", "agency": agency, "urgency": urgency,
            "signed_digitally": rng.random() < model.signed,
        }  # fmt: skip
        if incoming:
            data["due_at"] = world.calendar.text(due)
        return [
            world.draft(FEED, document, moment, {**data, "status": status}, area=area, organisation=organisation)
            for moment, status in path
        ]

    def _due(self, at: float, urgency: str) -> float:
        calendar = self.world.calendar
        first = calendar.day(calendar.office(at + 2 * 3600))
        return calendar.midnight(calendar.workday(first, DAYS[urgency])) + CLOSING

    def _path(self, at: float, due: float, incoming: bool) -> list[tuple[float, str]]:
        rng, calendar = self.rng, self.world.calendar
        if not incoming:
            return [(at, "IN_PROGRESS"), (calendar.office(at + 600 + rng.expovariate(1 / 3600)), "DONE")]
        begun = calendar.office(at + 300 + rng.expovariate(1 / 5400))
        if rng.random() < self.model.on_time:
            done = begun + (max(due, begun + 600) - begun) * (0.1 + 0.85 * rng.random())
        else:
            done = calendar.moment(calendar.workday(calendar.day(due), 1 + int(rng.expovariate(0.7))), rng)
        return [(at, "PENDING"), (begun, "IN_PROGRESS"), (max(calendar.office(done), begun + 1), "DONE")]
