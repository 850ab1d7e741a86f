"""What the historian writes of a scene, and when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ioc.core.clock import Clock
from ioc.core.errors import EngineError
from ioc.core.reading import Reading, Scene
from ioc.live.follower import Follower
from ioc.records.database import default_url
from ioc.records.history import History, Row, connect
from streams import historian
from streams.historian import Historian, rows_of

MIDNIGHT = 1_726_074_000


class FakeScene:
    """Four indicators: one broken down by area, one offline, one unknown, one plain."""

    def __init__(self, mode: str = "exercise") -> None:
        names = {"open": ["area"], "gone": [], "never": ["area"], "plain": []}
        indicators = {name: SimpleNamespace(by=by) for name, by in names.items()}
        self.profile = SimpleNamespace(indicators=indicators, head=SimpleNamespace(default_language="vi"))
        self.clock = Clock(mode=mode)

    def reading(self, indicator: str, by: str | None = None, area: str | None = None) -> Reading:
        known = {"open": (12.0, "live"), "gone": (3.0, "offline"), "never": (0.0, "none"), "plain": (0.0, "stale")}
        value, freshness = known[indicator]
        return Reading(
            indicator=indicator, value=value, at=1.0, freshness=cast(Any, freshness), events=5,
            by={"10507": 4.0, "10510": 8.0} if by else {},
        )  # fmt: skip

    def roll_up(self, reading: Reading, level: int) -> dict[str, float | None]:
        assert level == historian.SHOWN_LEVEL
        return {"288": sum(value or 0.0 for value in reading.by.values()), "290": None, "": 1.0}


def test_rows_hold_what_is_known() -> None:
    rows = rows_of(cast(Scene, FakeScene()), MIDNIGHT, areas=False)
    assert rows == [
        Row(indicator="open", at=MIDNIGHT, value=12.0, events=5, mode="exercise"),
        Row(indicator="plain", at=MIDNIGHT, value=0.0, events=5, mode="exercise"),
    ]


def test_each_hour_the_districts_are_kept_too() -> None:
    rows = rows_of(cast(Scene, FakeScene("actual")), MIDNIGHT, areas=True)
    assert [(row.indicator, row.area, row.value) for row in rows] == [
        ("open", "", 12.0), ("open", "288", 12.0), ("plain", "", 0.0),
    ]  # fmt: skip


class FakeFollower:
    """A follower whose time runs half a minute a look; ``reached`` is set at ``until``."""

    def __init__(self, begin: float, until: float) -> None:
        self.time = begin
        self.until = until
        self.reached = asyncio.Event()
        self.ready = True
        self.clock = Clock(speed=2.0)
        self.made = FakeScene()
        self.profile = self.made.profile
        self.board = SimpleNamespace(feeds={})

    def now(self) -> float:
        self.time += 30.0
        if self.time >= self.until:
            self.reached.set()
        return self.time

    def scene(self, language: str) -> FakeScene:
        return self.made


@pytest.fixture
async def history(tmp_path: Path) -> AsyncIterator[History]:
    async with await connect(default_url(str(tmp_path)), "Asia/Ho_Chi_Minh") as kept:
        yield kept


async def _run(follower: FakeFollower, history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(historian, "LOOK_EVERY", 0.001)
    found = Historian(cast(Follower, follower), history)
    task = asyncio.create_task(found.run())
    await asyncio.wait_for(follower.reached.wait(), 30)
    found.stop()
    await task


async def test_each_minute_is_written_once(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    await _run(FakeFollower(MIDNIGHT - 60.0, MIDNIGHT + 660.0), history, monkeypatch)
    assert await history.series("open", "", MIDNIGHT, MIDNIGHT + 600, 60) == [12.0] * 10
    assert await history.series("open", "288", MIDNIGHT - 60, MIDNIGHT + 60, 60) == [12.0, 12.0]


async def test_nothing_is_written_while_the_clock_stands_still(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower = FakeFollower(float(MIDNIGHT), MIDNIGHT + 300.0)
    follower.clock = Clock(speed=0.0, mode="exercise")
    await _run(follower, history, monkeypatch)
    assert await history.last() is None


async def test_a_database_that_fails_is_said_once_and_tried_again(
    history: History, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    follower = FakeFollower(float(MIDNIGHT), MIDNIGHT + 660.0)
    record = history.record

    async def failing(rows: list[Row]) -> None:
        if follower.time < MIDNIGHT + 300:
            raise EngineError("the disk is full")
        await record(rows)

    monkeypatch.setattr(history, "record", failing)
    await _run(follower, history, monkeypatch)
    assert sum("the disk is full" in message for message in caplog.messages) == 1
    assert (await history.series("open", "", MIDNIGHT + 480, MIDNIGHT + 540, 60)) == [12.0]
