"""Refused events through real engines: kept once whatever falls, and replayed once however often it is asked."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ioc.core.deadletter import REFUSED_AGAIN, REPLAYED, REPLAYING, WAITING
from ioc.core.errors import EngineError
from ioc.core.event import Compiled
from ioc.core.profile import Profile
from ioc.live.workbench import Workbench, complete
from ioc.records.database import default_url
from ioc.records.dead_letters import DeadLetters, Filter, LateDeadLetters, connect
from ioc.store.connect import Redis
from ioc.store.connect import connect as connect_redis
from ioc.store.reader import StateReader
from streams.consumer import Consumer
from streams.delivery import Delivery
from streams.keeper import Keeper
from streams.topics import create_topics
from tests.centre import Centre
from tests.conftest import hai_duong
from tests.corpus.good import event
from tests.engines import Engines

pytestmark = pytest.mark.engines
FEED = "citizen_report"
WITHIN = 30.0
ALL = Filter(feed=FEED)


def _profile(sources: list[str] | None = None) -> Profile:
    """The province, where the feed takes events of these sources only."""
    contract = hai_duong().feeds[FEED]
    contract = msgspec.structs.replace(contract, source=contract.source if sources is None else sources)
    return msgspec.structs.replace(hai_duong(), feeds={**hai_duong().feeds, FEED: contract})


@asynccontextmanager
async def consuming(engines: Engines, client: Redis, profile: Profile) -> AsyncIterator[None]:
    consumer = Consumer(engines.bootstrap, client, {FEED: Compiled(profile.feeds[FEED], profile)}, "consume-1")
    task = asyncio.create_task(consumer.run())
    try:
        yield
    finally:
        consumer.stop()
        await task


@asynccontextmanager
async def keeping(engines: Engines, kept: DeadLetters, delivery: Delivery) -> AsyncIterator[None]:
    keeper = Keeper(engines.bootstrap, kept, delivery, lambda: [FEED])
    task = asyncio.create_task(keeper.run())
    try:
        yield
    finally:
        keeper.stop()
        await task


async def _until(look: Callable[[], Awaitable[Any]], wanted: Any) -> None:
    end = time.monotonic() + WITHIN
    while (found := await look()) != wanted:
        assert time.monotonic() < end, f"{found} instead of {wanted}"
        await asyncio.sleep(0.1)


def _events(now: float) -> list[tuple[str, bytes]]:
    """Fourteen events: twelve good ones, one with latitude and longitude swapped, one without its title."""
    made = []
    for number in range(14):
        document = json.loads(event(FEED, number))
        document["time"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 60))
        del document["data"]["due_at"]
        if number == 12:
            document["data"]["lat"], document["data"]["lon"] = document["data"]["lon"], document["data"]["lat"]
        if number == 13:
            del document["data"]["title"]
        made.append((document.get("subject") or document["data"]["report_id"], json.dumps(document).encode()))
    return made


async def test_replayed_once_however_often_it_is_asked(engines: Engines, tmp_path: Path) -> None:
    client, delivery = connect_redis(engines.redis_url), Delivery(engines.bootstrap)
    letters = LateDeadLetters(default_url(str(tmp_path)))
    bench = Workbench(_profile, time.time, letters, delivery)
    kept = await letters.opened()
    reader = StateReader(client)

    async def counted() -> dict[str, int]:
        found: Counter[str] = Counter()
        for partition in range(hai_duong().feeds[FEED].partitions):
            for field, value in (await reader.snapshot(FEED, partition)).state["pulse"].items():
                if field.startswith("total:"):
                    found[field.removeprefix("total:")] += msgspec.msgpack.decode(value)
        return dict(found)

    async def states() -> dict[str, int]:
        return (await kept.counts(ALL)).states

    await create_topics(engines.bootstrap, [hai_duong().feeds[FEED]])
    async with keeping(engines, kept, delivery):
        async with consuming(engines, client, _profile(["urn:vn:other"])):
            await delivery.deliver(FEED, _events(time.time()))
            await _until(states, {WAITING: 14})
        assert await counted() == {"quarantined": 13, "rejected": 1}
        async with consuming(engines, client, _profile()):  # the allow-list is mended
            checked = await bench.check(ALL)
            assert (checked.total, checked.accepted, checked.mendable, checked.refused) == (14, 12, 1, 1)
            assert checked.reasons == {"schema": 1}
            first, second = await asyncio.gather(*(bench.replay(ALL, by) for by in ("a", "b")))
            assert first.sent + second.sent == 12
            await _until(counted, {"quarantined": 13, "rejected": 1, "accepted": 12})
            assert (await bench.replay(ALL, "a")).sent == 0
            mended = await bench.replay(ALL, "a", mend=True)
            assert (mended.sent, mended.mended, mended.kept) == (1, 1, 1)
            forced = await bench.replay(ALL, "a", force=True)
            assert forced.sent == 1
            await _until(states, {WAITING: 1, REFUSED_AGAIN: 1, REPLAYED: 13})
            await _until(counted, {"quarantined": 13, "rejected": 2, "accepted": 13})
            [again], _ = await kept.page(ALL)
            first_one = await kept.find(again.replay_of)
            assert first_one is not None
            assert (first_one.state, first_one.reason, again.reason) == (REFUSED_AGAIN, "schema", "schema")
    await letters.close()
    await delivery.stop()
    await client.aclose()


class Forgetful:
    """Delivers, and dies before it can say so."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self.possible = True

    async def ready(self) -> object:
        return await self._delivery.ready()

    async def deliver(self, feed: str, records: Sequence[Any], *more: Any) -> None:
        await self._delivery.deliver(feed, records, *more)
        raise EngineError("the answer is lost")


