"""How the parts reach Kafka: one place for what every client shares."""

from __future__ import annotations

from typing import Any

GROUP = "ioc"
SESSION_MS = 10_000


def producer_options(bootstrap: str) -> dict[str, Any]:
    """Options of an idempotent producer: every acknowledged record is in the log once, in order."""
    return {
        "bootstrap_servers": bootstrap,
        "acks": "all",
        "enable_idempotence": True,
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
        "fetch_max_wait_ms": 100,
        "metadata_max_age_ms": 30_000,
    }
