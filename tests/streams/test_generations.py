"""Rebuilds that meet: with a dying one, with another, with a contract that changed; and a watchdog's restart."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ioc.core.contract import FeedContract
from ioc.core.errors import EngineError
from ioc.core.event import Compiled
from ioc.store import generation as generations
from ioc.store import keys
from ioc.store.connect import Redis
from streams.rebuild import Rebuild
from streams.topics import create_topics
from tests.conftest import hai_duong
from tests.engines import Engines
from tests.streams.one_feed import LOOKS, alarm, consuming, contract, logged, send, state, until_right

pytestmark = pytest.mark.engines
OLD = contract("dossier", dimensions=["new_status"])
NEW = contract("dossier", dimensions=["new_status", "level"])


def rebuild(engines: Engines, client: Redis, declared: FeedContract) -> Rebuild:
    return Rebuild(engines.bootstrap, client, Compiled(declared, hai_duong()), lambda *_: None)


async def shown(client: Redis) -> int:
    return int(await client.hget(keys.GENERATION, "dossier") or 1)


async def dimensions(client: Redis) -> set[tuple[str, ...]]:
    """The dimensions' values of all cells shown."""
    found = set()
    for partition in range(OLD.partitions):
        for suffix, fields in (await state(client, "dossier", partition)).items():
            if suffix.startswith("cells:"):
                found |= {tuple(field.split("\x1f")[1:]) for field in fields}
    return found


async def until_dimensions(client: Redis, wanted: set[tuple[str, ...]]) -> None:
    for _ in range(LOOKS):
        if await dimensions(client) == wanted:
            return
        await asyncio.sleep(0.3)
    assert await dimensions(client) == wanted


@pytest.fixture
async def filled(fresh: Engines, client: Redis) -> None:
    """A hundred dossier events, read under the old contract."""
    await create_topics(fresh.bootstrap, [OLD])
    await send(fresh, "dossier", 0, 100)
    async with consuming(fresh, client, OLD):
        await until_right(fresh, client, OLD)


@pytest.mark.usefixtures("filled")
async def test_a_rebuild_that_lost_its_lock_shows_nothing(
    fresh: Engines, client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stood still for long, another one was started and done meanwhile."""
    monkeypatch.setattr("streams.rebuild.HANDED_OVER_WITHIN", 0.2)
    zombie, catch_up = rebuild(fresh, client, OLD), Rebuild._catch_up

    async def stand_still(self: Rebuild, lock: Any) -> None:
        await catch_up(self, lock)
        if self is zombie:
            await client.delete(keys.rebuild("dossier"))
            assert await rebuild(fresh, client, OLD).run() == 3

    monkeypatch.setattr(Rebuild, "_catch_up", stand_still)
    with pytest.raises(EngineError, match="took over"):
        await zombie.run()
    assert await shown(client) == 3
    await until_right(fresh, client, OLD)
    assert await generations.known(client, "dossier", OLD.partitions) == {3}


@pytest.mark.usefixtures("filled")
async def test_what_a_dead_rebuild_left_is_cleared_away(
    fresh: Engines, client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(_self: Rebuild, _lock: Any) -> None:
        raise OSError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(Rebuild, "_catch_up", die)
        with pytest.raises(EngineError, match="start it again"):
            await rebuild(fresh, client, OLD).run()
    assert await generations.known(client, "dossier", OLD.partitions) == {1, 2}
    await generations.sweep(client, "dossier", OLD.partitions)
    assert await generations.known(client, "dossier", OLD.partitions) == {1}
    monkeypatch.setattr("streams.rebuild.HANDED_OVER_WITHIN", 0.2)
    assert await rebuild(fresh, client, OLD).run() == 3
    await until_right(fresh, client, OLD)


@pytest.mark.usefixtures("filled")
async def test_a_rebuild_ends_when_redis_loses_its_data_and_the_consumer_fills_it(
    fresh: Engines, client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    catch_up = Rebuild._catch_up

    async def flushed(self: Rebuild, lock: Any) -> None:
        await catch_up(self, lock)
        await client.flushall()

    monkeypatch.setattr(Rebuild, "_catch_up", flushed)
    async with consuming(fresh, client, OLD):
        with pytest.raises(EngineError, match="lost its data"):
            await rebuild(fresh, client, OLD).run()
        await until_right(fresh, client, OLD)
    assert await shown(client) == 1


@pytest.mark.usefixtures("filled")
async def test_a_running_consumer_goes_on_under_the_contract_that_was_rebuilt(fresh: Engines, client: Redis) -> None:
    async with consuming(fresh, client, OLD) as consumer:
        assert await dimensions(client) == {("DANG_XU_LY",)}
        running_now = asyncio.create_task(rebuild(fresh, client, NEW).run())
        while await shown(client) == 1:  # noqa: ASYNC110 - a consumer that hears late of a saved profile
            await asyncio.sleep(0.1)
        consumer.use({"dossier": Compiled(NEW, hai_duong())})
        await running_now
        await send(fresh, "dossier", 100, 50)
        await until_right(fresh, client, NEW)
    assert await dimensions(client) == {("DANG_XU_LY", "province")}


@pytest.mark.usefixtures("filled")
async def test_a_consumer_that_finds_another_contracts_state_rebuilds_it(
    fresh: Engines, client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.reform.GRACE", 0.3)
    async with consuming(fresh, client, NEW):
        await until_dimensions(client, {("DANG_XU_LY", "province")})
        await until_right(fresh, client, NEW)
    assert await shown(client) == 2


async def test_an_operator_accepts_what_the_log_lost(fresh: Engines, client: Redis) -> None:
    stops = contract("dossier", lost_log="stop")
    await create_topics(fresh.bootstrap, [stops])
    await send(fresh, "dossier", 0, 60)
    async with consuming(fresh, client, stops):
        await until_right(fresh, client, stops)
    end = len(await logged(fresh, stops, 0))
    await client.hset(keys.meta("dossier", 0), "offset:1", end + 50)
    async with consuming(fresh, client, stops, accept_loss=["dossier"]) as consumer:
        for _ in range(LOOKS):
            if consumer.offsets.get((stops.topic, 0)) == end:
                break
            await asyncio.sleep(0.1)
        assert consumer.offsets[stops.topic, 0] == end
        found = await alarm(client, "dossier", 0)
    assert found is not None
    assert found.resumed < found.stored


@pytest.mark.usefixtures("filled")
async def test_a_fetcher_that_stands_still_is_noticed_and_made_anew(
    fresh: Engines, client: Redis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It tells of no new record and of no new end."""
    monkeypatch.setattr("streams.consumer.ASK_EVERY", 0.5)
    monkeypatch.setattr("streams.consumer.STALLED_AFTER", 1.5)
    async with consuming(fresh, client, OLD) as consumer:
        for _ in range(LOOKS):
            if len(consumer.offsets) == OLD.partitions:
                break
            await asyncio.sleep(0.1)
        consumer._consumer.pause(*consumer._consumer.assignment())
        await send(fresh, "dossier", 100, 50)
        await until_right(fresh, client, OLD)
    assert "StalledError" in caplog.text
