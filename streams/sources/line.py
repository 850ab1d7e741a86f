"""A source at work: what its kind needs for reading, and what makes at-least-once out of it.

:meth:`Line.deliver` returns when Kafka has acknowledged; only then a kind moves its cursor or acknowledges a message.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import islice
from typing import Any

import msgspec
from xxhash import xxh3_64_intdigest

from ioc.core.contract import FeedContract, seconds
from ioc.core.mapping import Mapped, Reader
from ioc.core.outgoing import Outgoing, event, heartbeat
from ioc.core.source import Source
from ioc.records.cursors import Cursors, SourceStatus
from streams.producer import EventSender
from streams.sources.secret import Secrets

LOG = logging.getLogger(__name__)
MOST_RECENT = 50_000  # events by which one that is read again is known
LARGEST_RECORD = 900_000  # bytes; Kafka takes a megabyte
RARELY, WHEN_SOMETHING_HAPPENS = 3600.0, 300.0  # seconds between heartbeats
REPORT_EVERY = 10.0
CLOSE_WITHIN = 5.0


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What all lines of one process share."""

    bootstrap: str
    cursors: Cursors
    secrets: Secrets
    profile: str
    timezone: str
    stop: asyncio.Event
    clock: Callable[[], float] = time.time


class Line:
    """One source: its events go out here, and its state is kept here."""

    def __init__(self, source: Source, contract: FeedContract, options: Any, around: Surroundings) -> None:
        self.source = source
        self.contract = contract
        self.options = options
        self.around = around
        self.stop = around.stop
        self.secrets = around.secrets
        self.status = SourceStatus(since=around.clock())
        self.beat_every = min(seconds(contract.cadence) or WHEN_SOMETHING_HAPPENS, RARELY)
        self._skipped: Counter[str] = Counter()
        self._faults: Counter[str] = Counter()
        self._recent: dict[str, int] = {}
        self._sender: EventSender | None = None
        self._one_at_a_time = asyncio.Lock()
        self._since_beat = 0
        self._beaten = 0.0
        self._reported = 0.0

    @property
    def now(self) -> float:
        return self.around.clock()

    @property
    def live(self) -> bool:
        return self.status.state == "live"

    def reader(self) -> Reader:
        """The source's mapping, made ready."""
        if self.source.mapping is None:
            raise TypeError(f"{self.source.id} has no mapping")
        return Reader(self.source.mapping, self.contract, self.around.timezone)

    def event(self, mapped: Mapped) -> Outgoing | None:
        """The event; None when it is larger than Kafka takes (then it is counted)."""
        made = event(self.contract, self.source, mapped)
        if len(made.value) > LARGEST_RECORD:
            self.skip("too_large")
            return None
        for fault in mapped.faults:
            self._faults[fault.reason] += 1
            LOG.debug("%s: %s: %s, found %r", self.source.id, fault.field, fault.reason, fault.found)
        return made

    def skip(self, reason: str, count: int = 1) -> None:
        """Count what was read and is no event."""
        self._skipped[reason] += count

    async def deliver(self, events: Sequence[Outgoing | None]) -> None:
        """Send, and wait until Kafka has acknowledged all. Raises the first failure: nothing may be taken as sent."""
        made = [one for one in events if one is not None and self._is_new(one)]
        if not made:
            return
        await self._send(made)
        self._remember(made)
        self.status.sent += len(made)
        if self.live:  # what is read first after a start or a failure may have been sent before: it would count twice
            self._since_beat += len(made)
        self.status.newest = max(*(one.at for one in made), self.status.newest or made[0].at)

    def _is_new(self, one: Outgoing) -> bool:
        """A list that is read again and again holds much that was sent before: the same bytes under the same id."""
        new = self._recent.get(one.id) != xxh3_64_intdigest(one.value)
        if not new:
            self.skip("repeated")
        return new

    def _remember(self, made: Sequence[Outgoing]) -> None:
        for one in made:
            self._recent.pop(one.id, None)
            self._recent[one.id] = xxh3_64_intdigest(one.value)
        for identity in list(islice(self._recent, max(0, len(self._recent) - MOST_RECENT))):
            del self._recent[identity]

    async def _send(self, made: Sequence[Outgoing]) -> None:
        # One at a time: whose record failed is then never in doubt.
        async with self._one_at_a_time:
            try:
                if self._sender is None:
                    self._sender = EventSender(self.around.bootstrap)
                    await self._sender.start()
                for one in made:
                    await self._sender.send(self.source.feed, one.key, one.value)
                await self._sender.flush()
            except Exception:
                await self._close()
                raise

    async def close(self) -> None:
        async with self._one_at_a_time:
            await self._close()

    async def _close(self) -> None:
        sender, self._sender = self._sender, None
        if sender is None:
            return
        try:
            await asyncio.wait_for(sender.stop(), CLOSE_WITHIN)
        except Exception as error:  # it is given up anyway; what it still held was never taken as sent
            LOG.info("%s: the connection to Kafka didn't close well: %s", self.source.id, error)

    async def cursor(self) -> Any:
        """How far the source was read; None at the beginning."""
        return await self.around.cursors.read(self.source.id)

    async def save(self, cursor: Any) -> None:
        """Everything up to the cursor has been acknowledged by Kafka."""
        await self.around.cursors.write(self.source.id, cursor, self.now)

    async def rounds(self, pause: float) -> AsyncIterator[None]:
        """A turn for each question to the source, with pauses between; ends when the process stops."""
        while not self.stop.is_set():
            yield
            await self.lives()
            await self.rest(pause)

    async def rest(self, pause: float) -> None:
        """Wait, but not when the process stops."""
        try:
            await asyncio.wait_for(self.stop.wait(), pause)
        except TimeoutError:
            return

    async def lives(self) -> None:
        """The source answered: note it, say so when it is news, and send its sign of life when it is due."""
        news = not self.live
        if news:
            LOG.info("%s answers", self.source.id)
            self.status.state, self.status.since = "live", self.now
        await self.beat()
        await self._report(news)

    async def beat(self) -> None:
        """Send the sign of life when it is due and the source answers."""
        if not self.live or self.now - self._beaten < self.beat_every:
            return
        since, before = self._since_beat, self._beaten
        self._beaten = now = self.now  # before waiting, so that nobody else sends it too
        try:
            await self._send([heartbeat(self.source, now, since)])
        except BaseException:
            self._beaten = before
            raise
        self._since_beat -= since

    @property
    def beat_in(self) -> float:
        """Seconds until the next sign of life is due."""
        return max(0.05, self._beaten + self.beat_every - self.now) if self.live else min(1.0, self.beat_every)

    async def failed(self, reason: str) -> None:
        """The source, or the way from it, is broken."""
        status = self.status
        news = status.state != "failing"
        if news:
            LOG.warning("%s fails: %s", self.source.id, reason)
            status.state, status.since = "failing", self.now
        status.errors += 1
        status.last_error, status.last_error_at = reason[:500], self.now
        await self._report(news)

    def note(self, reason: str) -> None:
        """One thing of the source is wrong, though the source itself answers."""
        if reason != self.status.last_error:
            LOG.warning("%s: %s", self.source.id, reason)
        self.status.errors += 1
        self.status.last_error, self.status.last_error_at = reason[:500], self.now

    async def ended(self) -> None:
        """The process stops."""
        self.status.state, self.status.since = "stopped", self.now
        await self._report(now=True)

    async def _report(self, now: bool) -> None:
        if not now and self.now - self._reported < REPORT_EVERY:
            return
        self._reported = self.now
        self.status.skipped, self.status.faults = dict(self._skipped), dict(self._faults)
        try:
            await self.around.cursors.report(self.source.id, self.status, self.now)
        except Exception as error:  # the state is for people; events go on without it
            LOG.warning("%s: its state can't be noted: %s", self.source.id, error)
