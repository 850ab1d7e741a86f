"""Ten kill -9 of consumers, web and Valkey under load: every cell, entity and outcome equals the producer's truth."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.centre import Centre
from tests.chaos.trial import Trial

EVENTS_A_SECOND = 2_000
SECONDS = 60
VICTIMS = ("consume-1", "valkey", "web", "consume-2", "valkey", "consume-1", "web", "valkey", "consume-2", "consume-1")

pytestmark = [pytest.mark.chaos, pytest.mark.engines]


async def test_ten_kills_lose_and_double_nothing(tmp_path: Path, record_property: pytest.RecordProperty) -> None:
    with Centre(tmp_path) as centre:
        trial = Trial(centre.settings.kafka_bootstrap, centre.settings.redis_url, seed=1, rate=EVENTS_A_SECOND)
        await trial.create_topics()
        for name in ("consume-1", "consume-2"):
            centre.run(name, "consume")
        centre.run("web", "web")
        await asyncio.to_thread(centre.ready)
        killer = asyncio.create_task(_kill_all(centre))
        await trial.produce(SECONDS)
        await killer
        await trial.check()
    record_property("events", trial.load.made)


async def _kill_all(centre: Centre) -> None:
    for victim in VICTIMS:
        await asyncio.sleep(SECONDS / (len(VICTIMS) + 1))
        await asyncio.to_thread(centre.kill, victim)
        await asyncio.sleep(0.5)
        await asyncio.to_thread(centre.start, victim)
