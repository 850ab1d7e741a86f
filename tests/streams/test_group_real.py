"""Members join, fall and come back on every event log with every live state: each event counts once.

The load holds late, duplicate and broken events; each has its outcome, and each broken one its dead letter.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ioc.store.reader import State
from tests.chaos.member import Members
from tests.chaos.trial import FEEDS, Trial
from tests.conftest import hai_duong
from tests.engines import Engines

pytestmark = pytest.mark.engines
PARTITIONS = sum(hai_duong().feeds[feed].partitions for feed in FEEDS)


async def test_every_event_counts_once_whoever_reads_it(matrix: Engines, tmp_path: Path) -> None:
    trial = Trial(matrix.bootstrap, matrix.redis_url, seed=3, rate=1_000, idempotent=matrix.idempotent)
    await trial.create_topics()
    with Members(tmp_path, trial) as members:
        members.start("one")
        await members.own(PARTITIONS)
        load = asyncio.create_task(trial.produce(6.0))
        await asyncio.sleep(1.0)
        members.start("two")
        await members.own(PARTITIONS)
        members.kill("one")
        members.start("one")
        await load
        _no_alarm(await trial.check())


def _no_alarm(held: dict[str, list[State]]) -> None:
    """Nothing was missing in the log, and nothing was taken for missing."""
    assert [state["pulse"]["alarm"] for states in held.values() for state in states if "alarm" in state["pulse"]] == []
