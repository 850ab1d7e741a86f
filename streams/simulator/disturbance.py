"""What real lines do to events: some come late, some twice, and some first in a broken form, then right.

Only feeds without declared transitions are delayed: a dossier's steps that overtake one another would be another
fault than lateness. A broken form has an identifier of its own, so the right event after it counts as it should.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import Any

import msgspec

from ioc.core.contract import FeedContract, seconds
from streams.simulator.envelope import Event
from streams.simulator.world import World

TWICE_WITHIN = 30.0

Envelope = dict[str, Any]
Fault = Callable[[Envelope, FeedContract, Random], bool]


def disturbed(events: Iterable[Event], world: World) -> Iterator[Event]:
    """``events`` with the scenario's shares of late, duplicate and broken ones, in order of arrival."""
    model = world.scenario.disturbance
    if not (model.late or model.duplicate or model.broken):
        yield from events
        return
    rng, number = world.rng("disturbance"), itertools.count()
    low, high = (seconds(length) for length in model.late_by)
    patient = {feed for feed, contract in world.profile.feeds.items() if not contract.entity.transitions}
    held: list[tuple[float, int, Event]] = []
    duplicate, broken = model.late + model.duplicate, model.late + model.duplicate + model.broken
    for event in events:
        while held and held[0][0] <= event.at:
            yield heapq.heappop(held)[2]
        draw = rng.random()
        if draw >= broken or event.kind != "good" or event.at < world.begin:
            yield event
            continue
        if draw < model.late:
            if event.feed in patient:
                event.at, event.kind = round(event.at + rng.uniform(low, high), 3), "late"
                heapq.heappush(held, (event.at, next(number), event))
            else:
                yield event
            continue
        if draw >= duplicate:
            yield _broken(event, world, rng)
        yield event
        if draw < duplicate:
            again = msgspec.structs.replace(
                event, at=round(event.at + rng.random() * TWICE_WITHIN, 3), kind="duplicate"
            )
            heapq.heappush(held, (again.at, next(number), again))


def _broken(event: Event, world: World, rng: Random) -> Event:
    """The event as a faulty sender would write it, with its own identifier; cut off where no fault fits."""
    contract = world.contract(event.feed)
    envelope: Envelope = msgspec.json.decode(event.value)
    envelope["id"] += "-x"
    for fault in rng.sample(FAULTS, 2):
        if fault(envelope, contract, rng):
            return msgspec.structs.replace(event, value=msgspec.json.encode(envelope), kind="broken")
    value = msgspec.json.encode(envelope)
    return msgspec.structs.replace(event, value=value[: len(value) * 2 // 3], kind="broken")


def _unknown_source(envelope: Envelope, contract: FeedContract, rng: Random) -> bool:
    envelope["source"] += ":thu-nghiem"
    return True


def _sentinel(envelope: Envelope, contract: FeedContract, rng: Random) -> bool:
    """A logger's code for a missing value."""
    if contract.ranges is None or not contract.ranges.sentinels:
        return False
    envelope["data"][contract.ranges.field] = contract.ranges.sentinels[0]
    return True


def _swapped(envelope: Envelope, contract: FeedContract, rng: Random) -> bool:
    """Latitude and longitude the wrong way round."""
    names, data = contract.coordinates, envelope["data"]
    if names is None or not isinstance(data, dict) or data.get(names.lat) is None:
        return False
    data[names.lat], data[names.lon] = data[names.lon], data[names.lat]
    return True


def _unknown_code(envelope: Envelope, contract: FeedContract, rng: Random) -> bool:
    data = envelope["data"]
    if not isinstance(data, dict):
        return False
    coded = [name for name, field in contract.parsed().items() if field.codes and data.get(name) is not None]
    if not coded:
        return False
    data[rng.choice(coded)] = "KHONG_RO"
    return True


def _missing(envelope: Envelope, contract: FeedContract, rng: Random) -> bool:
    """A required field that isn't there."""
    data = envelope["data"]
    required = [name for name, field in contract.parsed().items() if field.required and isinstance(data, dict)]
    if not required:
        return False
    data.pop(rng.choice(required), None)
    return True


FAULTS: list[Fault] = [_unknown_source, _sentinel, _swapped, _unknown_code, _missing]
