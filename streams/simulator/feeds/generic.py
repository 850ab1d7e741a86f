"""A feed that has no generator of its own: plausible values drawn from its contract, at its rate or cadence.

So a feed that was just added to the profile shows life in an exercise without any code.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from ioc.core.contract import FeedContract, Field, seconds
from streams.simulator.draft import Draft
from streams.simulator.workday import arrivals
from streams.simulator.world import World

ENTITIES = 200


def drafts(world: World, feed: str) -> Iterator[Draft]:
    contract = world.contract(feed)
    rng, fields = world.rng(feed), contract.parsed()
    for number, at in enumerate(_times(world, contract, rng), 1):
        area = world.place(feed, at, rng)
        data = {name: _value(world, contract, field, at, number, rng) for name, field in fields.items()}
        if contract.coordinates and contract.coordinates.lat in data:
            data[contract.coordinates.lat], data[contract.coordinates.lon] = world.spot(area, rng)
        key = "/".join(area.code if name == "areacode" else str(data.get(name, "")) for name in contract.entity.key)
        yield world.draft(feed, key, at, data, area=area.code)


def _times(world: World, contract: FeedContract, rng: Random) -> Iterator[float]:
    if contract.rate.workday or contract.rate.weekend:
        return world.arrivals(contract.feed, world.begin, rng)
    per_day = 86_400 / (seconds(contract.cadence) or 3600.0)
    return arrivals(world.begin, lambda at: per_day, rng)


def _value(world: World, contract: FeedContract, field: Field, at: float, number: int, rng: Random) -> Any:
    value = _scalar(world, contract, field, at, number, rng)
    return [value] if field.many else value


def _scalar(world: World, contract: FeedContract, field: Field, at: float, number: int, rng: Random) -> Any:
    if field.codes:
        return rng.choice(field.codes)
    if field.type in ("int", "number", "code"):
        low, high = field.low or 0.0, field.high if field.high is not None else 100.0
        return rng.randint(int(low), int(high)) if field.type == "int" else round(rng.uniform(low, high), 2)
    if field.type == "org":
        offices = world.offices()
        return rng.choice(offices).code if offices else ""
    texts = {
        "bool": rng.random() < 0.5,
        "time": world.calendar.text(float(int(at))),
        "date": world.calendar.day(at).isoformat(),
        "period": world.calendar.day(at).strftime("%Y-%m"),
        "duration": "P1D",
        "url": f"https://example.vn/{contract.feed}/{number}",
    }
    if field.type in texts:
        return texts[field.type]
    return f"{contract.feed}-{world.tag}-{1 + number % ENTITIES}" if field.name in contract.entity.key else field.name
