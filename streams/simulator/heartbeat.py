"""Heartbeats: each source of a feed tells at the feed's cadence that it lives, even when nothing happens."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator

from ioc.core.contract import seconds
from streams.simulator.draft import Draft, merged
from streams.simulator.world import World

RARELY = 3600.0  # a feed that reports once a day still says every hour that its line works
WHEN_SOMETHING_HAPPENS = 300.0


def drafts(world: World, feed: str) -> Iterator[Draft]:
    contract = world.contract(feed)
    every = min(seconds(contract.cadence) or WHEN_SOMETHING_HAPPENS, RARELY)
    return merged(*(_source(world, feed, source, every) for source in contract.source))


def _source(world: World, feed: str, source: str, every: float) -> Iterator[Draft]:
    at = math.ceil(world.begin / every) * every + zlib.crc32(source.encode()) % 1000 / 1000 * min(every / 2, 30.0)
    while True:
        yield Draft(at=at, time=at, feed=feed, key=source, source=source, data=None)
        at += every
