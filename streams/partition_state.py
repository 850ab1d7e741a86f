"""What the owner of a partition remembers, so that it can write absolute values without reading first.

All of it may be dropped between two batches and is read again from Redis.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

import msgspec

from ioc.core.entity import decoded
from ioc.core.inflow import Inflow

# What one partition may keep in memory; the rest is read from Redis when an event needs it.
MOST_CELLS = 60_000  # of each kind, but never less than the newest hour
MOST_ENTITIES = 50_000
MOST_ENTRIES = 512  # of the change stream
MOST_STREAM_BYTES = 8 * 1024 * 1024

_DECODE = msgspec.msgpack.Decoder().decode


class Held:
    """One hash in memory: field → decoded value. A *whole* one holds all fields there are.

    ``touched`` are the values changed by the batch at hand. ``unsure`` are fields that were begun from nothing though
    Redis may hold them: what it holds is added before the batch is written. ``batch`` is the last that touched it.
    """

    __slots__ = ("batch", "fields", "loaded", "touched", "unsure", "whole")

    def __init__(self, whole: bool = False) -> None:
        self.fields: dict[str, Any] = {}
        self.whole = self.loaded = whole
        self.touched: dict[str, Any] = {}
        self.unsure: list[str] = []
        self.batch = 0

    def take(self, found: dict[str, bytes]) -> None:
        """Remember fetched fields that aren't known yet."""
        for field, value in found.items():
            if field not in self.fields:
                self.fields[field] = _DECODE(value)

    def merge(self, found: dict[str, bytes], add: Callable[[Any, Any], Any]) -> None:
        """Put what Redis holds under what was begun from nothing: ``add(stored, begun)`` gives the value."""
        for field, value in found.items():
            stored = _DECODE(value)
            if field in self.fields:
                stored = self.touched[field] = add(stored, self.fields[field])
            self.fields[field] = stored
        self.unsure.clear()


class Hours(dict[int, Held]):
    """The hashes of the hours; an unknown hour is begun from nothing."""

    def __missing__(self, hour: int) -> Held:
        held = self[hour] = Held()
        return held

    @property
    def size(self) -> int:
        """Fields of all hours."""
        return sum(len(held.fields) for held in self.values())


def add_cells(stored: list[Any], begun: list[Any]) -> list[Any]:
    """The sum of two cells (lists as :class:`ioc.core.cell.Cell` is encoded)."""
    stored[0] += begun[0]
    for at, stat in enumerate(begun[1]):
        mine = stored[1][at]
        if mine is None or stat is None:
            stored[1][at] = mine or stat
            continue
        mine[0] += stat[0]
        mine[1] += stat[1]
        mine[2] = min(mine[2], stat[2])
        mine[3] = max(mine[3], stat[3])
        if (stat[5], stat[4]) > (mine[5], mine[4]):
            mine[4], mine[5] = stat[4], stat[5]
    return stored


def add_inflows(stored: list[Any], begun: Sequence[Any]) -> list[Any]:
    """The sum of two inflows (lists as :class:`ioc.core.inflow.Inflow` is encoded)."""
    whole = Inflow(*stored)
    whole.merge(Inflow(*begun))
    return list(msgspec.structs.astuple(whole))


def add_counts(stored: int, begun: int) -> int:
    return stored + begun


class Seen:
    """The newest ids: digest of source and id → digest of the bytes. Forgotten a batch at a time."""

    def __init__(self, newest: int) -> None:
        self.known: dict[int, int] = {}
        self._newest = newest
        self._batches: deque[array[int]] = deque()

    def load(self, chunks: list[bytes]) -> None:
        for chunk in chunks:
            packed = array("Q", chunk)
            self._batches.append(packed)
            self.known.update(zip(packed[::2], packed[1::2], strict=True))

    def close_batch(self, fresh: list[int]) -> tuple[bytes, int]:
        """Keep a batch's ids (digest, fingerprint, digest, …), which are in ``known`` already.

        Returns the chunk to append and how many old chunks to drop: what stays holds at least the newest ids wanted.
        """
        packed = array("Q", fresh)
        if fresh:
            self._batches.append(packed)
        dropped = 0
        while self._batches and len(self.known) - len(self._batches[0]) // 2 >= self._newest:
            for digest in self._batches.popleft()[::2]:
                self.known.pop(digest, None)
            dropped += 1
        return packed.tobytes(), dropped


class Stream:
    """How much the change stream holds, to keep it below a number of bytes: a slow reader takes a snapshot instead."""

    def __init__(self) -> None:
        self._sizes: deque[int] = deque(maxlen=MOST_ENTRIES)
        self._total = 0

    @property
    def entries(self) -> int:
        """How many entries to keep, the next one included."""
        return min(len(self._sizes) + 1, MOST_ENTRIES)

    def add(self, size: int) -> None:
        """Count one more entry."""
        if len(self._sizes) == MOST_ENTRIES:
            self._total -= self._sizes.popleft()
        self._sizes.append(size)
        self._total += size
        while self._total > MOST_STREAM_BYTES and len(self._sizes) > 1:
            self._total -= self._sizes.popleft()


ADD: dict[str, Callable[[Any, Any], Any]] = {"cells": add_cells, "quality": add_counts, "inflow": add_inflows}


class PartitionState:
    """Everything of one partition and generation."""

    def __init__(self, remembered: int) -> None:
        self.cells = Hours()
        self.quality = Hours()
        self.inflow = Hours()
        self.stored: set[str] = set()  # suffixes of the hours that Redis may hold
        self.open = Held(whole=True)
        self.entities = Held(whole=True)
        self.pulse: dict[str, Any] = {}
        self.seen = Seen(remembered)
        self.stream = Stream()
        self.batch = 0

    def hours(self) -> list[tuple[str, Hours]]:
        """What is kept by the hour, by the name that its hashes begin with."""
        return [("cells", self.cells), ("quality", self.quality), ("inflow", self.inflow)]

    def load_pulse(self, found: dict[str, bytes]) -> None:
        for field, value in found.items():
            self.pulse[field] = decoded(field, value)

    @property
    def crowded(self) -> bool:
        """Whether more is held than memory is meant for."""
        many = any(len(hours) > 1 and hours.size > MOST_CELLS for _, hours in self.hours())
        return many or len(self.entities.fields) > MOST_ENTITIES

    def forget(self) -> None:
        """Drop what was touched longest ago. Nothing may be unwritten: Redis must know all that is dropped."""
        for _, hours in self.hours():
            if hours.size > MOST_CELLS:
                for hour in sorted(hours, key=lambda hour: hours[hour].batch)[: len(hours) // 2]:
                    del hours[hour]
        held = self.entities
        if len(held.fields) > MOST_ENTITIES:
            held.fields = dict(islice(held.fields.items(), len(held.fields) // 2, None))
            held.whole = False
