"""Calls over the integration platform: one aggregate a service and minute, sent when the minute is over."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from typing import Any

from streams.simulator.draft import Draft, merged
from streams.simulator.models import Service
from streams.simulator.workday import DAY, SHAPES, poisson
from streams.simulator.world import World

FEED = "integration_call"
WEEKEND = 0.25


def drafts(world: World) -> Iterator[Draft]:
    return merged(*(_service(world, service) for service in world.scenario.integration_call))


def _service(world: World, service: Service) -> Iterator[Draft]:
    rng, every = world.rng(f"{FEED}/{service.service}"), world.every(FEED)
    known = world.profile.organisations
    offices = world.offices()
    at = zlib.crc32(service.service.encode())
    provider = service.provider if service.provider in known or not offices else offices[at % len(offices)].code
    minute = math.ceil(world.begin / every) * every
    delay = every + 1 + at % 4000 / 1000
    while True:
        local = world.calendar.local(minute)
        share = SHAPES["office"][local.hour] * (1 if world.calendar.works(local.date()) else WEEKEND) + 0.1
        factor = math.prod(phase.factor for phase in world.phases(FEED, minute))
        calls = poisson(service.per_day * share * every / DAY, rng)
        errors = min(calls, poisson(calls * service.errors * factor, rng))
        data: dict[str, Any] = {
            "service": service.service, "provider": provider, "calls": calls, "errors": errors,
            "p95_ms": max(1, int(service.p95 * factor ** 0.5 * (0.8 + 0.4 * rng.random()))),
        }  # fmt: skip
        if service.consumer in known:
            data["consumer"] = service.consumer
        yield Draft(at=minute + delay, time=float(minute), feed=FEED, key=service.service,
                    source=world.source(FEED, service.service), data=data, organisation=provider,
                    place=service.service)  # fmt: skip
        minute += every
