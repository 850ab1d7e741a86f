"""One claim of one partition: reads, folds and writes its batches until it is over.

A new claim is a new session with a state of its own. Records fetched under an older session are never given to a newer
one, and the fencing token makes the older one's writes fail.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec

from ioc.core.deadletter import REPLAY_OF
from ioc.core.entity import LogAlarm, LogFault
from ioc.core.errors import LostLogError
from ioc.core.event import LARGEST_HEADERS, Compiled
from ioc.core.refusal import rejected
from ioc.store.partition import Partition, Write
from streams.fold import Fold, Refused, Row
from streams.partition_state import ADD, MOST_ENTITIES, Held, Hours, PartitionState
from streams.written import Writer

LOG = logging.getLogger(__name__)
WHOLE_HOUR_UP_TO = 50_000
TURNS = 5  # of the event loop, that the client needs to look at a connection and to send
AT_ONCE = 100  # records read before they are folded: few enough to stay in the processor's cache


class DeadLetters(Protocol):
    """Where refused records go; :meth:`send` returns when they are safe."""

    async def send(self, topic: str, partition: int, refused: Sequence[Refused]) -> None: ...


class Session:
    """Owner of a partition for the time of one claim. ``expected`` is the offset of the next record to read.

    ``accept_loss``: go on behind what the log lost, whatever the contract says; an operator has decided so.
    """

    def __init__(
        self, store: Partition, compiled: Compiled, dead_letters: DeadLetters, accept_loss: bool = False
    ) -> None:
        self._store = store
        self._compiled = compiled
        self._dead_letters = dead_letters
        self._stops = compiled.contract.lost_log == "stop" and not accept_loss
        self.state = PartitionState(compiled.contract.dedupe)
        self._fold = Fold(compiled, self.state)
        self._writer = Writer(compiled, self.state)
        self._inflight: asyncio.Task[None] | None = None
        self.expected = 0
        self.written = 0
        self.progress = time.monotonic()
        self.sought = -1

    @property
    def store(self) -> Partition:
        return self._store

    async def claim(self, begin: int, generation: int | None = None) -> int:
        """Become the owner and load the state; ``begin`` is where a new partition starts. Returns the next offset.

        ``generation`` None: the one that the screens read. Raises ShapeError when it has the form of another contract.
        """
        _, self.expected = await self._store.claim(begin, generation, self._compiled.contract.shape)
        self.written = self.expected
        state = self.state
        state.stored = await self._store.hours(time.time())
        [entities] = await self._store.sizes(["entities"])
        opened, pulse = await self._store.wholes(["open", "pulse"])
        state.open.take(opened)
        state.load_pulse(pulse)
        if entities <= MOST_ENTITIES:
            [found] = await self._store.wholes(["entities"])
            state.entities.take(found)
        else:
            state.entities.whole = False
        state.seen.load(await self._store.seen())
        return self.expected

    async def jump(self, offset: int, at: float, begin: int, end: int, why: LogFault) -> None:
        """Go on at ``offset``, because the log ``begin``..``end`` doesn't give what comes next; or stop there.

        The alarm stays in the pulse; where the contract says ``stop``, every claim ends with :class:`LostLogError`.
        """
        stopped = self._stops
        resumed = self.expected if stopped else offset
        alarm = LogAlarm(at=at, why=why, stored=self.expected, begin=begin, end=end, resumed=resumed)
        known = self.state.pulse.get("alarm")
        if not stopped or known is None or known.stored != self.expected:
            await self._store.apply(self._writer.note("alarm", alarm), self.expected, resumed)
        if stopped:
            raise LostLogError(f"{self._compiled.contract.topic}: {why} at {self.expected}; rebuild the feed to go on")
        self.expected = self.written = offset

    async def take(self, records: Sequence[Any], highwater: int, now: Callable[[], float]) -> None:
        """Fold a batch and send it on its way; waits until the batch before is written.

        ``records`` are consumer records that start at ``expected``. Raises the error of an earlier write.
        """
        if self.state.crowded:
            await self.settled()
            self.state.forget()
        folded, moment = self._fold.begin(), now()
        for start in range(0, len(records), AT_ONCE):
            rows = self._read(records[start : start + AT_ONCE], moment)
            if not self.state.entities.whole:
                await self._fetch_entities(rows)
            self._fold.add(rows)
        self._writer.count(folded)
        await self._complete()
        following = records[-1].offset + 1
        write = self._writer.write(folded, following, max(highwater, following), time.time())
        expected, self.expected = self.expected, following
        await self.settled()
        write.entries = self.state.stream.entries
        self._inflight = asyncio.create_task(
            self._apply(write, _originals(folded.refused, records), expected, following)
        )
        for _ in range(TURNS):
            await asyncio.sleep(0)  # Redis writes this batch while the next is folded

    def _read(self, records: Sequence[Any], now: float) -> list[Row]:
        read = self._compiled.read
        rows: list[Row] = []
        for record in records:
            at = record.timestamp * 0.001
            received = at if at < now else now
            raw = record.value
            if record.headers and _size(record.headers) > LARGEST_HEADERS:
                rows.append((record.offset, received, rejected("headers_too_large"), raw))
                continue
            try:
                rows.append((record.offset, received, read(raw, received, record.key), raw))
            except Exception as error:
                # No event may stop its partition; the letter keeps it for repair.
                LOG.exception("%s: offset %s can't be read", self._compiled.contract.topic, record.offset)
                rows.append((record.offset, received, rejected("schema", type(error).__name__), raw))
        return rows

    async def _fetch_entities(self, rows: Sequence[Row]) -> None:
        held = self.state.entities
        wanted: set[str] = set()
        for _, _, got, _ in rows:
            if got.__class__ is tuple:
                wanted.update((got[4], *got[13]))
        missing = [key for key in wanted if key not in held.fields]
        if missing:
            held.take(await self._store.some("entities", missing))

    async def _complete(self) -> None:
        """Add what Redis holds of the cells that were begun from nothing."""
        for name, hours in self.state.hours():
            add = ADD[name]
            await self._load_new(name, hours, add)
            for hour, held in hours.items():
                if held.unsure and not held.whole:
                    held.merge(await self._store.some(f"{name}:{hour}", held.unsure), add)
                held.unsure.clear()

    async def _load_new(self, name: str, hours: Hours, add: Callable[[Any, Any], Any]) -> None:
        new: list[tuple[str, Held]] = [(f"{name}:{hour}", held) for hour, held in hours.items() if not held.loaded]
        for suffix, held in new:
            if suffix not in self.state.stored:
                held.loaded = held.whole = True  # nobody else writes it
        new = [pair for pair in new if not pair[1].loaded]
        if not new:
            return
        sizes = await self._store.sizes([suffix for suffix, _ in new])
        small = [pair for pair, size in zip(new, sizes, strict=True) if size <= WHOLE_HOUR_UP_TO]
        for (_, held), found in zip(small, await self._store.wholes([suffix for suffix, _ in small]), strict=True):
            held.merge(found, add)
            held.whole = True
        for _, held in new:
            held.loaded = True

    async def _apply(self, write: Write, refused: Sequence[Refused], expected: int, following: int) -> None:
        if refused:
            await self._dead_letters.send(self._compiled.contract.feed, self._store.partition, refused)
        size = await self._store.apply(write, expected, following)
        self.state.stream.add(size)
        self.written = following
        self.progress = time.monotonic()

    async def settled(self) -> None:
        """Wait until the batch on its way is written. Raises its error."""
        task, self._inflight = self._inflight, None
        if task is not None:
            # A command in flight is never cancelled: its answer would be taken for the next one's.
            await asyncio.shield(task)

    def failure(self) -> BaseException | None:
        """The error of the batch on its way, once it is known."""
        task = self._inflight
        return task.exception() if task is not None and task.done() and not task.cancelled() else None


def _originals(refused: Sequence[Refused], records: Sequence[Any]) -> list[Refused]:
    """The refused records with their keys, and with the letter that they were replayed from."""
    if not refused:
        return []
    came = {record.offset: record for record in records}
    return [
        msgspec.structs.replace(
            one,
            key=came[one.offset].key,
            replay_of=next((value or b"" for name, value in came[one.offset].headers or () if name == REPLAY_OF), b""),
        )
        for one in refused
    ]


def _size(headers: Sequence[tuple[str, bytes | None]]) -> int:
    return sum(len(name) + len(value or b"") for name, value in headers)
