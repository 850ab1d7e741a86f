"""Builds a feed's state anew from the oldest retained record, beside the one that is shown, and then shows it.

While it is built the screens and the consumer go on with the old generation. Once the new one has reached the log's
end of a moment ago, the word that it is shown changes; the consumer claims it and reads on where the rebuild stands, so
that no record is left out or counted twice. The old generation is cleared away.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import CorruptRecordException, KafkaError, OffsetOutOfRangeError

from ioc.core.clock import REAL, Clock
from ioc.core.errors import EngineError, FencedError
from ioc.core.event import Compiled
from ioc.store import generation as generations
from ioc.store.clock import read_clock
from ioc.store.connect import UNREACHABLE, Redis, RedisError
from ioc.store.partition import Partition, shown_generation, strayed
from streams.deadletter import DeadLetterSender
from streams.following import follow, over_corrupt, stay_in_log
from streams.kafka import PacedConsumer, consumer_options
from streams.session import Session

LOG = logging.getLogger(__name__)
MOST_RECORDS = 2_000
WAIT_MS = 200
TELL_EVERY = 1.0
LOOK_EVERY = 0.2
HANDED_OVER_WITHIN = 15.0  # seconds a running consumer has to take the new generation

Say = Callable[[int, int], None]  # records read, records there were when it was last looked


class Rebuild:
    """One rebuild of one feed; ``say`` hears how far it is about once a second."""

    def __init__(self, bootstrap: str, client: Redis, compiled: Compiled, say: Say) -> None:
        self._bootstrap = bootstrap
        self._client = client
        self._compiled = compiled
        self._say = say
        self._contract = compiled.contract
        self._dead_letters = DeadLetterSender(bootstrap)
        self._consumer: Any = None
        self._sessions: dict[TopicPartition, Session] = {}
        self._ends: dict[TopicPartition, int] = {}
        self._begun = 0
        self._told = 0.0
        self._clock: Clock = REAL
        self._stopped = False

    def stop(self) -> None:
        """Ask :meth:`run` to give up; what is shown stays."""
        self._stopped = True

    async def run(self) -> int:
        """Rebuild and show; returns the new generation. Raises EngineError when it can't: what is shown stays then."""
        feed = self._contract.feed
        lock = generations.rebuild_lock(self._client, feed)
        try:
            if not await lock.acquire():
                raise EngineError(f"another rebuild of '{feed}' runs; wait until it is done")
            try:
                return await self._locked(lock)
            finally:
                if await lock.owned():
                    await lock.release()
        except FencedError as error:
            raise EngineError(f"another rebuild of '{feed}' took over, or Redis lost its data: {error}") from error
        except (KafkaError, RedisError, *UNREACHABLE) as error:
            raise EngineError(f"the rebuild of '{feed}' broke off, start it again: {error!r}") from error

    async def _locked(self, lock: Any) -> int:
        feed, partitions = self._contract.feed, self._contract.partitions
        shown = await shown_generation(self._client, feed)
        new = await generations.begin(self._client, feed, partitions)
        for abandoned in await generations.known(self._client, feed, partitions) - {shown}:
            if abandoned < new:
                await generations.clear(self._client, feed, partitions, abandoned)
        await self._dead_letters.start()
        self._consumer = PacedConsumer(
            **consumer_options(self._bootstrap, f"rebuild-{feed}") | {"group_id": None, "group_instance_id": None}
        )
        await self._consumer.start()
        try:
            await self._begin(new)
            await self._catch_up(lock)
        finally:
            # Nothing may be in flight when the client is closed.
            await asyncio.gather(*(session.settled() for session in self._sessions.values()), return_exceptions=True)
            await self._consumer.stop()
            await self._dead_letters.stop()
        await generations.show(self._client, feed, new)
        try:
            await self._hand_over(shown)
        except (RedisError, *UNREACHABLE) as error:
            LOG.warning("the old generation of '%s' stays until a consumer starts: %r", feed, error)
        return new

    async def _begin(self, generation: int) -> None:
        places = [TopicPartition(self._contract.topic, number) for number in range(self._contract.partitions)]
        self._consumer.assign(places)
        begins = await self._consumer.beginning_offsets(places)
        self._begun = sum(begins.values())
        for place in places:
            store = Partition(self._client, self._contract.feed, place.partition)
            session = self._sessions[place] = Session(store, self._compiled, self._dead_letters, accept_loss=True)
            await session.claim(begins[place], generation)
            self._consumer.seek(place, session.expected)

    async def _catch_up(self, lock: Any) -> None:
        while not await self._near(lock):
            if self._stopped:
                raise EngineError(f"the rebuild of '{self._contract.feed}' was stopped")
            try:
                fetched = await self._consumer.getmany(timeout_ms=WAIT_MS, max_records=MOST_RECORDS)
            except CorruptRecordException as error:
                await self._skip(error)
                continue
            except OffsetOutOfRangeError as error:
                await self._back_into_log(list(error.args[0]))
                continue
            for place, records in fetched.items():
                await follow(self._consumer, place, self._sessions[place], records, self._now)
        await asyncio.gather(*(session.settled() for session in self._sessions.values()))

    async def _near(self, lock: Any) -> bool:
        """Whether every partition has reached the end that its log had at the last look, at most a second ago."""
        if time.monotonic() - self._told >= TELL_EVERY:
            self._told = time.monotonic()
            self._clock = await read_clock(self._client)
            self._ends = await self._consumer.end_offsets(list(self._sessions))
            if not await lock.extend(generations.HELD_FOR, replace_ttl=True):
                raise FencedError("the rebuild's lock is gone")
            done = sum(session.expected for session in self._sessions.values()) - self._begun
            self._say(done, sum(self._ends.values()) - self._begun)
        return all(session.expected >= self._ends[place] for place, session in self._sessions.items())

    async def _skip(self, error: CorruptRecordException) -> None:
        for place, session in self._sessions.items():
            if str(place) in str(error):
                await over_corrupt(self._consumer, self._bootstrap, place, session, self._now)

    async def _back_into_log(self, places: Sequence[TopicPartition]) -> None:
        """Kafka deletes what is too old while it is read."""
        for place in places:
            begin = (await self._consumer.beginning_offsets([place]))[place]
            end = (await self._consumer.end_offsets([place]))[place]
            await self._sessions[place].settled()
            await stay_in_log(place, self._sessions[place], begin, end, self._now)
            self._consumer.seek(place, self._sessions[place].expected)

    async def _hand_over(self, old: int) -> None:
        """Wait until a consumer has claimed the new generation, if one runs; then clear the old one away."""
        stores = [session.store for session in self._sessions.values()]
        for _ in range(round(HANDED_OVER_WITHIN / LOOK_EVERY)):
            if self._stopped or len(await strayed(self._client, stores)) == len(stores):
                break
            await asyncio.sleep(LOOK_EVERY)
        await generations.clear(self._client, self._contract.feed, self._contract.partitions, old)

    def _now(self) -> float:
        return self._clock.now(time.time())
