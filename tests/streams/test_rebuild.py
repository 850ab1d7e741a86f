"""Rebuilt, flushed, lost and corrupt: the state is again what the log says, or an alarm says why not."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from ioc.core.errors import EngineError
from ioc.core.event import Compiled
from ioc.store import keys
from ioc.store.connect import Redis, connect
from streams.following import pieces, resume_at
from streams.rebuild import Rebuild
from streams.topics import create_topics
from tests.conftest import hai_duong
from tests.engines import Engines, running
from tests.streams.one_feed import LOOKS, alarm, consuming, contract, logged, send, state, until_right

pytestmark = pytest.mark.engines


async def test_a_feed_is_rebuilt_beside_the_old_state_and_then_shown(fresh: Engines, client: Redis) -> None:
    declared, told = contract("dossier"), []
    await create_topics(fresh.bootstrap, [declared])
    await send(fresh, "dossier", 0, 400)
    async with consuming(fresh, client, declared):
        await until_right(fresh, client, declared)
        compiled = Compiled(declared, hai_duong())
        rebuild = Rebuild(fresh.bootstrap, client, compiled, lambda done, whole: told.append((done, whole)))
        running_now = asyncio.create_task(rebuild.run())
        await send(fresh, "dossier", 400, 200)
        assert await running_now == 2
        await send(fresh, "dossier", 600, 200)
        await until_right(fresh, client, declared)
    assert await client.hget(keys.GENERATION, "dossier") == b"2"
    assert told
    assert [key async for key in client.scan_iter("*:1:*")] == []  # the old generation is gone


async def test_a_new_dimension_has_its_cells_after_a_rebuild_without_any_consumer(
    fresh: Engines, client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.rebuild.HANDED_OVER_WITHIN", 0.4)
    declared = contract("dossier", dimensions=["new_status"])
    await create_topics(fresh.bootstrap, [declared])
    await send(fresh, "dossier", 0, 50)
    async with consuming(fresh, client, declared):
        await asyncio.sleep(2)
    more = contract("dossier", dimensions=["new_status", "level"])
    assert await Rebuild(fresh.bootstrap, client, Compiled(more, hai_duong()), lambda *_: None).run() == 2
    states = [await state(client, "dossier", partition) for partition in range(declared.partitions)]
    cells = [field for held in states for name, fields in held.items() if name.startswith("cells:") for field in fields]
    assert cells
    assert {tuple(field.split("\x1f")[1:]) for field in cells} == {("DANG_XU_LY", "province")}


async def test_one_rebuild_at_a_time(fresh: Engines, client: Redis) -> None:
    declared = contract("dossier")
    await create_topics(fresh.bootstrap, [declared])
    await client.set(keys.rebuild("dossier"), "somebody", px=5_000)
    with pytest.raises(EngineError, match="another rebuild"):
        await Rebuild(fresh.bootstrap, client, Compiled(declared, hai_duong()), lambda *_: None).run()


async def test_redis_that_lost_everything_is_filled_again_without_a_new_event(fresh: Engines, client: Redis) -> None:
    declared = contract("dossier")
    await create_topics(fresh.bootstrap, [declared])
    await send(fresh, "dossier", 0, 400)
    async with consuming(fresh, client, declared):
        await until_right(fresh, client, declared)
        await client.flushall()
        await client.function_flush()
        await until_right(fresh, client, declared)


async def test_a_log_that_lost_its_end_raises_an_alarm_and_goes_on(fresh: Engines, client: Redis) -> None:
    declared = contract("station_reading")
    await create_topics(fresh.bootstrap, [declared])
    await send(fresh, "station_reading", 0, 100)
    async with consuming(fresh, client, declared):
        await until_right(fresh, client, declared)
    [end, *_] = [len(await logged(fresh, declared, partition)) for partition in range(declared.partitions)]
    await client.hset(keys.meta("station_reading", 0), "offset:1", end + 50)
    async with consuming(fresh, client, declared):
        await asyncio.sleep(2.5)
        found = await alarm(client, "station_reading", 0)
    assert found is not None
    assert (found.why, found.stored, found.end) == ("tail_lost", end + 50, end)
    assert found.resumed < found.stored


async def test_where_the_contract_says_stop_it_stands_until_it_is_rebuilt(fresh: Engines, client: Redis) -> None:
    declared = contract("dossier", lost_log="stop")
    await create_topics(fresh.bootstrap, [declared])
    await send(fresh, "dossier", 0, 100)
    async with consuming(fresh, client, declared):
        await until_right(fresh, client, declared)
    await client.hset(keys.meta("dossier", 0), "offset:1", 5_000)
    async with consuming(fresh, client, declared):
        await asyncio.sleep(2)
        await send(fresh, "dossier", 100, 50)
        await asyncio.sleep(2)
        found = await alarm(client, "dossier", 0)
        assert found is not None
        assert (found.why, found.resumed) == ("tail_lost", 5_000)
        assert await client.hget(keys.meta("dossier", 0), "offset:1") == b"5000"
        await Rebuild(fresh.bootstrap, client, Compiled(declared, hai_duong()), lambda *_: None).run()
        await until_right(fresh, client, declared)
        assert await alarm(client, "dossier", 0) is None


async def test_a_batch_with_a_wrong_checksum_is_skipped_with_an_alarm(tmp_path: Path) -> None:
    declared = contract("station_reading", partitions=1)
    with running(tmp_path, log="apache") as engines:
        client = connect(engines.redis_url)
        await create_topics(engines.bootstrap, [declared])
        for part in range(3):  # a batch each
            await send(engines, "station_reading", part * 10, 10)
        before = await logged(engines, declared, 0)
        engines.end("kafka", 30)
        damage(tmp_path, b"e-15")
        engines.start("kafka")
        async with consuming(engines, client, declared):
            for _ in range(LOOKS):
                if await alarm(client, "station_reading", 0) is not None:
                    break
                await asyncio.sleep(0.3)
            await send(engines, "station_reading", 30, 10)
            await asyncio.sleep(3)
        found = await alarm(client, "station_reading", 0)
        held = await state(client, "station_reading", 0)
        await client.aclose()
    assert found is not None
    assert found.why == "corrupt"
    lost = [record for record in before if found.stored <= record.offset < found.resumed]
    assert any(b'"e-15"' in record.value for record in lost)
    assert not any(b'"e-5"' in record.value or b'"e-25"' in record.value for record in lost)
    told = {record.value for record in before} - {record.value for record in lost}
    assert set(held["entities"]) >= {f"{station_of(raw)}/muc_nuoc" for raw in told if raw != b"{"}
    assert "H-30/muc_nuoc" in held["entities"]  # sent after the damage was found


def station_of(raw: bytes) -> str:
    station: str = json.loads(raw)["data"]["station_id"]
    return station


def damage(folder: Path, text: bytes) -> None:
    """Change one byte of the records that hold ``text``, in the log's own file."""
    [segment] = [path for path in folder.rglob("ioc.station_reading-0/*.log") if text in path.read_bytes()]
    content = bytearray(segment.read_bytes())
    content[content.index(text)] ^= 1
    segment.write_bytes(content)


@pytest.mark.parametrize(
    ("stored", "begin", "end", "remembered", "resumed"),
    [(5, 0, 10, 0, 5), (10, 0, 10, 0, 10), (2, 4, 10, 0, 4), (12, 0, 10, 3, 9), (12, 0, 10, 0, 10), (900, 4, 10, 0, 10),
     (12, 0, 10, 99, 0), (12, 8, 10, 99, 8)],
)  # fmt: skip
def test_where_reading_goes_on(stored: int, begin: int, end: int, remembered: int, resumed: int) -> None:
    assert resume_at(stored, begin, end, remembered) == resumed


def test_batches_have_bounded_bytes() -> None:
    class One:
        def __init__(self, size: int) -> None:
            self.value = bytes(size)

    mib = 1024 * 1024
    sizes = [
        [len(record.value) for record in piece]
        for piece in pieces([One(3 * mib), One(mib), One(2 * mib), One(5 * mib)])
    ]
    assert sizes == [[3 * mib, mib], [2 * mib], [5 * mib]]
