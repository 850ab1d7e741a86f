"""What may befall engines and consumers, one at a time under load: Redis equals the producer's truth in the end.

Every test prints how long it took until everything sent before the fault's end was on the screens.
"""

from __future__ import annotations

import asyncio
import random
import signal
import time
from pathlib import Path

import pytest

from tests.chaos.cutting_proxy import CuttingProxy
from tests.chaos.member import FENCED, Members, until
from tests.chaos.trial import FEEDS, Trial
from tests.conftest import hai_duong
from tests.engines import STATES, Engines, running

pytestmark = [pytest.mark.chaos, pytest.mark.engines]
PARTITIONS = sum(hai_duong().feeds[feed].partitions for feed in FEEDS)
CUT = 1_000_000
LOST = 5
TRIES_A_SECOND = 15
ZOMBIE_SECONDS = 10.0


def _trial(engines: Engines, seed: int, rate: int = 1_500, redis_url: str = "") -> Trial:
    return Trial(engines.bootstrap, redis_url or engines.redis_url, seed, rate, engines.idempotent)


def _told(record_property: pytest.RecordProperty, name: str, seconds: float) -> None:
    record_property(name, round(seconds, 2))
    print(f"{name}: {seconds:.1f} s")


@pytest.mark.parametrize("log", ["apache", "tansu"])
async def test_a_zombie_is_fenced(log: str, tmp_path: Path, record_property: pytest.RecordProperty) -> None:
    """A member stands still with a folded batch until another has its partitions, and then goes on."""
    with running(tmp_path, log=log) as engines:
        trial = _trial(engines, 11)
        await trial.create_topics()
        with Members(tmp_path, trial) as members:
            members.start("heir")
            members.start("zombie", freeze_before=30)
            await members.own(PARTITIONS)
            load = asyncio.create_task(trial.produce(20.0))
            await members.stands_still("zombie")
            stopped = time.monotonic()
            await trial.recovered()
            _told(record_property, f"partitions of a zombie taken over on {log}", time.monotonic() - stopped)
            await asyncio.sleep(max(0.0, ZOMBIE_SECONDS - (time.monotonic() - stopped)))
            members.signal("zombie", signal.SIGCONT)
            await load
            _told(record_property, f"all written after the zombie came back on {log}", await trial.recovered())
            await trial.check()
            assert FENCED in members.log("zombie")


async def test_apache_kafka_restarts(
    tmp_path: Path, record_property: pytest.RecordProperty, caplog: pytest.LogCaptureFixture
) -> None:
    """Killed and ended cleanly under load; the producer keeps what isn't acknowledged."""
    with running(tmp_path, log="apache") as engines:
        trial = _trial(engines, 12)
        await trial.create_topics()
        with Members(tmp_path, trial) as members:
            for name in ("one", "two"):
                members.start(name)
            await members.own(PARTITIONS)
            load = asyncio.create_task(trial.produce(22.0))
            away = 0.0
            for name, fall in (("killed", engines.kill), ("ended", engines.end)):
                await asyncio.sleep(2.0)
                fell = time.monotonic()
                await asyncio.to_thread(fall, "kafka")
                await asyncio.to_thread(engines.start, "kafka")
                back = time.monotonic()
                away += back - fell
                _told(record_property, f"Apache Kafka {name}, serves again", back - fell)
                known = trial.acknowledged.total()
                await until(lambda known=known: trial.acknowledged.total() > known, within=20.0)
                await trial.recovered()
                _told(record_property, f"Apache Kafka {name}, caught up after it serves", time.monotonic() - back)
            await load
            await trial.check()
            tries = sum("Unable to update metadata" in record.getMessage() for record in caplog.records)
            assert tries < TRIES_A_SECOND * away, "the producer keeps a processor busy while the broker is away"


@pytest.mark.parametrize("state", STATES)
async def test_a_power_loss_cuts_the_append_only_file(
    state: str, tmp_path: Path, record_property: pytest.RecordProperty
) -> None:
    """A megabyte of acknowledged writes is gone, cut at any byte: offsets and state go back together."""
    draw = random.Random(13)
    with running(tmp_path, state=state) as engines:
        trial = _trial(engines, 13)
        await trial.create_topics()
        with Members(tmp_path, trial) as members:
            members.start("one")
            await members.own(PARTITIONS)
            load = asyncio.create_task(trial.produce(14.0))
            for _ in range(2):
                await asyncio.sleep(5.0)
                members.signal("one", signal.SIGSTOP)  # so that it writes nothing between the two looks
                before = await trial.written()
                engines.kill("valkey")
                _cut(tmp_path / "valkey", CUT + draw.randrange(10_000))
                engines.start("valkey")
                assert (await trial.written()).total() < before.total()
                members.signal("one", signal.SIGCONT)
                _told(record_property, f"{state} cut, caught up", await trial.recovered())
            await load
            await trial.check()


def _cut(folder: Path, size: int) -> None:
    [file] = folder.glob("appendonlydir/*.incr.aof")
    left = file.stat().st_size - size
    assert left > 0, "too little was written to cut it"
    with file.open("r+b") as opened:
        opened.truncate(left)


@pytest.mark.parametrize("state", STATES)
async def test_lost_answers_count_nothing_twice(
    state: str, tmp_path: Path, record_property: pytest.RecordProperty
) -> None:
    """The write was executed, and the consumer can't know."""
    with running(tmp_path, state=state) as engines:
        async with CuttingProxy(engines.engines["valkey"].port) as proxy:
            trial = _trial(engines, 14, redis_url=proxy.url)
            await trial.create_topics()
            with Members(tmp_path, trial) as members:
                members.start("one")
                await members.own(PARTITIONS)
                load = asyncio.create_task(trial.produce(10.0))
                for number in range(LOST):
                    await asyncio.sleep(0.5)
                    proxy.lose_one()
                    await until(lambda so_far=number: proxy.lost > so_far, within=10.0)
                    _told(record_property, f"{state}'s answer lost, caught up", await trial.recovered())
                await load
                await trial.check()
            assert proxy.lost == LOST
