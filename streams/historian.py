"""The historian: each minute of the installation's time, what every indicator says; each hour also by district, and
the quality of every feed.

It follows Redis with a board of its own, like a web process, and writes into SQL. A minute in which it doesn't run
stays empty: nothing is made up. An indicator whose feed is offline, or was never heard, isn't recorded: its value is
none. While an exercise clock stands still, its past is being filled in, and nothing is recorded either.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging

from ioc.core.errors import EngineError
from ioc.core.profile import Profile
from ioc.core.quality_hours import KEPT_HOURS, hours_of
from ioc.core.reading import Reading, Scene
from ioc.live.follower import Follower
from ioc.records.history import History, Row
from ioc.records.schema import DAY, HOUR, MINUTE

LOG = logging.getLogger(__name__)
LOOK_EVERY = 0.25  # seconds of real time
SILENT = ("offline", "none")
AGAIN_HOURS = 3
SHOWN_LEVEL = 1  # the areas whose history is kept: districts, or what stands in their place


def rows_of(scene: Scene, minute: int, *, areas: bool) -> list[Row]:
    """The rows of one minute (its first POSIX second); ``areas`` adds those of each district."""
    rows: list[Row] = []
    for name, indicator in scene.profile.indicators.items():
        reading = scene.reading(name)
        if reading.value is not None and reading.freshness not in SILENT:
            rows.append(_row(scene, reading, minute, "", reading.value))
            if areas and "area" in indicator.by:
                rows += _by_area(scene, name, minute)
    return rows


def _by_area(scene: Scene, name: str, minute: int) -> list[Row]:
    reading = scene.reading(name, by="area")
    by = scene.roll_up(reading, SHOWN_LEVEL)
    return [_row(scene, reading, minute, code, value) for code, value in by.items() if code and value is not None]


def _row(scene: Scene, reading: Reading, minute: int, area: str, value: float) -> Row:
    events = reading.events if not area else 0
    return Row(
        indicator=reading.indicator, area=area, at=minute, step=MINUTE, value=value, events=events,
        mode=scene.clock.mode,
    )  # fmt: skip


class Historian:
    """Writes what ``follower``'s board says into ``history`` until :meth:`stop`."""

    def __init__(self, follower: Follower, history: History) -> None:
        self._follower = follower
        self._history = history
        self._stopping = asyncio.Event()
        self._minute: int | None = None
        self._failing = False

    @property
    def profile(self) -> Profile:
        return self._follower.profile

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        """Record until stopped. A database that fails is tried again at the next minute, and said once each way."""
        while not self._stopping.is_set():
            if self._follower.ready:
                await self._look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), LOOK_EVERY)

    async def _look(self) -> None:
        """Record the minute that has just begun, if it wasn't yet; a clock that was set back counts as new."""
        now = self._follower.now()
        minute = int(now // MINUTE) * MINUTE
        if minute == self._minute or not self._follower.clock.speed:
            return
        before, self._minute = self._minute, minute
        try:
            await self._record(minute, before)
        except EngineError as error:
            if not self._failing:
                LOG.warning("history can't be written, it is tried again each minute: %s", error)
            self._failing = True
        else:
            if self._failing:
                LOG.info("history is written again")
            self._failing = False

    async def _record(self, minute: int, before: int | None) -> None:
        hour_began = before is None or minute // HOUR != before // HOUR
        language = self.profile.head.default_language
        rows = rows_of(self._follower.scene(language), minute, areas=hour_began)
        await self._history.record(rows)
        if hour_began:
            await self._record_quality(minute // HOUR, whole=before is None or minute // DAY != before // DAY)
            await self._history.roll_up(minute)
            if before is None or minute // DAY != before // DAY:
                await self._history.retain(minute)

    async def _record_quality(self, hour: int, *, whole: bool) -> None:
        """The hours that are over: the last ones again, for what came late; at times all that are kept."""
        first = hour - (KEPT_HOURS if whole else AGAIN_HOURS)
        counts, figures = hours_of(self._follower.board, range(first, hour), self._follower.clock.mode)
        await self._history.quality.record(counts, figures)
        if whole:
            await self._history.quality.retain(hour * HOUR)
