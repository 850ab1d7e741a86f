"""A member of the consumer group: claims the partitions it is given and keeps their sessions going.

The rules that make every event count once, through a crash of anything:

* A claim makes a new session. Records are fetched between two looks at the sessions; what was fetched under another
  session is dropped, because a claim's seek and a fetch of the loop can cross.
* A batch starts at the session's expected offset, or the partition seeks there.
* A write that was refused, or whose answer was lost, ends the session: its state is dropped and the partition claimed
  again. Nothing is written twice, because the fenced function compares token and offset first.
* A stored offset that the log doesn't hold raises an alarm in the pulse and follows the policy of :func:`resume_at`.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

from ioc.core.clock import REAL, Clock
from ioc.core.errors import FencedError, IocError, OffsetError
from ioc.core.event import Compiled
from ioc.store.clock import read_clock
from ioc.store.connect import UNREACHABLE, Redis, RedisError
from ioc.store.partition import Partition
from streams.deadletter import DeadLetterSender
from streams.kafka import PacedConsumer, consumer_options
from streams.session import Session

LOG = logging.getLogger(__name__)

MOST_RECORDS = 2_000  # in one batch: Redis is held for some milliseconds at most
MOST_BYTES = 4 * 1024 * 1024
WAIT_MS = 200
COMMIT_EVERY = 5.0
CLOCK_EVERY = 1.0
STALLED_AFTER = 60.0
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 3.0
FAILURES = (IocError, RedisError, KafkaError, *UNREACHABLE)


class StalledError(IocError):
    """Records wait and none was written for long: the consumer is made anew."""


class Consumer:
    """Reads the topics of some feeds into Redis until :meth:`stop`."""

    def __init__(
        self,
        bootstrap: str,
        client: Redis,
        feeds: Mapping[str, Compiled],
        consumer_id: str,
        idempotent: bool = True,
    ) -> None:
        self._bootstrap = bootstrap
        self._client = client
        self._feeds = {compiled.contract.topic: compiled for compiled in feeds.values()}
        self._id = consumer_id
        self._dead_letters = DeadLetterSender(bootstrap, idempotent)
        self._consumer: Any = None
        self._sessions: dict[TopicPartition, Session] = {}
        self._claim_at: dict[TopicPartition, float] = {}
        self._tries: dict[TopicPartition, int] = {}
        self._clock: Clock = REAL
        self._clock_read = 0.0
        self._committed = 0.0
        self._stopping = asyncio.Event()

    @property
    def offsets(self) -> dict[tuple[str, int], int]:
        """Next offset written of each partition owned now: topic and partition → offset."""
        return {(place.topic, place.partition): session.written for place, session in self._sessions.items()}

    def stop(self) -> None:
        """Ask :meth:`run` to write what is on its way and to return."""
        self._stopping.set()

    async def run(self) -> None:
        """Consume until stopped; engines that are away are waited for."""
        await self._dead_letters.start()
        try:
            while not self._stopping.is_set():
                try:
                    await self._consume()
                except (StalledError, KafkaError, OSError) as error:
                    LOG.warning("the consumer starts anew: %r", error)
                    await self._rest(FIRST_PAUSE * 5)
        finally:
            await self._dead_letters.stop()

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _consume(self) -> None:
        self._sessions.clear()
        self._claim_at.clear()
        self._consumer = PacedConsumer(**consumer_options(self._bootstrap, self._id))
        self._consumer.subscribe(list(self._feeds), listener=_Listener(self))
        try:
            await self._consumer.start()
            while not self._stopping.is_set():
                await self._turn()
        finally:
            await self._leave()

    async def _leave(self) -> None:
        await asyncio.gather(*(session.settled() for session in self._sessions.values()), return_exceptions=True)
        await self._commit(every=0.0)
        self._sessions.clear()
        try:
            # A consumer's stop can hang on a heartbeat; the process ends anyway.
            await asyncio.wait_for(self._consumer.stop(), 10.0)
        except (TimeoutError, KafkaError) as error:
            LOG.warning("the consumer didn't leave cleanly: %r", error)

    async def _turn(self) -> None:
        """Claim what is due, fetch once, fold what came."""
        await self._read_clock()
        await self._claim_due()
        owned = dict(self._sessions)
        try:
            fetched = await self._consumer.getmany(timeout_ms=WAIT_MS, max_records=MOST_RECORDS)
        except (NoOffsetForPartitionError, OffsetOutOfRangeError) as error:
            self._reclaim_unreadable(error)
            return
        for place, records in fetched.items():
            if place in owned and owned[place] is self._sessions.get(place):
                await self._guarded(place, owned[place], records)
        for place, owner in list(self._sessions.items()):
            failure = owner.failure()
            if failure is not None:
                self._lose(place, owner, failure)
        self._check_progress()
        await self._commit(every=COMMIT_EVERY)

    def _reclaim_unreadable(self, error: KafkaError) -> None:
        """Before its first seek a partition has no position; later, its position fell out of the log."""
        for place in error.args[0] if isinstance(error, OffsetOutOfRangeError) and error.args else ():
            session = self._sessions.get(place)
            if session is not None:
                self._lose(place, session, error)

    async def _guarded(self, place: TopicPartition, session: Session, records: Sequence[Any]) -> None:
        try:
            await self._fold(place, session, records)
        except FAILURES as error:
            self._lose(place, session, error)
        except Exception as error:
            # One partition that can't go on must not stop the others.
            LOG.exception("%s:%s can't be folded", place.topic, place.partition)
            self._lose(place, session, error)

    async def _fold(self, place: TopicPartition, session: Session, records: Sequence[Any]) -> None:
        first = records[0].offset
        if first != session.expected and session.sought != session.expected:
            session.sought = session.expected
            self._consumer.seek(place, session.expected)
            return
        if first < session.expected:
            raise OffsetError(session.expected)
        if first > session.expected:
            # Fetched at the expected offset, and the log answers with a later one: it holds nothing in between.
            LOG.error("%s: the log has no records %s..%s", place, session.expected, first - 1)
            await session.settled()
            alarm = {"at": self._now(), "stored": session.expected, "begin": first, "end": records[-1].offset + 1}
            await session.jump(first, alarm)
        highwater = self._consumer.highwater(place) or 0
        for piece in pieces(records):
            await session.take(piece, highwater, self._now)
        session.sought = -1
        self._tries.pop(place, None)

    def _lose(self, place: TopicPartition, session: Session, error: BaseException) -> None:
        """End a session; its partition is claimed again after a pause, if it is still ours then."""
        if self._sessions.get(place) is session:
            del self._sessions[place]
        tries = self._tries[place] = self._tries.get(place, 0) + 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(tries - 1, 6))
        if isinstance(error, FencedError):
            pause = max(pause, 1.0)
        LOG.warning("%s:%s ends its session: %r", place.topic, place.partition, error)
        self._claim_at[place] = time.monotonic() + pause * random.uniform(0.5, 1.0)

    async def _claim_due(self) -> None:
        now = time.monotonic()
        due = [place for place, at in self._claim_at.items() if at <= now]
        if due:
            await asyncio.gather(*(self._claim(place) for place in due))

    async def _claim(self, place: TopicPartition) -> None:
        session = Session(
            Partition(self._client, self._feeds[place.topic].contract.feed, place.partition),
            self._feeds[place.topic],
            self._dead_letters,
        )
        del self._claim_at[place]
        try:
            if place not in self._consumer.assignment():
                return
            begin = (await self._consumer.beginning_offsets([place]))[place]
            end = (await self._consumer.end_offsets([place]))[place]
            await session.claim(begin)
            await self._stay_in_log(place, session, begin, end)
            if place in self._consumer.assignment():
                self._consumer.seek(place, session.expected)
                self._sessions[place] = session
                LOG.info("%s:%s is ours from offset %s", place.topic, place.partition, session.expected)
        except (*FAILURES, IllegalStateError) as error:
            self._lose(place, session, error)

    async def _stay_in_log(self, place: TopicPartition, session: Session, begin: int, end: int) -> None:
        stored = session.expected
        start = resume_at(stored, begin, end, len(session.state.seen.known))
        if start == stored:
            return
        LOG.error("%s: stored offset %s is outside the log %s..%s; it goes on at %s", place, stored, begin, end, start)
        alarm = {"at": self._now(), "stored": stored, "begin": begin, "end": end, "resumed": start}
        await session.jump(start, alarm)

    def _now(self) -> float:
        return self._clock.now(time.time())

    async def _read_clock(self) -> None:
        if time.monotonic() - self._clock_read < CLOCK_EVERY:
            return
        self._clock_read = time.monotonic()
        try:
            self._clock = await read_clock(self._client)
        except (RedisError, *UNREACHABLE) as error:
            LOG.debug("the clock can't be read: %r", error)

    async def _commit(self, every: float) -> None:
        """Tell Kafka's lag tools where we are. Nothing depends on it."""
        if time.monotonic() - self._committed < every or not self._sessions:
            return
        self._committed = time.monotonic()
        try:
            await self._consumer.commit({place: session.written for place, session in self._sessions.items()})
        except (KafkaError, ValueError) as error:
            LOG.debug("offsets weren't told to Kafka: %r", error)

    def _check_progress(self) -> None:
        for place, session in self._sessions.items():
            highwater = self._consumer.highwater(place)
            if highwater is None or highwater <= session.written:
                session.progress = time.monotonic()
            elif time.monotonic() - session.progress > STALLED_AFTER:
                raise StalledError(f"{place.topic}:{place.partition} waits at {session.written} of {highwater}")

    def given(self, places: Sequence[TopicPartition]) -> None:
        """The group gave us partitions: they are claimed at the next turn."""
        for place in places:
            self._claim_at.setdefault(place, 0.0)

    async def taken(self, places: Sequence[TopicPartition]) -> None:
        """The group takes partitions away: their last batches are written first."""
        gone = [session for place in places if (session := self._sessions.pop(place, None)) is not None]
        for place in places:
            self._claim_at.pop(place, None)
        await asyncio.gather(*(session.settled() for session in gone), return_exceptions=True)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Runs beside the consumer's loop, so it only notes what changed."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        self._consumer.given(assigned)

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        await self._consumer.taken(revoked)


def resume_at(stored: int, begin: int, end: int, remembered: int) -> int:
    """Where to go on when the stored offset may be outside the log ``begin``..``end``.

    Records before ``begin`` are gone: go on at the earliest. A log that ends before ``stored`` lost its tail, or was
    begun anew: go on at the earliest as well, but not further back than the remembered ids can tell what was counted.
    """
    if stored < begin:
        return begin
    if stored <= end:
        return stored
    return max(begin, end - max(0, remembered - (stored - end)))


def pieces(records: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The records in batches of bounded bytes."""
    start = size = 0
    for index, record in enumerate(records):
        size += len(record.value or b"")
        if size > MOST_BYTES and index > start:
            yield records[start:index]
            start, size = index, len(record.value or b"")
    yield records[start:]


__all__ = ["Consumer", "pieces", "resume_at"]
