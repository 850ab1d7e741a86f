"""The keeper: reads the feeds' dead letters from Kafka and keeps them in SQL, each once.

Where it goes on is kept in SQL too, in the transaction that keeps the letters, and a letter's id is its primary key:
killed at any point it loses none and doubles none. SQL or Kafka may be away; it tries again, and says so once each way.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Callable, Sequence
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from xxhash import xxh3_64_hexdigest

from ioc.core.deadletter import REPLAY_OF, Letter
from ioc.core.errors import EngineError
from ioc.core.event import LARGEST
from ioc.core.text import one_line
from ioc.live.sending import Sender
from ioc.live.workbench import complete
from ioc.records.dead_letters import DeadLetters
from streams.kafka import PacedConsumer

LOG = logging.getLogger(__name__)
MOST_RECORDS = 200
WAIT_MS = 500
PAUSE = 2.0  # seconds before a failure is tried again
COMPLETE_EVERY = 15.0
UNFINISHED_AFTER = 60.0  # a replay that takes longer was given up
RETAIN_EVERY = 3600.0
LOOK_EVERY = 2.0  # while a topic is missing
NEVER = float("-inf")
PARTITION = 0  # a topic of dead letters has one


class Keeper:
    """Keeps the letters of ``feeds()`` until :meth:`stop`. ``sender`` finishes replays that were broken off."""

    def __init__(self, bootstrap: str, kept: DeadLetters, sender: Sender, feeds: Callable[[], Sequence[str]]) -> None:
        self._bootstrap = bootstrap
        self._kept = kept
        self._sender = sender
        self._feeds = feeds
        self._stopping = asyncio.Event()
        self._failing = False
        self._completed = self._retained = self._looked = NEVER
        self._consumer: Any = None
        self._places: list[TopicPartition] = []

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        """Keep letters until stopped."""
        while not self._stopping.is_set():
            try:
                await self._follow()
            except (EngineError, KafkaError, OSError) as error:
                if not self._failing:
                    LOG.warning("dead letters can't be kept, it is tried again: %r", error)
                self._failing = True
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), PAUSE)

    async def _follow(self) -> None:
        self._consumer = PacedConsumer(
            bootstrap_servers=self._bootstrap, group_id=None, enable_auto_commit=False, auto_offset_reset="none",
            fetch_max_bytes=8_388_608, max_partition_fetch_bytes=1_048_576, metadata_max_age_ms=30_000,
        )  # fmt: skip
        self._places, self._looked = [], NEVER
        try:
            await self._consumer.start()
            while not self._stopping.is_set():
                await self._turn()
        finally:
            await self._consumer.stop()

    async def _turn(self) -> None:
        await self._assign()
        if not self._places:
            await asyncio.sleep(WAIT_MS / 1000)
            return
        try:
            fetched = await self._consumer.getmany(timeout_ms=WAIT_MS, max_records=MOST_RECORDS)
        except OffsetOutOfRangeError as error:
            await self._begin_anew(list(error.args[0]))
            return
        if fetched:
            await self._keep(fetched)
        if self._failing:
            LOG.info("dead letters are kept again")
            self._failing = False
        await self._tidy()

    async def _assign(self) -> None:
        """Read the topics that there are; a profile may name new ones, and not every topic is there from the start."""
        topics = sorted(f"ioc.{feed}.dlq" for feed in self._feeds())
        if [place.topic for place in self._places] == topics or time.monotonic() - self._looked < LOOK_EVERY:
            return
        self._looked = time.monotonic()
        there = await self._consumer.topics()
        wanted = [TopicPartition(topic, PARTITION) for topic in topics if topic in there]
        if wanted == self._places:
            return
        known = await self._kept.offsets()
        self._consumer.assign(wanted)
        begins = await self._consumer.beginning_offsets(wanted)
        for place in wanted:
            self._consumer.seek(place, max(known.get((place.topic, place.partition), 0), begins[place]))
        self._places = wanted

    async def _begin_anew(self, places: list[TopicPartition]) -> None:
        """The log doesn't hold what comes next: it was begun anew, or was cleaned while nobody read."""
        begins = await self._consumer.beginning_offsets(places)
        for place in places:
            LOG.error(
                "%s doesn't hold the offset where reading stopped; it is read from %s", place.topic, begins[place]
            )
            self._consumer.seek(place, begins[place])

    async def _keep(self, fetched: dict[TopicPartition, Sequence[Any]]) -> None:
        now = time.time()
        letters = [letter(record, now) for records in fetched.values() for record in records]
        offsets = {(place.topic, place.partition): records[-1].offset + 1 for place, records in fetched.items()}
        new = await self._kept.keep(letters, offsets)
        LOG.debug("%s dead letters kept, %s of them new", len(letters), new)

    async def _tidy(self) -> None:
        """Finish what was broken off, and delete what was kept long enough."""
        if time.monotonic() - self._completed > COMPLETE_EVERY:
            self._completed = time.monotonic()
            sent = await complete(self._kept, self._sender, time.time() - UNFINISHED_AFTER)
            if sent:
                LOG.warning("%s dead letters, whose replay was broken off, were sent", sent)
        if time.monotonic() - self._retained > RETAIN_EVERY:
            self._retained = time.monotonic()
            await self._kept.retain(time.time())


def letter(record: Any, now: float) -> Letter:
    """A record of a topic of dead letters as its letter. ``now``: real POSIX seconds."""
    said = dict(record.headers or ())
    texts = {name: one_line((value or b"").decode("utf-8", "replace"), 2_000) for name, value in said.items()}
    raw: bytes | None = record.value
    named = (record.key or b"").decode("utf-8", "replace")
    return Letter(
        id=one_line(named, 280) or f"{record.topic}-{record.partition}-{record.offset}",
        feed=record.topic.removeprefix("ioc.").removesuffix(".dlq"),
        outcome=texts.get("outcome", "")[:32], reason=texts.get("reason", "")[:64], detail=texts.get("detail", ""),
        source=texts.get("source", "")[:300], organisation=texts.get("organisation", "")[:128],
        area=texts.get("area", "")[:32], event_id=texts.get("event-id", "")[:300],
        received=_number(texts.get("received", ""), record.timestamp / 1000),
        key=said.get("key"), raw=None if raw is None else raw[: LARGEST + 1],
        size=int(_number(texts.get("size", ""), len(raw or b""))), digest=xxh3_64_hexdigest(raw or b""),
        kept_at=now, replay_of=texts.get(REPLAY_OF, "")[:300],
    )  # fmt: skip


def _number(text: str, otherwise: float) -> float:
    try:
        found = float(text)
    except ValueError:
        return otherwise
    return found if math.isfinite(found) else otherwise
