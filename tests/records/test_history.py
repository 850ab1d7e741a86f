"""The history of indicators on SQLite: written once however often, rolled up, read as series."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from ioc.core.errors import EngineError
from ioc.records.database import default_url, open_database
from ioc.records.history import MINUTES_KEPT, History, Row, connect
from ioc.records.schema import DAY, HISTORY, HOUR, METADATA, MINUTE

ZONE = "Asia/Ho_Chi_Minh"
MIDNIGHT = 1_726_074_000  # 2024-09-12T00:00:00+07:00


@pytest.fixture
def url(tmp_path: Path) -> str:
    return default_url(str(tmp_path))


@pytest.fixture
async def history(url: str) -> AsyncIterator[History]:
    async with await connect(url, ZONE) as kept:
        yield kept


def _minutes(values: list[float | None], start: int = MIDNIGHT, area: str = "") -> list[Row]:
    return [
        Row(indicator="river", area=area, at=start + at * MINUTE, value=value, events=at)
        for at, value in enumerate(values)
    ]


async def test_a_series_has_one_value_a_step(history: History) -> None:
    await history.record(_minutes([1.0, 2.0, None, 4.0]))
    assert await history.series("river", "", MIDNIGHT - 60, MIDNIGHT + 300, 60) == [None, 1.0, 2.0, None, 4.0, None]
    assert await history.series("river", "", MIDNIGHT, MIDNIGHT + 240, 120) == [2.0, 4.0]
    assert await history.series("other", "", MIDNIGHT, MIDNIGHT + 120, 60) == [None, None]
    assert await history.series("river", "", MIDNIGHT, MIDNIGHT, 60) == []


async def test_areas_are_kept_apart(history: History) -> None:
    await history.record([*_minutes([1.0]), *_minutes([7.0], area="290")])
    assert await history.series("river", "290", MIDNIGHT, MIDNIGHT + 60, 60) == [7.0]
    assert await history.series("river", "", MIDNIGHT, MIDNIGHT + 60, 60) == [1.0]


async def test_writing_again_changes_nothing_and_a_new_value_replaces(history: History) -> None:
    await history.record(_minutes([1.0, 2.0]))
    await history.record(_minutes([1.0, 3.0]))
    assert await history.series("river", "", MIDNIGHT, MIDNIGHT + 120, 60) == [1.0, 3.0]


async def test_what_is_no_number_is_nothing(history: History) -> None:
    await history.record(_minutes([math.nan, math.inf, 0.0]))
    assert await history.series("river", "", MIDNIGHT, MIDNIGHT + 180, 60) == [None, None, 0.0]


async def test_many_rows_at_once(history: History) -> None:
    await history.record(_minutes([float(at) for at in range(3000)]))
    assert await history.last() == MIDNIGHT + 2999 * MINUTE
    await history.record([])


async def _rows(url: str, step: int) -> list[tuple[int, float | None, float | None, float | None]]:
    engine = await open_database(url)
    async with engine.connect() as connection:
        table = HISTORY.c
        found = await connection.execute(
            sa.select(table.at, table.value, table.low, table.high).where(table.step == step).order_by(table.at)
        )
        rows = [(int(at), value, low, high) for at, value, low, high in found]
    await engine.dispose()
    return rows


async def test_hours_and_days_keep_the_newest_value_and_the_extremes(history: History, url: str) -> None:
    await history.record(_minutes([float(at % 50) for at in range(26 * 60)]))
    await history.record(_minutes([None], start=MIDNIGHT + 59 * MINUTE))
    await history.roll_up(MIDNIGHT + 26 * HOUR)
    hours = await _rows(url, HOUR)
    assert len(hours) == 26
    assert hours[0] == (MIDNIGHT, 8.0, 0.0, 49.0)
    assert await _rows(url, DAY) == [(MIDNIGHT, (24 * 60 - 1) % 50, 0.0, 49.0)]


async def test_rolling_up_can_be_repeated_and_goes_on(history: History, url: str) -> None:
    await history.record(_minutes([float(at) for at in range(120)]))
    await history.roll_up(MIDNIGHT + HOUR + 60)
    assert len(await _rows(url, HOUR)) == 1
    for _ in range(2):
        await history.roll_up(MIDNIGHT + 2 * HOUR)
        assert [value for _, value, _, _ in await _rows(url, HOUR)] == [59.0, 119.0]
    await history.roll_up(MIDNIGHT + 30 * HOUR)
    assert len(await _rows(url, DAY)) == 1


async def test_a_long_series_takes_hours_and_the_newest_minutes(history: History) -> None:
    await history.record(_minutes([float(at) for at in range(150)]))
    await history.roll_up(MIDNIGHT + 150 * MINUTE)
    assert await history.series("river", "", MIDNIGHT, MIDNIGHT + 3 * HOUR, HOUR) == [59.0, 119.0, 149.0]


async def test_old_minutes_go_and_their_hours_stay(history: History) -> None:
    await history.record(_minutes([1.0, 2.0]))
    await history.roll_up(MIDNIGHT + HOUR)
    assert await history.retain(MIDNIGHT + MINUTES_KEPT + 90) == 2
    assert await history.series("river", "", MIDNIGHT, MIDNIGHT + HOUR, HOUR) == [2.0]


async def test_nothing_to_roll_up_is_no_error(history: History) -> None:
    await history.roll_up(MIDNIGHT)
    assert await history.last() is None


async def test_processes_that_start_together_migrate_once(url: str) -> None:
    opened = await asyncio.gather(*(connect(url, ZONE) for _ in range(4)))
    await asyncio.gather(*(kept.record(_minutes([float(at)])) for at, kept in enumerate(opened)))
    for kept in opened:
        await kept.close()
    assert len(await _rows(url, MINUTE)) == 1


async def test_history_outlives_a_restart(url: str) -> None:
    for _ in range(2):
        async with await connect(url, ZONE) as kept:
            await kept.record(_minutes([5.0]))
            assert await kept.series("river", "", MIDNIGHT, MIDNIGHT + 60, 60) == [5.0]


async def test_the_migrations_make_the_schema(url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), METADATA))

    engine = await open_database(url)
    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
        mode = (await connection.exec_driver_sql("PRAGMA journal_mode")).scalar()
    await engine.dispose()
    assert [difference for difference in found if "history_step_at" not in str(difference)] == []
    assert mode == "wal"


@pytest.mark.parametrize(
    "bad", ["nonsense", "mysql+none://localhost/x", "sqlite+aiosqlite:////proc/none/records.sqlite"]
)
async def test_a_database_that_cannot_be_used_says_so(bad: str) -> None:
    with pytest.raises(EngineError, match="DATABASE_URL"):
        await connect(bad, ZONE)
