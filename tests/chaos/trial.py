"""One trial: a load of known truth through real engines while they fall, then Redis compared with the truth."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from ioc.core.cell import Cell, OpenCell, parse_address
from ioc.core.entity import EntityState
from ioc.core.profile import Profile
from ioc.store import keys
from ioc.store.connect import UNREACHABLE, RedisError, connect
from ioc.store.reader import State, StateReader
from streams.kafka import PacedProducer, producer_options
from streams.topics import create_topics
from tests.chaos.load import Load
from tests.conftest import hai_duong

FEEDS = ("citizen_report", "station_reading")
SETTLE_WITHIN = 90.0
LOOK_EVERY = 0.1
STILL = 1.0  # what is counted too often may come late


class Trial:
    """The load of one test and what becomes of it."""

    def __init__(self, bootstrap: str, redis_url: str, seed: int, rate: int, idempotent: bool = True) -> None:
        self.profile: Profile = hai_duong()
        self.load = _load(self.profile, seed)
        self.bootstrap, self.redis_url, self.rate, self.idempotent = bootstrap, redis_url, rate, idempotent
        self.acknowledged: Counter[tuple[str, int]] = Counter()  # topic and partition → offset behind the newest
        self.refused: list[BaseException] = []

    async def create_topics(self) -> None:
        await create_topics(self.bootstrap, [self.profile.feeds[feed] for feed in FEEDS])

    async def produce(self, seconds: float) -> None:
        """Events at the rate, whatever falls meanwhile; returns when all are acknowledged."""
        async with PacedProducer(**producer_options(self.bootstrap, self.idempotent)) as producer:
            began = time.monotonic()
            for number in range(int(self.rate * seconds)):
                now = datetime.now(UTC)
                message = self.load.next(now)
                sent = await producer.send(
                    f"ioc.{message.feed}", message.value, key=message.key.encode(),
                    timestamp_ms=int(now.timestamp() * 1000),
                )  # fmt: skip
                sent.add_done_callback(self._acknowledge)
                ahead = number / self.rate - (time.monotonic() - began)
                if ahead > 0.005:
                    await asyncio.sleep(ahead)
            await producer.flush()
        assert not self.refused

    def _acknowledge(self, sent: asyncio.Future[Any]) -> None:
        if error := sent.exception():
            self.refused.append(error)
            return
        place = sent.result()
        known = self.acknowledged[place.topic, place.partition]
        self.acknowledged[place.topic, place.partition] = max(known, place.offset + 1)

    async def written(self) -> Counter[tuple[str, int]]:
        """The next offset of every partition in Redis; nothing while it can't be asked."""
        client = connect(self.redis_url)
        found: Counter[tuple[str, int]] = Counter()
        try:
            for feed in FEEDS:
                for partition in range(self.profile.feeds[feed].partitions):
                    held: Any = await client.hget(keys.meta(feed, partition), f"offset:{keys.FIRST_GENERATION}")
                    found[f"ioc.{feed}", partition] = int(held or 0)
            return found
        except (RedisError, *UNREACHABLE):
            return Counter()
        finally:
            await client.aclose()

    async def recovered(self) -> float:
        """Seconds until everything acknowledged before this call is written."""
        wanted, began = self.acknowledged.copy(), time.monotonic()
        while True:
            behind = wanted - await self.written()
            if not behind:
                return time.monotonic() - began
            assert time.monotonic() - began < SETTLE_WITHIN, f"not written after {SETTLE_WITHIN} s: {behind}"
            await asyncio.sleep(LOOK_EVERY)

    async def settled(self) -> dict[str, list[State]]:
        """What Redis holds once everything is written and nothing changes any more."""
        await self.recovered()
        await asyncio.sleep(STILL)
        client = connect(self.redis_url)
        try:
            reader = StateReader(client)
            return {
                feed: [(await reader.snapshot(feed, at)).state for at in range(self.profile.feeds[feed].partitions)]
                for feed in FEEDS
            }
        finally:
            await client.aclose()

    async def check(self) -> dict[str, list[State]]:
        """Every cell, entity, open count and outcome equals the truth; no dead letter is missing."""
        held = await self.settled()
        for feed in FEEDS:
            self._compare(feed, held[feed])
            await self._compare_letters(feed)
        found = [msgspec.msgpack.decode(value, type=OpenCell)
                 for state in held["citizen_report"] for value in state["open"].values()]  # fmt: skip
        assert sum(cell.count for cell in found) == self.load.truth.open_reports()
        return held

    def _compare(self, feed: str, states: list[State]) -> None:
        truth = self.load.truth
        assert outcomes(states) == truth.outcomes[feed], feed
        assert _minutes(self.profile, feed, states) == truth.minutes[feed], feed
        entities = _entities(states)
        assert entities.keys() == truth.states[feed].keys(), feed
        for entity, (at, status) in truth.states[feed].items():
            assert entities[entity].at == pytest.approx(at, abs=1e-3), entity
            known = entities[entity].status if feed == "citizen_report" else entities[entity].kept["value"]
            assert known == status, entity

    async def _compare_letters(self, feed: str) -> None:
        """At least once each; the key tells a repeated one."""
        counted = self.load.truth.outcomes[feed]
        refused = counted["rejected"] + counted["quarantined"]
        if refused:
            assert len(await letters(self.bootstrap, feed, refused)) == refused, feed


def _load(profile: Profile, seed: int) -> Load:
    sources = {feed: profile.feeds[feed].source[0] for feed in FEEDS}
    areas = [code for code, area in profile.current_areas().items() if area.level == 1]
    rivers = [station.id for station in profile.stations.values() if "muc_nuoc" in station.metrics]
    return Load(seed, sorted(areas), sorted(rivers), sources)


async def letters(bootstrap: str, feed: str, count: int, within: float = 10.0) -> set[bytes]:
    """Keys of the dead letters in the topic, once there are as many."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    found: set[bytes] = set()
    try:
        place = TopicPartition(f"ioc.{feed}.dlq", 0)
        consumer.assign([place])
        until = time.monotonic() + within
        while len(found) < count and time.monotonic() < until:
            found |= {record.key for record in (await consumer.getmany(place, timeout_ms=300)).get(place, [])}
        return found
    finally:
        await consumer.stop()


def outcomes(states: list[State]) -> Counter[str]:
    """How often each outcome, from the pulses; without those that never came."""
    found: Counter[str] = Counter()
    for state in states:
        for field, value in state["pulse"].items():
            if field.startswith("total:"):
                found[field.removeprefix("total:")] += int(msgspec.msgpack.decode(value))
    return +found


def _minutes(profile: Profile, feed: str, states: list[State]) -> Counter[tuple[int, str]]:
    area = profile.feeds[feed].dimensions.index("area")
    found: Counter[tuple[int, str]] = Counter()
    for state in states:
        for suffix, cells in state.items():
            if suffix.startswith("cells:"):
                for address, value in cells.items():
                    minute, values = parse_address(address)
                    found[minute, values[area]] += msgspec.msgpack.decode(value, type=Cell).count
    return found


def _entities(states: list[State]) -> dict[str, EntityState]:
    return {
        entity: msgspec.msgpack.decode(value, type=EntityState)
        for state in states
        for entity, value in state["entities"].items()
    }
