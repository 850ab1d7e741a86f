"""Refused records go to ``ioc.<feed>.dlq`` with their original bytes, before the batch that counts them is written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from ioc.core.deadletter import REPLAY_OF
from ioc.core.event import LARGEST
from streams.fold import Refused
from streams.kafka import PacedProducer, producer_options

# With its headers a letter is larger than its record, and Kafka takes 1 MiB. What is longer than an event may be is
# refused whatever else it holds: the beginning tells why, and nothing can be lost by a replay.
LONGEST = 1_000_000
LONGEST_KEY = 16_384
LONGEST_ID = 300


class DeadLetterSender:
    """Sends dead letters. After a crash one may come twice; its key tells."""

    def __init__(self, bootstrap: str, idempotent: bool = True) -> None:
        self._options = producer_options(bootstrap, idempotent)
        self._producer: Any = None

    async def start(self) -> None:
        self._producer = PacedProducer(**self._options)
        await self._producer.start()

    async def stop(self) -> None:
        await self._producer.stop()

    async def send(self, feed: str, partition: int, refused: Sequence[Refused]) -> None:
        """Send a batch's letters and wait until they are acknowledged.

        Key ``topic-partition-offset``; headers as :func:`headers` makes them. The record's own time is real: one of an
        exercise would be older than the log keeps.
        """
        futures = []
        for one in refused:
            raw = one.raw
            if raw is not None and len(raw) > LONGEST:
                raw = raw[:LARGEST]
            key = f"ioc.{feed}-{partition}-{one.offset}".encode()
            futures.append(await self._producer.send(f"ioc.{feed}.dlq", raw, key=key, headers=headers(one)))
        await asyncio.gather(*futures)


def headers(refused: Refused) -> list[tuple[str, bytes]]:
    """``reason``, ``outcome``, ``detail``, ``source``, ``event-id``, ``organisation``, ``area`` (UTF-8), ``received``
    (POSIX seconds), ``size`` (bytes of the record); ``key`` and ``replay-of`` where the record had them."""
    refusal = refused.refusal
    who = refusal.plan.who if refusal.plan else None
    named = {
        "reason": refusal.reason, "outcome": refusal.outcome, "detail": refusal.detail,
        "source": refusal.source, "event-id": refusal.event_id, "received": f"{refused.received:.3f}",
        "organisation": who.organisation if who else "", "area": who.area if who else "",
        "size": str(len(refused.raw or b"")),
    }  # fmt: skip
    found = [(name, text.encode("utf-8", "replace")) for name, text in named.items()]
    if refused.key is not None:
        found.append(("key", refused.key[:LONGEST_KEY]))
    if refused.replay_of:
        found.append((REPLAY_OF, refused.replay_of[:LONGEST_ID]))
    return found
