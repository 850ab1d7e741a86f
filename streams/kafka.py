"""How the parts reach Kafka: one place for what every client shares."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.protocol.fetch import FetchRequest

GROUP = "ioc"
SESSION_MS = 10_000
WAIT_MS = 100  # how long Kafka may wait for records before it answers a fetch with none
PAUSE = 0.01
RETRY = 0.1


def producer_options(bootstrap: str, idempotent: bool = True) -> dict[str, Any]:
    """Options of an idempotent producer: every acknowledged record is in the log once, in order.

    Some brokers know no producer ids: with ``idempotent`` off a record whose acknowledgement was lost comes twice.
    """
    return {
        "bootstrap_servers": bootstrap,
        "acks": "all",
        "enable_idempotence": idempotent,
        "linger_ms": 10,
        "max_batch_size": 262_144,
        "max_request_size": 4_194_304,
    }


def consumer_options(bootstrap: str, consumer_id: str) -> dict[str, Any]:
    """Options of a member of the group.

    ``consumer_id`` makes the member static: after a crash it takes its partitions back at once. Offsets live in Redis;
    Kafka's own are never read, and a partition without a stored offset is never jumped over silently.
    """
    return {
        "bootstrap_servers": bootstrap,
        "group_id": GROUP,
        "group_instance_id": consumer_id,
        "client_id": consumer_id,
        "enable_auto_commit": False,
        "auto_offset_reset": "none",
        "session_timeout_ms": SESSION_MS,
        "heartbeat_interval_ms": 2_000,
        "fetch_max_bytes": 16_777_216,
        "max_partition_fetch_bytes": 4_194_304,
        "fetch_max_wait_ms": WAIT_MS,
        "metadata_max_age_ms": 30_000,
    }


class PacedConsumer(AIOKafkaConsumer):  # type: ignore[misc]
    """A consumer that doesn't ask a listener thousands of times a second.

    Kafka holds a fetch back until there are records or ``fetch_max_wait_ms`` is over. The embedded listener answers at
    once, and aiokafka asks again at once. An empty answer that came too early is given on after a pause.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._send = self._client.send
        self._client.send = self._paced

    async def _paced(self, node_id: int, request: Any, **more: Any) -> Any:
        asked = time.monotonic()
        response = await self._send(node_id, request, **more)
        early = time.monotonic() - asked < WAIT_MS / 2000
        if early and isinstance(request, FetchRequest) and _is_empty(response):
            await asyncio.sleep(PAUSE)
        return response


class PacedProducer(AIOKafkaProducer):  # type: ignore[misc]
    """A producer that doesn't look for its broker thousands of times a second while none is there.

    A partition without a leader makes aiokafka ask for the cluster's metadata again and again. An attempt that found
    nobody is given on after a pause.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._update = self.client._metadata_update
        self.client._metadata_update = self._paced

    async def _paced(self, *given: Any) -> bool:
        found: bool = await self._update(*given)
        if not found:
            await asyncio.sleep(RETRY)
        return found


def _is_empty(response: Any) -> bool:
    """Whether a fetch brought neither records nor errors."""
    return not any(part[1] or part[-1] for _, partitions in response.topics for part in partitions)