async def test_a_replay_broken_off_is_finished_and_counts_once(engines: Engines, tmp_path: Path) -> None:
    client, delivery = connect_redis(engines.redis_url), Delivery(engines.bootstrap)
    letters = LateDeadLetters(default_url(str(tmp_path)))
    kept = await letters.opened()
    contract = hai_duong().feeds["task"]
    profile = msgspec.structs.replace(
        hai_duong(), feeds={**hai_duong().feeds, "task": msgspec.structs.replace(contract, source=["urn:vn:other"])}
    )
    good = {"task": Compiled(contract, hai_duong())}
    value, wanted = event("task", 7), Filter(feed="task")
    await create_topics(engines.bootstrap, [contract])

    async def totals() -> dict[str, int]:
        pulse = (await StateReader(client).snapshot("task", 0)).state["pulse"]
        return {name: msgspec.msgpack.decode(value) for name, value in pulse.items() if name.startswith("total:")}

    async def waiting() -> int:
        return (await kept.counts(wanted)).total

    keeper = Keeper(engines.bootstrap, kept, delivery, lambda: ["task"])
    keeping_task = asyncio.create_task(keeper.run())
    consumer = Consumer(engines.bootstrap, client, {"task": Compiled(profile.feeds["task"], profile)}, "consume-1")
    running = asyncio.create_task(consumer.run())
    await delivery.deliver("task", [(None, value)])  # without a key: only its partition tells where it was
    await _until(waiting, 1)
    consumer.stop()
    await running
    consumer = Consumer(engines.bootstrap, client, good, "consume-1")
    running = asyncio.create_task(consumer.run())
    bench = Workbench(hai_duong, time.time, letters, Forgetful(delivery))
    with pytest.raises(EngineError, match="lost"):
        await bench.replay(wanted, "page")
    assert (await kept.counts(wanted)).states == {REPLAYING: 1}
    assert await complete(kept, delivery, time.time() - 60) == 0  # it may be on its way still
    assert await complete(kept, delivery, time.time() + 1) == 1
    assert (await kept.counts(wanted)).states == {REPLAYED: 1}
    await _until(totals, {"total:quarantined": 1, "total:late": 1, "total:duplicate": 1})
    consumer.stop()
    keeper.stop()
    await asyncio.gather(running, keeping_task)
    await letters.close()
    await delivery.stop()
    await client.aclose()


async def test_a_keeper_killed_again_and_again_keeps_each_letter_once(tmp_path: Path) -> None:
    count = 1_500
    with Centre(tmp_path) as centre:
        await create_topics(centre.settings.kafka_bootstrap, hai_duong().feeds.values())
        centre.run("historian", "historian")
        centre.run("consume-1", "consume")
        delivery = Delivery(centre.settings.kafka_bootstrap)
        for first in range(0, count, 300):
            bad = [(f"k-{number}", b'{"number": %d}' % number) for number in range(first, first + 300)]
            await delivery.deliver(FEED, bad)
            await asyncio.sleep(0.6)
            await asyncio.to_thread(centre.kill, "historian")
            await asyncio.to_thread(centre.start, "historian")
        await delivery.stop()
        async with await connect(centre.settings.database_url) as kept:

            async def total() -> int:
                return (await kept.counts(ALL)).total

            await _until(total, count)
            found, cursor = await kept.whole(ALL, "", 2_000)
            assert cursor == ""
            assert len({letter.id for letter in found}) == count
            assert {letter.raw for letter in found} == {b'{"number": %d}' % number for number in range(count)}
            assert {letter.key for letter in found} == {b"k-%d" % number for number in range(count)}
            assert {(letter.outcome, letter.reason) for letter in found} == {("rejected", "envelope")}
