"""Giving fetched records to the session that owns their partition, with every gap of the log noticed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import CorruptRecordException

from ioc.core.entity import LogFault
from ioc.core.errors import OffsetError
from streams.kafka import PacedConsumer, consumer_options
from streams.session import Session

LOG = logging.getLogger(__name__)
MOST_BYTES = 4 * 1024 * 1024  # of a batch
PROBE_MS = 2_000
MOST_PROBED = 5_000


async def follow(
    consumer: Any, place: TopicPartition, session: Session, records: Sequence[Any], now: Callable[[], float]
) -> bool:
    """Fold and write what was fetched; False when the consumer had to go back to where the session stands.

    Raises what the session raises, and OffsetError for records from before.
    """
    first = records[0].offset
    if first != session.expected and session.sought != session.expected:
        session.sought = session.expected
        consumer.seek(place, session.expected)
        return False
    if first < session.expected:
        raise OffsetError(session.expected)
    if first > session.expected:
        # Fetched at the expected offset, and the log answers with a later one: it holds nothing in between.
        LOG.error("%s: the log has no records %s..%s", place, session.expected, first - 1)
        await session.settled()
        await session.jump(first, now(), first, records[-1].offset + 1, "hole")
    highwater = consumer.highwater(place) or 0
    for piece in pieces(records):
        await session.take(piece, highwater, now)
    session.sought = -1
    return True


async def end_of_log(consumer: Any, place: TopicPartition, stored: int) -> int:
    """Where the log ends. That it lost what is stored is believed only when a fetch says so too.

    Some brokers tell an end that lies before their newest records; the answer to a fetch tells the true one.
    """
    told: int = (await consumer.end_offsets([place]))[place]
    if stored <= told:
        return told
    consumer.seek(place, told)
    with suppress(CorruptRecordException):  # it comes again when the partition is read
        await consumer.getmany(place, timeout_ms=PROBE_MS, max_records=1)
    return max(told, consumer.highwater(place) or 0)


async def stay_in_log(place: TopicPartition, session: Session, begin: int, end: int, now: Callable[[], float]) -> None:
    """Bring a session whose stored offset lies outside the log ``begin``..``end`` back into it, with an alarm."""
    stored = session.expected
    start = resume_at(stored, begin, end, len(session.state.seen.known))
    if start == stored:
        return
    LOG.error("%s: stored offset %s is outside the log %s..%s; it goes on at %s", place, stored, begin, end, start)
    why: LogFault = "head_lost" if stored < begin else "tail_lost"
    await session.jump(start, now(), begin, end, why)


def resume_at(stored: int, begin: int, end: int, remembered: int) -> int:
    """Where to go on when the stored offset may be outside the log ``begin``..``end``.

    Records before ``begin`` are gone: go on at the earliest. A log that ends before ``stored`` lost its tail, or was
    begun anew: go on at the earliest as well, but not further back than the remembered ids can tell what was counted.
    """
    if stored < begin:
        return begin
    if stored <= end:
        return stored
    return max(begin, end - max(0, remembered - (stored - end)))


async def over_corrupt(
    consumer: Any, bootstrap: str, place: TopicPartition, session: Session, now: Callable[[], float]
) -> None:
    """Bring a session over a batch whose checksum is wrong: what stands before it in the same answer is kept.

    Raises what the session raises.
    """
    await session.settled()
    consumer.seek(place, session.expected)
    readable = await _up_to_corrupt(consumer, place)
    if readable:
        await follow(consumer, place, session, readable, now)
        return
    end = (await consumer.end_offsets([place]))[place]
    start = await _behind_corrupt(bootstrap, place, session.expected, end)
    LOG.error("%s: records %s..%s are corrupt and skipped", place, session.expected, start - 1)
    await session.jump(start, now(), session.expected, end, "corrupt")
    consumer.seek(place, start)


async def _up_to_corrupt(consumer: Any, place: TopicPartition) -> list[Any]:
    """The records before the corrupt batch, one by one: fetched together they would be lost with its error."""
    found: list[Any] = []
    while len(found) < MOST_PROBED:
        try:
            more = (await consumer.getmany(place, timeout_ms=PROBE_MS, max_records=1)).get(place, [])
        except CorruptRecordException:
            break
        if not more:
            break
        found += more
    return found


async def _behind_corrupt(bootstrap: str, place: TopicPartition, at: int, end: int) -> int:
    """The first offset after ``at`` that can be read again, ``end`` when there is none.

    A fetch from anywhere within a batch brings the whole batch, so that "is corrupt" holds up to the batch's end: it is
    found by doubling steps and then by halving.
    """
    options = consumer_options(bootstrap, "probe") | {"group_id": None, "group_instance_id": None}
    consumer = PacedConsumer(**options)
    await consumer.start()
    try:
        consumer.assign([place])
        bad, step = at, 1
        while bad + step < end and await _corrupt(consumer, place, bad + step):
            bad, step = bad + step, 2 * step
        good = min(bad + step, end)
        while good - bad > 1:
            middle = (bad + good) // 2
            if await _corrupt(consumer, place, middle):
                bad = middle
            else:
                good = middle
        return good
    finally:
        await consumer.stop()


async def _corrupt(consumer: Any, place: TopicPartition, offset: int) -> bool:
    consumer.seek(place, offset)
    try:
        await consumer.getmany(timeout_ms=PROBE_MS, max_records=1)
    except CorruptRecordException:
        return True
    return False


def pieces(records: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The records in batches of bounded bytes."""
    start = size = 0
    for index, record in enumerate(records):
        size += len(record.value or b"")
        if size > MOST_BYTES and index > start:
            yield records[start:index]
            start, size = index, len(record.value or b"")
    yield records[start:]
