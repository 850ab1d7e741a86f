"""How often a listener that doesn't hold fetches back is asked."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiokafka import TopicPartition

from streams.kafka import PAUSE, PacedConsumer, consumer_options
from streams.topics import create_topics
from tests.conftest import hai_duong
from tests.engines import running


@pytest.mark.engines
def test_an_idle_consumer_asks_no_more_than_once_a_pause(tmp_path: Path) -> None:
    contract = hai_duong().feeds["task"]

    async def fetches(bootstrap: str, seconds: float) -> int:
        await create_topics(bootstrap, [contract])
        options = consumer_options(bootstrap, "idle") | {"group_id": None, "group_instance_id": None}
        consumer = PacedConsumer(**options)
        await consumer.start()
        place = TopicPartition(contract.topic, 0)
        consumer.assign([place])
        consumer.seek(place, 0)
        answered = 0
        send = consumer._send

        async def counted(node: int, request: object, **more: object) -> object:
            nonlocal answered
            answered += 1
            return await send(node, request, **more)

        consumer._send = counted
        await consumer.getmany(timeout_ms=int(seconds * 1000))
        await consumer.stop()
        return answered

    with running(tmp_path, "kafka") as engines:
        assert 1 <= asyncio.run(fetches(engines.bootstrap, 1.0)) <= 1.0 / PAUSE + 10
