"""Press and social media: items with topic, sentiment and reach; a phase changes what is talked about."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from streams.simulator.choice import Choice
from streams.simulator.draft import Draft, Life, lives
from streams.simulator.models import Media
from streams.simulator.world import World

FEED = "media_item"


def drafts(world: World) -> Iterator[Draft]:
    model = world.scenario.media_item
    if model is None:
        return iter(())
    desk = _Desk(world, model)
    return lives(world.arrivals(FEED, world.begin, desk.rng), desk.live)


class _Desk:
    def __init__(self, world: World, model: Media) -> None:
        self.world = world
        self.model = model
        self.rng = world.rng(FEED)
        self.number = itertools.count(1)
        self.outlets = Choice(model.outlets.items())
        self.sentiments = {topic: Choice(weights.items()) for topic, weights in model.topics.items()}
        self.usual = {topic: sum(weights.values()) for topic, weights in model.topics.items()}

    def live(self, at: float) -> Life:
        rng = self.rng
        topic = Choice(self.world.weights(FEED, at, self.usual).items()).draw(rng)
        item = f"{self.world.tag}{next(self.number):06d}"
        social = rng.random() < self.model.social
        data: dict[str, Any] = {
            "item_id": item, "outlet": self.outlets.draw(rng), "kind": "social" if social else "press", "topic": topic,
            "sentiment": self.sentiments[topic].draw(rng),
            "interactions": int(rng.paretovariate(1.1) * (12 if social else 4)) % 50_000,
            "url": self.model.url.format(id=item),
        }  # fmt: skip
        return [self.world.draft(FEED, item, at, data)]
