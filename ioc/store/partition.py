"""Claim, load and apply of one partition. Every write goes through the fenced functions."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import msgspec

from ioc.core.change import Change, encode
from ioc.store import keys
from ioc.store.connect import Redis
from ioc.store.functions import call

Fields = dict[str, bytes]
_PACK = msgspec.msgpack.Encoder().encode


class Write(msgspec.Struct, kw_only=True):
    """One batch as it is written: the board's part, the rest, ids seen, and the stream entries to keep.

    ``dropped`` counts the oldest chunks of seen ids that are forgotten.
    """

    board: Change
    rest: Change
    seen: bytes = b""
    dropped: int = 0
    entries: int = 1


async def shown_generation(client: Redis, feed: str) -> int:
    """The generation that the screens read."""
    return int(await client.hget(keys.GENERATION, feed) or keys.FIRST_GENERATION)


async def strayed(client: Redis, partitions: Sequence[Partition]) -> list[Partition]:
    """Those that aren't their owners' any more: another generation is shown, or their claim is gone.

    A claim is gone when somebody else made one, and when Redis lost its data.
    """
    pipe = client.pipeline(transaction=False)
    pipe.hgetall(keys.GENERATION)
    for partition in partitions:
        pipe.hget(keys.meta(partition.feed, partition.partition), f"token:{partition.generation}")
    shown, *tokens = await pipe.execute()
    return [
        partition
        for partition, token in zip(partitions, tokens, strict=True)
        if token != partition.token.encode()
        or partition.generation != int(shown.get(partition.feed.encode(), keys.FIRST_GENERATION))
    ]


class Partition:
    """One partition of one feed, as its owner sees it. :meth:`claim` comes first."""

    def __init__(self, client: Redis, feed: str, partition: int) -> None:
        self._client = client
        self.feed = feed
        self.partition = partition
        self.generation = keys.FIRST_GENERATION
        self.token = ""

    def _key(self, suffix: str) -> str:
        return keys.state(self.feed, self.partition, self.generation, suffix)

    async def claim(self, begin: int, generation: int | None = None, shape: str = "") -> tuple[int, int]:
        """Become the owner. Returns generation and next offset (``begin`` when the partition is new).

        Raises ShapeError when the state has the form of a contract other than that of ``shape``. A random token,
        because a counter could repeat after a failover that lost a claim.
        """
        self.generation = generation or await shown_generation(self._client, self.feed)
        self.token = uuid.uuid4().hex
        meta = keys.meta(self.feed, self.partition)
        offset = await call(self._client, "ioc_claim", [meta], [self.generation, self.token, begin, shape])
        return self.generation, int(offset)

    async def apply(self, write: Write, expected: int, next_offset: int) -> int:
        """Write a batch at once. Raises FencedError or OffsetError (nothing written); returns the stream entry's size.

        After any other error the outcome is unknown: claim again.
        """
        layout, body = _layout([write.board, write.rest])
        board = encode(write.board)
        place = (self.feed, self.partition, self.generation)
        await call(
            self._client,
            "ioc_apply",
            [keys.meta(self.feed, self.partition), keys.seen(*place), keys.changes(*place), keys.hours(*place)],
            [
                self._key(""), self.generation, self.token, expected, next_offset, _PACK(layout), body, board,
                write.seen, write.dropped, write.entries,
            ],
        )  # fmt: skip
        return len(board)

    async def sizes(self, suffixes: list[str]) -> list[int]:
        """How many fields these hashes have."""
        pipe = self._client.pipeline(transaction=False)
        for suffix in suffixes:
            pipe.hlen(self._key(suffix))
        return [int(size) for size in await pipe.execute()]

    async def wholes(self, suffixes: list[str]) -> list[Fields]:
        """These hashes, all fields."""
        pipe = self._client.pipeline(transaction=False)
        for suffix in suffixes:
            pipe.hgetall(self._key(suffix))
        return [_named(found) for found in await pipe.execute()]

    async def some(self, suffix: str, fields: list[str]) -> Fields:
        """These fields of a hash, absent ones left out."""
        found: Fields = {}
        for start in range(0, len(fields), 1000):
            asked = fields[start : start + 1000]
            values: Any = await self._client.hmget(self._key(suffix), asked)
            found.update((field, value) for field, value in zip(asked, values, strict=True) if value is not None)
        return found

    async def seen(self) -> list[bytes]:
        """The chunks of ids seen, oldest first."""
        found: Any = await self._client.lrange(keys.seen(self.feed, self.partition, self.generation), 0, -1)
        return list(found)

    async def hours(self, now: float) -> set[str]:
        """Suffixes of the hours' hashes that may exist; expired ones are dropped from their list."""
        key = keys.hours(self.feed, self.partition, self.generation)
        found: Any = await self._client.hgetall(key)
        gone = [suffix for suffix, expiry in found.items() if float(expiry) < now]
        if gone:
            await self._client.hdel(key, *gone)
        return {suffix.decode() for suffix in found.keys() - set(gone)}


def _named(found: dict[bytes, bytes]) -> Fields:
    return {field.decode(): value for field, value in found.items()}


def _layout(changes: list[Change]) -> tuple[list[tuple[str, str, int, list[int]]], bytes]:
    """Commands, suffixes, expiries and lengths of arguments, and the arguments themselves one after the other."""
    layout: list[tuple[str, str, int, list[int]]] = []
    parts: list[bytes] = []
    for change in changes:
        for suffix, expire_at, pairs in change.sets:
            pieces = pairs.copy()
            pieces[::2] = map(str.encode, pairs[::2])
            layout.append(("HSET", suffix, expire_at, list(map(len, pieces))))
            parts += pieces
        for suffix, fields in change.deletes:
            gone = list(map(str.encode, fields))
            layout.append(("HDEL", suffix, 0, list(map(len, gone))))
            parts += gone
    return layout, b"".join(parts)
