"""A member of the consumer group: claims the partitions it is given and keeps their sessions going.

The rules that make every event count once, through a crash of anything:

* A claim makes a new session. Records are fetched between two looks at the sessions; what was fetched under another
  session is dropped, because a claim's seek and a fetch of the loop can cross.
* A batch starts at the session's expected offset, or the partition seeks there.
* A write that was refused, or whose answer was lost, ends the session: its state is dropped and the partition claimed
  again. Nothing is written twice, because the fenced function compares token and offset first.
* A stored offset that the log doesn't hold raises an alarm in the pulse and follows the contract's ``lost_log``.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import (
    CorruptRecordException,
    IllegalStateError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
)

from ioc.core.clock import REAL, Clock
from ioc.core.errors import FencedError, IocError, LostLogError, ShapeError
from ioc.core.event import Compiled
from ioc.store.clock import read_clock
from ioc.store.connect import UNREACHABLE, Redis, RedisError
from ioc.store.partition import Partition, strayed
from streams.deadletter import DeadLetterSender
from streams.following import end_of_log, follow, over_corrupt, stay_in_log
from streams.kafka import PacedConsumer, consumer_options
from streams.reform import Reform
from streams.session import Session

LOG = logging.getLogger(__name__)

MOST_RECORDS = 2_000  # in one batch: Redis is held for some milliseconds at most
WAIT_MS = 200
COMMIT_EVERY = 5.0
LOOK_EVERY = 1.0
ASK_EVERY = 10.0
STALLED_AFTER = 60.0
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 3.0
FAILURES = (IocError, RedisError, KafkaError, *UNREACHABLE)


class StalledError(IocError):
    """Records wait and none was written for long: the consumer is made anew."""


class Consumer:
    """Reads the topics of some feeds into Redis until :meth:`stop`.

    ``accept_loss`` names feeds that go on behind what their log lost, whatever their contracts say.
    """

    def __init__(
        self,
        bootstrap: str,
        client: Redis,
        feeds: Mapping[str, Compiled],
        consumer_id: str,
        idempotent: bool = True,
        accept_loss: Collection[str] = (),
    ) -> None:
        self._bootstrap = bootstrap
        self._client = client
        self._feeds = _by_topic(feeds)
        self._next: dict[str, Compiled] | None = None
        self._reform = Reform(bootstrap, client)
        self._accept_loss = frozenset(accept_loss)
        self._id = consumer_id
        self._dead_letters = DeadLetterSender(bootstrap, idempotent)
        self._consumer: Any = None
        self._sessions: dict[TopicPartition, Session] = {}
        self._claim_at: dict[TopicPartition, float] = {}
        self._tries: dict[TopicPartition, int] = {}
        self._clock: Clock = REAL
        self._looked = 0.0
        self._committed = 0.0
        self._asked = 0.0
        self._ends: dict[TopicPartition, int] = {}
        self._stopping = asyncio.Event()

    @property
    def offsets(self) -> dict[tuple[str, int], int]:
        """Next offset written of each partition owned now: topic and partition → offset."""
        return {(place.topic, place.partition): session.written for place, session in self._sessions.items()}

    @property
    def feeds(self) -> set[str]:
        """Names of the feeds that are read."""
        return {compiled.contract.feed for compiled in (self._next or self._feeds).values()}

    def use(self, feeds: Mapping[str, Compiled]) -> None:
        """Judge by these contracts from the next turn on: a mended profile needs no restart."""
        self._next = _by_topic(feeds)

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
            await self._reform.stop()
            await self._dead_letters.stop()

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _consume(self) -> None:
        self._sessions.clear()
        self._claim_at.clear()
        self._ends.clear()
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
        await self._renew()
        await self._look_around()
        await self._claim_due()
        owned = dict(self._sessions)
        try:
            fetched = await self._consumer.getmany(timeout_ms=WAIT_MS, max_records=MOST_RECORDS)
        except (NoOffsetForPartitionError, OffsetOutOfRangeError) as error:
            self._reclaim_unreadable(error)
            return
        except CorruptRecordException as error:
            await self._skip_corrupt(error)
            return
        for place, records in fetched.items():
            if place in owned and owned[place] is self._sessions.get(place):
                await self._guarded(place, owned[place], records)
        for place, owner in list(self._sessions.items()):
            failure = owner.failure()
            if failure is not None:
                self._lose(place, owner, failure)
        await self._look_at_ends()
        self._check_progress()
        await self._commit(every=COMMIT_EVERY)

    def _reclaim_unreadable(self, error: KafkaError) -> None:
        """Before its first seek a partition has no position; later, its position fell out of the log."""
        for place in error.args[0] if isinstance(error, OffsetOutOfRangeError) and error.args else ():
            session = self._sessions.get(place)
            if session is not None:
                self._lose(place, session, error)

    async def _skip_corrupt(self, error: KafkaError) -> None:
        """Go on behind a batch whose checksum is wrong: the partition must not stand for it."""
        for place, session in list(self._sessions.items()):
            if str(place) not in str(error):
                continue
            try:
                await over_corrupt(self._consumer, self._bootstrap, place, session, self._now)
            except FAILURES as failure:
                self._lose(place, session, failure)

    async def _renew(self) -> None:
        """Take over other contracts: sessions end and begin anew, and other topics make all of it begin anew."""
        if self._next is None:
            return
        same = self._next.keys() == self._feeds.keys()
        self._feeds, self._next = self._next, None
        if not same:
            raise StalledError("the profile has other feeds")
        LOG.info("the profile has changed: events are judged by it from now on")
        await asyncio.gather(*(session.settled() for session in self._sessions.values()), return_exceptions=True)
        self._claim_at |= dict.fromkeys(self._sessions, 0.0)
        self._sessions.clear()

    async def _guarded(self, place: TopicPartition, session: Session, records: Sequence[Any]) -> None:
        try:
            if await follow(self._consumer, place, session, records, self._now):
                self._tries.pop(place, None)
        except FAILURES as error:
            self._lose(place, session, error)
        except Exception as error:
            # One partition that can't go on must not stop the others.
            LOG.exception("%s:%s can't be folded", place.topic, place.partition)
            self._lose(place, session, error)

    def _lose(self, place: TopicPartition, session: Session, error: BaseException) -> None:
        """End a session; its partition is claimed again after a pause, if it is still ours then."""
        if self._sessions.get(place) is session:
            del self._sessions[place]
        tries = self._tries[place] = self._tries.get(place, 0) + 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(tries - 1, 6))
        if isinstance(error, FencedError | LostLogError | ShapeError):
            pause = max(pause, 1.0)
        LOG.warning("%s:%s ends its session: %r", place.topic, place.partition, error)
        self._claim_at[place] = time.monotonic() + pause * random.uniform(0.5, 1.0)

    async def _claim_due(self) -> None:
        now = time.monotonic()
        due = [place for place, at in self._claim_at.items() if at <= now]
        if due:
            await asyncio.gather(*(self._claim(place) for place in due))

    async def _claim(self, place: TopicPartition) -> None:
        compiled = self._feeds[place.topic]
        feed = compiled.contract.feed
        session = Session(
            Partition(self._client, feed, place.partition), compiled, self._dead_letters, feed in self._accept_loss
        )
        del self._claim_at[place]
        try:
            if place not in self._consumer.assignment():
                return
            begin = (await self._consumer.beginning_offsets([place]))[place]
            await session.claim(begin)
            end = await end_of_log(self._consumer, place, session.expected)
            await stay_in_log(place, session, begin, end, self._now)
            if place in self._consumer.assignment():
                self._consumer.seek(place, session.expected)
                self._sessions[place] = session
                LOG.info("%s:%s is ours from offset %s", place.topic, place.partition, session.expected)
        except (*FAILURES, IllegalStateError) as error:
            if isinstance(error, ShapeError):
                self._reform.refused(compiled)
            self._lose(place, session, error)

    def _now(self) -> float:
        return self._clock.now(time.time())

    async def _look_around(self) -> None:
        """Now and then: the clock, and whether the partitions are still ours. Redis may have lost its data, or show
        a generation that was built anew; a feed without events would never notice."""
        if time.monotonic() - self._looked < LOOK_EVERY:
            return
        self._looked = time.monotonic()
        try:
            self._clock = await read_clock(self._client)
            owners = {id(session.store): (place, session) for place, session in self._sessions.items()}
            strays = await strayed(self._client, [session.store for _, session in owners.values()])
        except (RedisError, *UNREACHABLE) as error:
            LOG.debug("Redis can't be looked at: %r", error)
            return
        for store in strays:
            place, session = owners[id(store)]
            await asyncio.gather(session.settled(), return_exceptions=True)
            self._lose(place, session, FencedError("another generation is shown, or the claim is gone"))

    async def _commit(self, every: float) -> None:
        """Tell Kafka's lag tools where we are. Nothing depends on it."""
        if time.monotonic() - self._committed < every or not self._sessions:
            return
        self._committed = time.monotonic()
        try:
            await self._consumer.commit({place: session.written for place, session in self._sessions.items()})
        except (KafkaError, ValueError) as error:
            LOG.debug("offsets weren't told to Kafka: %r", error)

    async def _look_at_ends(self) -> None:
        """Where the logs end, asked for: a fetcher that stands still tells of nothing new."""
        if time.monotonic() - self._asked < ASK_EVERY or not self._sessions:
            return
        self._asked = time.monotonic()
        try:
            self._ends = await asyncio.wait_for(self._consumer.end_offsets(list(self._sessions)), ASK_EVERY / 2)
        except (TimeoutError, KafkaError) as error:
            LOG.debug("the logs' ends aren't known: %r", error)

    def _check_progress(self) -> None:
        for place, session in self._sessions.items():
            end = max(self._consumer.highwater(place) or 0, self._ends.get(place, 0))
            if end <= session.written:
                session.progress = time.monotonic()
            elif time.monotonic() - session.progress > STALLED_AFTER:
                raise StalledError(f"{place.topic}:{place.partition} waits at {session.written} of {end}")

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


def _by_topic(feeds: Mapping[str, Compiled]) -> dict[str, Compiled]:
    return {compiled.contract.topic: compiled for compiled in feeds.values()}


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Runs beside the consumer's loop, so it only notes what changed."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        self._consumer.given(assigned)

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        await self._consumer.taken(revoked)
