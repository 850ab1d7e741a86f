"""Every engine of the matrix starts, serves, falls and comes back on its port with what it promises to keep."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from ioc.store.connect import connect
from tests.engines import LOGS, STATES, running

pytestmark = pytest.mark.engines
PLACE = TopicPartition("kept", 0)


async def fill(bootstrap: str, count: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(PLACE.topic, 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        for number in range(count):
            await producer.send_and_wait(PLACE.topic, str(number).encode(), partition=0)


async def kept(bootstrap: str, count: int) -> list[int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    consumer.assign([PLACE])
    found: list[int] = []
    while len(found) < count:
        batch = await consumer.getmany(timeout_ms=5_000)
        if not batch:
            break
        found += [int(record.value) for record in batch[PLACE]]
    await consumer.stop()
    return found


@pytest.mark.parametrize("log", LOGS)
async def test_an_event_log_serves_and_comes_back(log: str, tmp_path: Path) -> None:
    with running(tmp_path, "kafka", log=log) as engines:
        await fill(engines.bootstrap, 100)
        assert await kept(engines.bootstrap, 100) == list(range(100))
        if log == "apache":
            for fall in (engines.kill, engines.end):
                await asyncio.to_thread(fall, "kafka")
                await asyncio.to_thread(engines.start, "kafka")
                assert await kept(engines.bootstrap, 100) == list(range(100))


@pytest.mark.parametrize("state", STATES)
async def test_a_live_state_serves_and_comes_back(state: str, tmp_path: Path) -> None:
    with running(tmp_path, "valkey", state=state) as engines:
        for fall in (engines.kill, engines.end):
            client = connect(engines.redis_url)
            await client.incrby("kept", 100)
            await client.aclose()
            fall("valkey")
            engines.start("valkey")
        client = connect(engines.redis_url)
        assert await client.get("kept") == b"200"
        await client.aclose()
