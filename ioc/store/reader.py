"""What the screens read: a snapshot of a partition, then its changes, with every gap noticed.

A reader keeps a :class:`Cursor` for each partition. An update without a change means: take a new snapshot. That happens
when a stream was trimmed past the cursor, when another generation is shown, or when Redis lost its data.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import msgspec

from ioc.core.change import Change, decode
from ioc.store import keys
from ioc.store.connect import Redis

Place = tuple[str, int]  # feed and partition
State = dict[str, dict[str, bytes]]  # suffix → field → value (msgpack)

ALWAYS = ("open", "entities", "pulse")
LOOK_EVERY = 1.0  # seconds between looks at generation and offsets
NOTHING = "0-0"


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where a reader stands: last stream id read, the offset it leads to, the generation it belongs to."""

    stream_id: str
    next_offset: int
    generation: int


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a partition and the cursor from which its changes follow. Replaying some twice is harmless."""

    cursor: Cursor
    state: State

    @property
    def stream_id(self) -> str:
        return self.cursor.stream_id

    @property
    def next_offset(self) -> int:
        return self.cursor.next_offset


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a partition and the cursor after it; ``change`` None: take a new snapshot."""

    feed: str
    partition: int
    change: Change | None
    cursor: Cursor


class StateReader:
    """Reads what the partition owners write. Use a client of its own: :meth:`changes` blocks its connection."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._looked = 0.0
        self._behind: set[Place] = set()

    async def snapshot(self, feed: str, partition: int) -> Snapshot:
        """The whole state: ``cells:<hour>``, ``quality:<hour>`` and the lasting hashes; absent ones are empty."""
        generation = int(await self._client.hget(keys.GENERATION, feed) or keys.FIRST_GENERATION)
        cursor = await self._cursor(feed, partition, generation)
        hours: Any = await self._client.hgetall(keys.hours(feed, partition, generation))
        suffixes = [*ALWAYS, *sorted(suffix.decode() for suffix in hours)]
        state: State = {}
        for start in range(0, len(suffixes), 32):
            pipe = self._client.pipeline(transaction=False)
            some = suffixes[start : start + 32]
            for suffix in some:
                pipe.hgetall(keys.state(feed, partition, generation, suffix))
            for suffix, held in zip(some, await pipe.execute(), strict=True):
                state[suffix] = {field.decode(): value for field, value in held.items()}
        return Snapshot(cursor=cursor, state=state)

    async def _cursor(self, feed: str, partition: int, generation: int) -> Cursor:
        """The stream's end, read before the state: what is written between the two is replayed."""
        last: Any = await self._client.xrevrange(keys.changes(feed, partition, generation), count=1)
        if last:
            entry_id, fields = last[0]
            return Cursor(stream_id=entry_id.decode(), next_offset=int(fields[b"n"]), generation=generation)
        stored = await self._client.hget(keys.meta(feed, partition), f"offset:{generation}")
        return Cursor(stream_id=NOTHING, next_offset=int(stored or 0), generation=generation)

    async def changes(self, cursors: Mapping[Place, Cursor], block_ms: int) -> list[Update]:
        """What came after the cursors, in order within a partition; waits up to ``block_ms`` for the first.

        An empty list: nothing came. Keep the newest cursor of each partition for the next call.
        """
        if time.monotonic() - self._looked > LOOK_EVERY:
            lost = await self._lost(cursors)
            if lost:
                return lost
        streams: dict[Any, Any] = {
            keys.changes(*place, cursor.generation): cursor.stream_id for place, cursor in cursors.items()
        }
        places = {keys.changes(*place, cursor.generation).encode(): place for place, cursor in cursors.items()}
        if not streams:
            return []
        found: Any = await self._client.xread(streams, count=64, block=block_ms) or []
        updates: list[Update] = []
        for stream, entries in found:
            place = places[stream]
            updates += _follow(place, cursors[place], entries)
            self._behind.discard(place)
        return updates

    async def _lost(self, cursors: Mapping[Place, Cursor]) -> list[Update]:
        """Partitions whose generation changed, whose offset went back, or moved twice without an entry for us."""
        self._looked = time.monotonic()
        pipe = self._client.pipeline(transaction=False)
        pipe.hgetall(keys.GENERATION)
        for (feed, partition), cursor in cursors.items():
            pipe.hget(keys.meta(feed, partition), f"offset:{cursor.generation}")
        generations, *offsets = await pipe.execute()
        lost = []
        for (place, cursor), stored in zip(cursors.items(), offsets, strict=True):
            current = int(generations.get(place[0].encode(), keys.FIRST_GENERATION))
            offset = int(stored or 0)
            waiting = offset > cursor.next_offset
            if current != cursor.generation or offset < cursor.next_offset or (waiting and place in self._behind):
                lost.append(Update(feed=place[0], partition=place[1], change=None, cursor=cursor))
                self._behind.discard(place)
            elif waiting:
                self._behind.add(place)
        return lost


def _follow(place: Place, cursor: Cursor, entries: list[tuple[bytes, dict[bytes, bytes]]]) -> list[Update]:
    """Entries as updates, up to the first gap."""
    updates = []
    for entry_id, fields in entries:
        whole = int(fields[b"o"]) == cursor.next_offset
        cursor = Cursor(stream_id=entry_id.decode(), next_offset=int(fields[b"n"]), generation=cursor.generation)
        change = decode(fields[b"c"]) if whole else None
        updates.append(Update(feed=place[0], partition=place[1], change=change, cursor=cursor))
        if not whole:
            break
    return updates
