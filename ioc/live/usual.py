"""What is usual for each feed: read from the history now and then, and given to the board."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ioc.core.baseline import of_past
from ioc.core.errors import EngineError
from ioc.core.window import midnight
from ioc.live.follower import Follower
from ioc.records.quality import QualityHistory

LOG = logging.getLogger(__name__)
DAYS = 7
EVERY = 600.0
SOON = 5.0


@asynccontextmanager
async def kept(follower: Follower, history: QualityHistory | None) -> AsyncIterator[None]:
    """While inside, the board knows what is usual; without a history it goes by yesterday."""
    if history is None:
        yield
        return
    usual = Usual(follower, history)
    task = asyncio.create_task(usual.run())
    try:
        yield
    finally:
        usual.stop()
        await task


class Usual:
    """Keeps the baselines of ``follower``'s board until :meth:`stop`."""

    def __init__(self, follower: Follower, history: QualityHistory) -> None:
        self._follower = follower
        self._history = history
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        """Read again every ten minutes; a database that is away leaves what was read before."""
        while not self._stopping.is_set():
            pause = SOON
            if self._follower.ready:
                pause = EVERY
                try:
                    await self.read()
                except EngineError as error:
                    LOG.warning("what is usual can't be read: %s", error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def read(self) -> None:
        """The seven days before today."""
        board, now = self._follower.board, self._follower.now()
        today = midnight(now, board.profile.head.timezone)
        past = await self._history.past(today - DAYS * 86_400, today)
        board.baselines = {feed: of_past(board.profile, rows, board.shown, now) for feed, rows in past.items()}
