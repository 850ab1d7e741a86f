"""The exercise clock as the processes share it (key ``ioc:clock``, JSON); absent means real time."""

from __future__ import annotations

import msgspec

from ioc.core.clock import REAL, Clock
from ioc.store import keys
from ioc.store.connect import Redis


async def read_clock(client: Redis) -> Clock:
    """The clock now in force."""
    found = await client.get(keys.CLOCK)
    return msgspec.json.decode(found, type=Clock) if found else REAL


async def write_clock(client: Redis, clock: Clock) -> None:
    """Put a clock in force; :data:`ioc.core.clock.REAL` returns to real time."""
    if clock.real:
        await client.delete(keys.CLOCK)
    else:
        await client.set(keys.CLOCK, msgspec.json.encode(clock))
