"""What the web process hands to Kafka is in the log when the call returns, or there is an error."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from ioc.core.errors import EngineError
from streams import delivery as delivery_module
from streams.delivery import Delivery
from streams.topics import create_topics
from tests.conftest import hai_duong
from tests.engines import running


async def _read(bootstrap: str, topic: str, count: int) -> list[tuple[bytes | None, bytes | None, object]]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or {0})]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        found: list[tuple[bytes | None, bytes | None, object]] = []
        until = time.monotonic() + 10
        while len(found) < count and time.monotonic() < until:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += [(record.key, record.value, record.headers) for record in records]
        return found
    finally:
        await consumer.stop()


@pytest.mark.engines
async def test_records_with_headers_and_a_broker_that_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_module, "WITHIN", 1.5)
    contract = hai_duong().feeds["task"]
    with running(tmp_path, "kafka") as engines:
        await create_topics(engines.bootstrap, [contract])
        delivery = Delivery(engines.bootstrap)
        await delivery.deliver("task", [("a", b"1"), (b"a", None)], [[("replay-of", b"x")], []])
        found = await _read(engines.bootstrap, contract.topic, 2)
        os.kill(engines.processes["kafka"].pid, signal.SIGSTOP)
        with pytest.raises(EngineError, match="send"):
            await delivery.deliver("task", [("a", b"2")])
        os.kill(engines.processes["kafka"].pid, signal.SIGCONT)
        await _until_delivered(delivery, [("a", b"3")])
        later = await _read(engines.bootstrap, contract.topic, 4)
        await delivery.stop()
    assert sorted(found, key=str) == [(b"a", None, ()), (b"a", b"1", (("replay-of", b"x"),))]
    assert [value for _, value, _ in later] == [b"1", None, b"2", b"3"]  # what hung is written once


async def _until_delivered(delivery: Delivery, records: Sequence[tuple[str, bytes]]) -> None:
    for left in reversed(range(5)):
        try:
            await delivery.deliver("task", records)
            return
        except EngineError:
            if not left:
                raise


async def test_nobody_there() -> None:
    with pytest.raises(EngineError, match="KAFKA_BOOTSTRAP_SERVERS"):
        await Delivery("").deliver("task", [("a", b"1")])
    nobody = Delivery("127.0.0.1:9")
    assert nobody.possible
    with pytest.raises(EngineError, match="can't be reached"):
        await nobody.deliver("task", [("a", b"1")])
    await nobody.stop()
