"""Refused records go to ``ioc.<feed>.dlq`` with their original bytes, before the batch that counts them is written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer

from streams.fold import Refused
from streams.kafka import producer_options


class DeadLetterSender:
    """Sends dead letters. After a crash one may come twice; its key tells."""

    def __init__(self, bootstrap: str, idempotent: bool = True) -> None:
        self._options = producer_options(bootstrap, idempotent)
        self._producer: Any = None

    async def start(self) -> None:
        self._producer = AIOKafkaProducer(**self._options)
        await self._producer.start()

    async def stop(self) -> None:
        await self._producer.stop()

    async def send(self, feed: str, partition: int, refused: Sequence[Refused]) -> None:
        """Send a batch's letters and wait until they are acknowledged.

        Key ``topic-partition-offset``; headers ``reason``, ``outcome``, ``detail``, ``source`` (UTF-8), ``received``
        (POSIX seconds). The record's own time is real: one of an exercise would be older than the log keeps.
        """
        futures = []
        for one in refused:
            refusal = one.refusal
            named = {
                "reason": refusal.reason, "outcome": refusal.outcome, "detail": refusal.detail,
                "source": refusal.source, "received": f"{one.received:.3f}",
            }  # fmt: skip
            headers = [(name, text.encode("utf-8", "replace")) for name, text in named.items()]
            key = f"ioc.{feed}-{partition}-{one.offset}".encode()
            futures.append(await self._producer.send(f"ioc.{feed}.dlq", one.raw, key=key, headers=headers))
        await asyncio.gather(*futures)
