"""One feed on real engines, and what its log says about its state, read without the product."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from ioc.core.contract import FeedContract
from ioc.core.entity import LogAlarm, decoded
from ioc.core.event import Compiled
from ioc.store.connect import Redis
from ioc.store.reader import State, StateReader
from streams.consumer import Consumer
from streams.producer import EventSender
from tests.conftest import hai_duong
from tests.engines import Engines
from tests.streams.records import dossier, reading
from tests.streams.truth import Truth, differences

LOOKS = 60  # a few times a second


def contract(feed: str, **changed: Any) -> FeedContract:
    return msgspec.structs.replace(hai_duong().feeds[feed], **changed)


@asynccontextmanager
async def consuming(engines: Engines, client: Redis, declared: FeedContract, **more: Any) -> AsyncIterator[Consumer]:
    feeds = {declared.feed: Compiled(declared, hai_duong())}
    consumer = Consumer(engines.bootstrap, client, feeds, "consume-1", **more)
    task = asyncio.create_task(consumer.run())
    try:
        yield consumer
    finally:
        consumer.stop()
        await task


async def send(engines: Engines, feed: str, first: int, count: int) -> None:
    """Events of some thirty entities, one in twenty broken, one in ten twice."""
    now = int(time.time())
    async with EventSender(engines.bootstrap) as sender:
        for number in range(first, first + count):
            name = f"H-{number % 31}"
            raw = dossier(number, now - 600 + number, None, "DANG_XU_LY", name) if feed == "dossier" else reading(
                number, now - 600 + number, number / 8, station_id=name
            )  # fmt: skip
            await sender.send(feed, name, b"{" if number % 20 == 7 else raw)
            if number % 10 == 3:
                await sender.send(feed, name, raw)
        await sender.flush()


async def logged(engines: Engines, declared: FeedContract, partition: int) -> list[Any]:
    """What the log holds of a partition, read without the product."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=engines.bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        place = TopicPartition(declared.topic, partition)
        consumer.assign([place])
        end = (await consumer.end_offsets([place]))[place]
        found: list[Any] = []
        while len(found) < end:
            found += (await consumer.getmany(place, timeout_ms=300)).get(place, [])
        return found
    finally:
        await consumer.stop()


async def wrong(engines: Engines, client: Redis, declared: FeedContract) -> list[str]:
    """Where the state differs from the log."""
    found = []
    profile = msgspec.structs.replace(hai_duong(), feeds={declared.feed: declared})
    for partition in range(declared.partitions):
        truth = Truth(profile, declared.feed)
        for record in await logged(engines, declared, partition):
            reason = "rejected:not_json" if record.value == b"{" else None
            truth.add(record.value, record.timestamp / 1000, refused=reason)
        found += differences(truth, [await state(client, declared.feed, partition)])
    return found


async def state(client: Redis, feed: str, partition: int) -> State:
    return (await StateReader(client).snapshot(feed, partition)).state


async def alarm(client: Redis, feed: str, partition: int) -> LogAlarm | None:
    pulse = (await state(client, feed, partition))["pulse"]
    return decoded("alarm", pulse["alarm"]) if "alarm" in pulse else None


async def until_right(engines: Engines, client: Redis, declared: FeedContract) -> None:
    """The state is what the log says, within a while."""
    for _ in range(LOOKS):
        if not (found := await wrong(engines, client, declared)):
            return
        await asyncio.sleep(0.3)
    pytest.fail("\n".join(found))
