"""The whole corpus through the topics of every event log into every live state: Redis counts what the table says.

No partition stops: the good neighbours before and behind every case are on the screens within five seconds.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from ioc.core.cell import SEPARATOR
from ioc.core.clock import Clock
from ioc.core.entity import EntityState
from ioc.core.event import Compiled
from ioc.core.outcome import UNTIDY
from ioc.store.clock import write_clock
from ioc.store.connect import Redis, connect
from ioc.store.reader import State, StateReader
from streams.consumer import Consumer
from streams.kafka import producer_options
from streams.topics import create_topics
from tests.conftest import hai_duong
from tests.corpus.bad import Case
from tests.corpus.cases import CASES
from tests.corpus.good import FEEDS, event, name
from tests.engines import Engines
from tests.streams.records import NOON

pytestmark = pytest.mark.engines
NEIGHBOUR = 100_000  # added to a case's number
OWNED_WITHIN = 30.0
WITHIN = 5.0
STANDING = Clock(anchor=NOON, speed=0.0, mode="exercise", label={"vi": "kiểm thử", "en": "test"})

Message = tuple[str, bytes | None, bytes | None, list[tuple[str, bytes]]]


def messages(case: Case) -> Iterator[Message]:
    """A good neighbour, the case, another neighbour; all in one partition where the case has a key."""
    key = (name(case.feed, case.number) if case.sent.key is None else case.sent.key).encode() or None
    topic = f"ioc.{case.feed}"
    yield topic, event(case.feed, NEIGHBOUR + 2 * case.number), key, []
    for value in case.sent.before:
        yield topic, value, key, []
    for _ in range(case.sent.times):
        yield topic, case.sent.value, key, list(case.sent.headers)
    yield topic, event(case.feed, NEIGHBOUR + 2 * case.number + 1), key, []


@asynccontextmanager
async def consuming(engines: Engines, client: Redis) -> AsyncIterator[None]:
    """A consumer that owns every partition."""
    feeds = {feed: Compiled(contract, hai_duong()) for feed, contract in hai_duong().feeds.items()}
    partitions = sum(compiled.contract.partitions for compiled in feeds.values())
    consumer = Consumer(engines.bootstrap, client, feeds, "consume-1", idempotent=engines.idempotent)
    running_now = asyncio.create_task(consumer.run())
    try:
        await _owning(consumer, partitions)
        yield
    finally:
        consumer.stop()
        await running_now


async def _owning(consumer: Consumer, partitions: int) -> None:
    until = time.monotonic() + OWNED_WITHIN
    while True:
        if len(consumer.offsets) == partitions:
            return
        assert time.monotonic() < until, consumer.offsets
        await asyncio.sleep(0.05)


async def send(engines: Engines, given: list[Message]) -> None:
    producer = AIOKafkaProducer(**producer_options(engines.bootstrap, engines.idempotent))
    await producer.start()
    try:
        sent = [await producer.send(topic, value, key=key, headers=headers) for topic, value, key, headers in given]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def states(client: Redis) -> dict[str, list[State]]:
    reader = StateReader(client)
    partitions = {feed: contract.partitions for feed, contract in hai_duong().feeds.items()}
    return {feed: [(await reader.snapshot(feed, at)).state for at in range(n)] for feed, n in partitions.items()}


async def settled(client: Redis, wanted: Counter[str]) -> dict[str, list[State]]:
    """What Redis holds once every event has its outcome, or when the time is over (the comparison then tells)."""
    until = time.monotonic() + WITHIN
    while True:
        held = await states(client)
        if all(sum(totals(held[feed]).values()) >= wanted[feed] for feed in FEEDS) or time.monotonic() > until:
            return held
        await asyncio.sleep(0.3)


def totals(found: list[State]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for state in found:
        for field, value in state["pulse"].items():
            if field.startswith("total:"):
                counted[field.removeprefix("total:")] += msgspec.msgpack.decode(value)
    return counted


def reasons(found: list[State]) -> Counter[tuple[str, str]]:
    """From the quality cells: how often each outcome and reason; one taken in untidy was taken in."""
    counted: Counter[tuple[str, str]] = Counter()
    for state in found:
        for suffix, fields in state.items():
            if suffix.startswith("quality:"):
                for field, value in fields.items():
                    _, outcome, reason, *_ = field.split(SEPARATOR)
                    counted[outcome, "" if reason == UNTIDY else reason] += msgspec.msgpack.decode(value)
    return counted


def expected(feed: str) -> Counter[tuple[str, str]]:
    counted: Counter[tuple[str, str]] = Counter()
    for case in CASES:
        if case.feed == feed:
            counted[case.outcome, case.reason] += case.sent.times
            counted["accepted", ""] += 2
            counted += before(case)
    return counted


def before(case: Case) -> Counter[tuple[str, str]]:
    """What is sent before a case is good, but for the event that its case mends."""
    if case.kind == "refused before":
        return Counter({("rejected", "schema"): 1})
    if case.kind == "heartbeat twice":
        return Counter({("heartbeat", ""): 1})
    return Counter({("accepted", ""): len(case.sent.before)})


async def letters(bootstrap: str, feed: str, count: int) -> list[Any]:
    """The dead letters in the topic, each once."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    found: dict[bytes, Any] = {}
    try:
        place = TopicPartition(f"ioc.{feed}.dlq", 0)
        consumer.assign([place])
        until = time.monotonic() + 15
        while len(found) < count and time.monotonic() < until:
            for record in (await consumer.getmany(place, timeout_ms=300)).get(place, []):
                found[record.key] = record
    finally:
        with suppress(TimeoutError):
            await asyncio.wait_for(consumer.stop(), 10)
    return list(found.values())


