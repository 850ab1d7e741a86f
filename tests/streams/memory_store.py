"""A partition's store in memory, for tests of folding: what the fenced function does, without a server."""

from __future__ import annotations

from typing import Any

from ioc.core.change import Change, decode, encode
from ioc.core.errors import FencedError, OffsetError
from ioc.store.partition import Write


class Memory:
    """What Redis would hold of one partition."""

    def __init__(self) -> None:
        self.hashes: dict[str, dict[str, bytes]] = {}
        self.chunks: list[bytes] = []
        self.changes: list[Change] = []
        self.offset = 0
        self.token = 0


class MemoryStore:
    """Stands in for :class:`ioc.store.partition.Partition`."""

    def __init__(self, memory: Memory, partition: int = 0) -> None:
        self.memory = memory
        self.partition = partition
        self._token = 0

    async def claim(self, begin: int, generation: int | None = None, shape: str = "") -> tuple[int, int]:
        self.memory.token += 1
        self._token = self.memory.token
        self.memory.offset = self.memory.offset or begin
        return 1, self.memory.offset

    async def apply(self, write: Write, expected: int, next_offset: int) -> int:
        if self._token != self.memory.token:
            raise FencedError("another claim")
        if expected != self.memory.offset:
            raise OffsetError(self.memory.offset)
        for change in (write.board, write.rest):
            for suffix, _, pairs in change.sets:
                self.memory.hashes.setdefault(suffix, {}).update(zip(pairs[::2], pairs[1::2], strict=True))
            for suffix, fields in change.deletes:
                for field in fields:
                    self.memory.hashes[suffix].pop(field, None)
                if not self.memory.hashes[suffix]:
                    del self.memory.hashes[suffix]  # Redis keeps no empty hash
        if write.seen:
            self.memory.chunks.append(write.seen)
        del self.memory.chunks[: write.dropped]
        blob = encode(write.board)
        self.memory.changes.append(decode(blob))
        self.memory.offset = next_offset
        return len(blob)

    async def sizes(self, suffixes: list[str]) -> list[int]:
        return [len(self.memory.hashes.get(suffix, {})) for suffix in suffixes]

    async def wholes(self, suffixes: list[str]) -> list[dict[str, bytes]]:
        return [dict(self.memory.hashes.get(suffix, {})) for suffix in suffixes]

    async def some(self, suffix: str, fields: list[str]) -> dict[str, bytes]:
        held = self.memory.hashes.get(suffix, {})
        return {field: held[field] for field in fields if field in held}

    async def seen(self) -> list[bytes]:
        return list(self.memory.chunks)

    async def hours(self, now: float) -> set[str]:
        return {suffix for suffix in self.memory.hashes if ":" in suffix}


class NoLetters:
    """Dead letters that only are counted."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    async def send(self, feed: str, partition: int, refused: Any) -> None:
        self.sent += refused
