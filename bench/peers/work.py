"""The work that every peer does for a batch, with ordinary Redis commands: what a careful team would write.

The events are judged by the product's own contract, so that validation is the same. Then, for a batch of a partition:
one pipeline reads what the batch touches (ids seen, cells, entities), the batch is folded in memory, and one MULTI
writes cells, entities, outcome counts, ids and the offset. The peers are spared what the product does besides: fencing,
the change stream for screens, expiry, bounded memory of ids, dead letters.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from ioc.core.event import Compiled
from ioc.core.moments import Calendar
from ioc.core.refusal import Refusal
from ioc.profile_files import load

FEED = "station_reading"
MOST_RECORDS = 2_000
PROFILE = Path(__file__).parent.parent.parent / "profiles" / "hai-duong"
pack = msgspec.msgpack.Encoder().encode
unpack = msgspec.msgpack.Decoder().decode

Row = tuple[int, float, bytes]  # offset, time of the record in POSIX s, value


class Batch:
    """One batch of one partition: :meth:`reads`, then :meth:`fold` with the answers, then :meth:`writes`."""

    def __init__(self, compiled: Compiled, calendar: Calendar, partition: int, rows: Sequence[Row]) -> None:
        now = time.time()
        self._prefix = f"{FEED}:{partition}"
        self._calendar = calendar
        self._next = rows[-1][0] + 1
        self._got = [(min(at, now), compiled.read(raw, min(at, now))) for _, at, raw in rows]
        accepted = [got for _, got in self._got if isinstance(got, tuple)]
        self._digests = [got[9] for got in accepted]
        self._cells: dict[str, Any] = {f"{int(got[0] // 60)}{got[6]}": None for got in accepted}
        self._entities: dict[str, Any] = {got[4]: None for got in accepted}
        self._counts: dict[str, int] = {}

    def reads(self, pipe: Any) -> None:
        pipe.smismember(f"{self._prefix}:seen", self._digests)
        pipe.hmget(f"{self._prefix}:cells", list(self._cells))
        pipe.hmget(f"{self._prefix}:entities", list(self._entities))

    def fold(self, answers: Sequence[Any]) -> None:
        seen, cells, entities = answers
        known = {digest for digest, there in zip(self._digests, seen, strict=True) if there}
        for held, values in ((self._cells, cells), (self._entities, entities)):
            for key, value in zip(held, values, strict=True):
                held[key] = unpack(value) if value is not None else None
        for received, got in self._got:
            self._count(self._one(received, got, known), received, got)

    def _one(self, received: float, got: Any, known: set[int]) -> str:
        if not isinstance(got, tuple):
            return got.outcome if isinstance(got, Refusal) else "heartbeat"
        if got[9] in known:
            return "duplicate"
        known.add(got[9])
        prior = self._entities[got[4]]
        late = got[0] < self._calendar.day(received)
        if prior is not None and got[0] < prior[0]:
            late = True
        else:
            self._entities[got[4]] = [got[0], got[8][0]]
        self._add(f"{int(got[0] // 60)}{got[6]}", got[0], got[8][0])
        return "late" if late else "accepted"

    def _add(self, address: str, at: float, value: float) -> None:
        cell = self._cells[address]
        if cell is None:
            self._cells[address] = [1, value, value, value, value, at]
            return
        cell[0] += 1
        cell[1] += value
        cell[2], cell[3] = min(cell[2], value), max(cell[3], value)
        if (at, value) > (cell[5], cell[4]):
            cell[4], cell[5] = value, at

    def _count(self, outcome: str, received: float, got: Any) -> None:
        plan = got[5] if isinstance(got, tuple) else None
        who = f"{plan.who.organisation}:{plan.who.area}" if plan else ":"
        field = f"{int(received // 60)}:{outcome}:{who}"
        self._counts[field] = self._counts.get(field, 0) + 1

    def writes(self, pipe: Any) -> None:
        if self._cells:
            pipe.hset(f"{self._prefix}:cells", mapping={key: pack(cell) for key, cell in self._cells.items() if cell})
            pipe.hset(f"{self._prefix}:entities", mapping={key: pack(held) for key, held in self._entities.items()})
            pipe.sadd(f"{self._prefix}:seen", *self._digests)
        for field, number in self._counts.items():
            pipe.hincrby(f"{self._prefix}:quality", field, number)
        pipe.hset(f"{self._prefix}:meta", "offset", self._next)


class Worker:
    """Makes the batches of one process."""

    def __init__(self) -> None:
        profile = load(PROFILE)
        self.compiled = Compiled(profile.feeds[FEED], profile)
        self._calendar = Calendar(profile.head.timezone)
        self.done = 0
        self.began = 0.0
        self._cpu = 0.0

    def batches(self, partition: int, rows: Sequence[Row]) -> Iterator[Batch]:
        """The rows in batches of bounded size; the clock starts with the first."""
        if not self.began:
            self.began, self._cpu = time.perf_counter(), time.process_time()
        for start in range(0, len(rows), MOST_RECORDS):
            yield Batch(self.compiled, self._calendar, partition, rows[start : start + MOST_RECORDS])

    def report(self) -> None:
        """Print events, seconds and CPU seconds as JSON."""
        measured = {
            "events": self.done, "wall": time.perf_counter() - self.began, "cpu": time.process_time() - self._cpu,
        }  # fmt: skip
        sys.stdout.write(msgspec.json.encode(measured).decode() + "\n")
        sys.stdout.flush()