async def test_every_case_through_its_topic(matrix: Engines) -> None:
    client = connect(matrix.redis_url)
    try:
        await write_clock(client, STANDING)
        await create_topics(matrix.bootstrap, hai_duong().feeds.values())
        given = [message for case in CASES for message in messages(case)]
        sent = Counter(topic.removeprefix("ioc.") for topic, *_ in given)
        async with consuming(matrix, client):
            await send(matrix, given)
            held = await settled(client, sent)
        for feed in FEEDS:
            await _compare(matrix, feed, held[feed])
    finally:
        await client.aclose()


async def _compare(engines: Engines, feed: str, found: list[State]) -> None:
    wanted = expected(feed)
    assert reasons(found) == wanted, feed
    by_outcome: Counter[str] = Counter()
    for (outcome, _), count in wanted.items():
        by_outcome[outcome] += count
    assert totals(found) == by_outcome, feed
    entities = {key: value for state in found for key, value in state["entities"].items()}
    _compare_neighbours(feed, entities)
    refused = Counter({key: count for key, count in wanted.items() if key[0] in ("quarantined", "rejected")})
    kept = await letters(engines.bootstrap, feed, refused.total())
    named = [dict(record.headers) for record in kept]
    assert Counter((head["outcome"].decode(), head["reason"].decode()) for head in named) == refused, feed
    raws = Counter(case.sent.value for case in CASES if case.feed == feed and case.reason)
    raws += Counter(case.sent.before[0] for case in CASES if case.feed == feed and case.kind == "refused before")
    assert Counter(record.value for record in kept) == raws, feed


def _compare_neighbours(feed: str, entities: dict[str, bytes]) -> None:
    for case in CASES:
        if case.feed != feed or feed == "digital_identity":
            continue
        for number in (NEIGHBOUR + 2 * case.number, NEIGHBOUR + 2 * case.number + 1):
            key = name(feed, number)
            key = {"station_reading": f"{key}/muc_nuoc", "indicator": f"{key}//2025-02"}.get(feed, key)
            state = msgspec.msgpack.decode(entities[key], type=EntityState)
            assert state.at == NOON - 300, (case.kind, key)
