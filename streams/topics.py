"""The topics of a profile: one for each feed, and one for its dead letters."""

from __future__ import annotations

from collections.abc import Iterable

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError

from ioc.core.contract import FeedContract

# The embedded event log writes its whole content at each save, so it has to stay small.
EMBEDDED_BYTES = 12 * 1024 * 1024
# By record time: a record that is sent with an older one is deleted at once.
RETENTION_MS = 7 * 24 * 3600 * 1000


def wanted(contracts: Iterable[FeedContract], retention_bytes: int, retention_ms: int) -> list[NewTopic]:
    """Topics of these feeds. ``retention_bytes`` is a partition's; -1 is no limit."""
    kept = {"retention.bytes": str(retention_bytes), "retention.ms": str(retention_ms)}
    found = []
    for contract in contracts:
        found.append(NewTopic(contract.topic, contract.partitions, 1, topic_configs=kept))
        found.append(NewTopic(contract.dead_letter_topic, 1, 1, topic_configs=kept))
    return found


async def create_topics(
    bootstrap: str,
    contracts: Iterable[FeedContract],
    retention_bytes: int = EMBEDDED_BYTES,
    retention_ms: int = RETENTION_MS,
) -> list[str]:
    """Create the topics that are missing; returns their names. Others stay as they are."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        there = set(await admin.list_topics())
        missing = [topic for topic in wanted(contracts, retention_bytes, retention_ms) if topic.name not in there]
        if missing:
            await _create(admin, missing)
        return [topic.name for topic in missing]
    finally:
        await admin.close()


async def _create(admin: AIOKafkaAdminClient, missing: list[NewTopic]) -> None:
    try:
        await admin.create_topics(missing)
    except TopicAlreadyExistsError:
        return  # another process was faster
