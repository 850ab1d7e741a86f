"""The hourly rows of the feeds' quality: from the board into SQL, written again without harm, read as days and hours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ioc.core.feed_quality import Quality
from ioc.core.hourly import inflows
from ioc.core.inflow import Inflow
from ioc.core.quality_hours import alive, hours_of
from ioc.live.follower import Follower
from ioc.live.usual import Usual
from ioc.records.database import default_url
from ioc.records.history import History, connect
from streams.historian import Historian
from tests.conftest import hai_duong
from tests.core.test_board import MIDNIGHT, NOON, board
from tests.core.test_quality import MINUTE, SOURCE, apply, count, quality

HOUR = int(NOON) // 3600
ZONE = "Asia/Ho_Chi_Minh"


@pytest.fixture
async def history(tmp_path: Path) -> AsyncIterator[History]:
    async with await connect(default_url(str(tmp_path)), ZONE) as kept:
        yield kept


def filled() -> Any:
    """The hour before noon: 8 of 10 events came, one of them refused, one untidy."""
    shown = board(hai_duong())
    apply(shown, (f"{MINUTE - 90}\x1f{SOURCE}", Inflow(received=1, low=100, high=100)), kind="inflow")
    apply(
        shown, (f"{MINUTE - 30}\x1f{SOURCE}", Inflow(received=8, low=101, high=109, beats=1, last=110)), kind="inflow"
    )
    apply(
        shown, count(MINUTE - 30, "accepted", 6, area="288"), count(MINUTE - 30, "accepted", 1, "untidy", area="290"),
        count(MINUTE - 30, "rejected", 1, "schema"),
    )  # fmt: skip
    return shown


async def test_hours_are_written_once_however_often(history: History) -> None:
    shown = filled()
    for _ in range(2):
        await history.quality.record(*hours_of(shown, range(HOUR - 3, HOUR + 1), "actual"))
    [day] = await history.quality.days("dossier", MIDNIGHT, NOON, ZONE)
    assert day.at == MIDNIGHT
    assert (day.tally.outcomes, day.tally.reasons, day.tally.untidy) == (
        {"accepted": 7, "rejected": 1},
        {"schema": 1},
        1,
    )
    assert day.completeness == pytest.approx(0.8)
    assert day.liveness == pytest.approx(6 / 60)
    assert await history.quality.days("document", MIDNIGHT, NOON, ZONE) == []


async def test_an_hour_that_changed_is_replaced(history: History) -> None:
    shown = filled()
    await history.quality.record(*hours_of(shown, [HOUR - 1], "actual"))
    apply(shown, count(MINUTE - 20, "late", 2, area="288"))
    await history.quality.record(*hours_of(shown, [HOUR - 1], "actual"))
    [day] = await history.quality.days("dossier", MIDNIGHT, NOON, ZONE)
    assert day.tally.outcomes == {"accepted": 7, "late": 2, "rejected": 1}
    await history.quality.record([], [])
    await history.quality.retain(NOON + 3 * 366 * 86_400)
    assert await history.quality.days("dossier", MIDNIGHT, NOON, ZONE) == []


async def test_days_are_local(history: History) -> None:
    shown = board(hai_duong())
    midnight = int(MIDNIGHT) // 60
    apply(shown, count(midnight - 1, "accepted", 3), count(midnight, "accepted", 5))
    await history.quality.record(*hours_of(shown, range(HOUR - 20, HOUR + 1), "actual"))
    found = await history.quality.days("dossier", MIDNIGHT - 86_400, NOON, ZONE)
    assert [(day.at, day.tally.total) for day in found] == [(MIDNIGHT - 86_400, 3), (MIDNIGHT, 5)]


async def test_the_historian_writes_what_is_over_each_hour(history: History) -> None:
    follower = SimpleNamespace(board=filled(), clock=SimpleNamespace(mode="exercise"))
    historian = Historian(cast(Follower, follower), history)
    await historian._record_quality(HOUR, whole=True)
    [day] = await history.quality.days("dossier", MIDNIGHT, NOON, ZONE)
    assert day.tally.total == 8


async def test_what_is_usual_comes_from_the_history(history: History) -> None:
    """Noon is a Tuesday: Monday is like it, Sunday isn't."""
    for back, events in ((1, 600), (2, 6)):
        past = board(hai_duong())
        apply(past, count(MINUTE - back * 1440 - 30, "accepted", events, area="288"))
        await history.quality.record(*hours_of(past, [HOUR - 24 * back - 1], "actual"))
    shown = board(hai_duong())
    apply(shown, count(MINUTE - 30, "accepted", 300, area="288"))
    follower: Any = SimpleNamespace(board=shown, ready=True, now=lambda: NOON)
    usual = Usual(follower, history.quality)
    task = asyncio.create_task(usual.run())
    while not shown.baselines:  # noqa: ASYNC110  # it has no event for it
        await asyncio.sleep(0.01)
    usual.stop()
    await task
    found: Quality = quality(shown)
    assert (found.completeness.basis, found.completeness.expected) == ("baseline", 600.0)
    assert found.completeness.arrived == 0.5


def test_minutes_within_a_cadence_of_a_sign_are_alive() -> None:
    found = inflows()
    assert alive(found, 60, 119, 300.0) is None
    for minute in (58, 80):
        found.set(0, minute, SOURCE, Inflow(beats=1))
    assert alive(found, 60, 119, 300.0) == pytest.approx((4 + 6) / 60)
    assert alive(found, 60, 119, 30 * 86_400.0) is None, "a month can't be told from two days"
