"""Generations of a feed's state: one is shown, another may be built beside it, and what isn't shown is cleared away."""

from __future__ import annotations

from typing import Any

from redis.asyncio.lock import Lock

from ioc.store import keys
from ioc.store.connect import Redis
from ioc.store.partition import shown_generation

HELD_FOR = 30.0  # seconds a rebuild's lock outlives its process
LASTING = ("open", "entities", "pulse", "seen", "changes", "hours")


def rebuild_lock(client: Redis, feed: str) -> Lock:
    """The lock of the one process that rebuilds a feed; it has to be extended."""
    return client.lock(keys.rebuild(feed), timeout=HELD_FOR, blocking=False)


async def known(client: Redis, feed: str, partitions: int) -> set[int]:
    """Every generation that was ever claimed and not cleared away."""
    found: set[int] = set()
    for partition in range(partitions):
        fields: Any = await client.hkeys(keys.meta(feed, partition))
        found |= {int(field[6:]) for field in fields if field.startswith(b"token:")}
    return found


async def following(client: Redis, feed: str, partitions: int) -> int:
    """The number of a generation that doesn't exist yet."""
    return max({await shown_generation(client, feed), *await known(client, feed, partitions)}) + 1


async def show(client: Redis, feed: str, generation: int) -> None:
    """From now on screens read this generation, and consumers go on with it."""
    await client.hset(keys.GENERATION, feed, str(generation))


async def clear(client: Redis, feed: str, partitions: int, generation: int) -> None:
    """Delete a generation. Its claims go first: a late writer is fenced and can't bring it back."""
    for partition in range(partitions):
        await client.hdel(keys.meta(feed, partition), f"token:{generation}", f"offset:{generation}")
        hours: Any = await client.hkeys(keys.hours(feed, partition, generation))
        for suffix in (*(hour.decode() for hour in hours), *LASTING):
            await client.unlink(keys.state(feed, partition, generation, suffix))
