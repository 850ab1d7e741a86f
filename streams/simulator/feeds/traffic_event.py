"""Traffic: violations seen by cameras, accidents and congestion that open and clear, cameras that fail and return."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from streams.simulator.choice import Choice
from streams.simulator.draft import Draft, Life, lives
from streams.simulator.models import Road, Traffic
from streams.simulator.world import World

FEED = "traffic_event"
LASTS = {"accident": 2700.0, "congestion": 1800.0, "camera_offline": 5400.0}


def drafts(world: World) -> Iterator[Draft]:
    model = world.scenario.traffic_event
    if model is None:
        return iter(())
    roads = _Roads(world, model)
    return lives(world.arrivals(FEED, world.begin, roads.rng), roads.live)


class _Roads:
    def __init__(self, world: World, model: Traffic) -> None:
        self.world = world
        self.model = model
        self.rng = world.rng(FEED)
        self.number = itertools.count(1)
        self.roads = Choice((road, road.weight) for road in model.roads)

    def live(self, at: float) -> Life:
        world, rng = self.world, self.rng
        kind = Choice(world.weights(FEED, at, self.model.kinds).items()).draw(rng)
        road = self.roads.draw(rng)
        lat, lon = self._spot(road)
        camera = f"CAM-{1 + sum(map(ord, road.name)) % 7 * 20 + rng.randint(0, 19):03d}"
        event = f"{self.model.prefix}-{world.tag}{next(self.number):05d}"
        data: dict[str, Any] = {
            "event_id": event, "camera_id": camera, "kind": kind, "lat": lat, "lon": lon, "road": road.name,
            "flow_per_hour": int(200 + 1800 * rng.random()),
        }  # fmt: skip
        if kind == "accident":
            data["severity"] = rng.choice((1, 1, 1, 2, 2, 3, 4))
        lasts = LASTS.get(kind)
        if lasts is None:
            return [world.draft(FEED, event, at, data, area=self._area(lat, lon), place=camera)]
        end = at + 300 + rng.expovariate(1 / lasts)
        ended = "camera_online" if kind == "camera_offline" else kind
        return [
            world.draft(FEED, event, moment, {**data, "kind": named, "status": status}, area=self._area(lat, lon),
                        place=camera)
            for moment, named, status in ((at, kind, "OPEN"), (end, ended, "CLEARED"))
        ]  # fmt: skip

    def _spot(self, road: Road) -> tuple[float, float]:
        leg = self.rng.randrange(max(1, len(road.line) - 1))
        (lat, lon), (lat2, lon2) = road.line[leg], road.line[min(leg + 1, len(road.line) - 1)]
        share = self.rng.random()
        return round(lat + (lat2 - lat) * share, 5), round(lon + (lon2 - lon) * share, 5)

    def _area(self, lat: float, lon: float) -> str:
        """The district whose middle is nearest: a camera knows its own, the simulator has to guess."""
        districts = [area for area in self.world.districts if area.lat]
        nearest = min(districts, key=lambda area: (area.lat - lat) ** 2 + (area.lon - lon) ** 2, default=None)
        return nearest.code if nearest else ""
