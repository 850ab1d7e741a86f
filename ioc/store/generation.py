"""Generations of a feed's state: one is shown, another may be built beside it, and what isn't shown is cleared away."""

from __future__ import annotations

from typing import Any

from redis.asyncio.lock import Lock

from ioc.store import keys
from ioc.store.connect import Redis
from ioc.store.functions import call
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


async def begin(client: Redis, feed: str, partitions: int) -> int:
    """The number of a generation that never existed; an earlier rebuild can't be shown any more."""
    begun = int(await client.hget(keys.GENERATION, keys.building(feed)) or 0)
    new = max({begun, await shown_generation(client, feed), *await known(client, feed, partitions)}) + 1
    await client.hset(keys.GENERATION, keys.building(feed), str(new))
    return new


async def show(client: Redis, feed: str, generation: int) -> None:
    """From now on screens read this generation, and consumers go on with it.

    Raises FencedError when another rebuild has begun, or Redis lost its data.
    """
    await call(client, "ioc_show", [keys.GENERATION], [feed, str(generation)])


async def sweep(client: Redis, feed: str, partitions: int) -> None:
    """Clear away what rebuilds left that died; nothing while one runs."""
    lock = rebuild_lock(client, feed)
    if not await lock.acquire():
        return
    try:
        for left in await known(client, feed, partitions) - {await shown_generation(client, feed)}:
            await clear(client, feed, partitions, left)
    finally:
        if await lock.owned():
            await lock.release()


async def clear(client: Redis, feed: str, partitions: int, generation: int) -> None:
    """Delete a generation. Its claims go first: a late writer is fenced and can't bring it back."""
    for partition in range(partitions):
        told = (f"{name}:{generation}" for name in ("token", "offset", "shape"))
        await client.hdel(keys.meta(feed, partition), *told)
        hours: Any = await client.hkeys(keys.hours(feed, partition, generation))
        for suffix in (*(hour.decode() for hour in hours), *LASTING):
            await client.unlink(keys.state(feed, partition, generation, suffix))
