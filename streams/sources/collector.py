"""Runs the sources of a profile beside each other: what befalls one never touches the others."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Iterable

from ioc.core.errors import IocError, SourceError
from streams.sources.line import Line
from streams.sources.registry import KINDS

LOG = logging.getLogger(__name__)
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
LONGEST_ASKED = 3600.0  # what a server may ask for with Retry-After
GRACE = 10.0  # seconds for what was taken to be acknowledged


class Collector:
    """Reads every line until the stop event of its surroundings is set."""

    def __init__(self, lines: Iterable[Line], first_pause: float = FIRST_PAUSE) -> None:
        self.lines = list(lines)
        self._first_pause = first_pause

    async def run(self) -> None:
        await asyncio.gather(*(self._keep(line) for line in self.lines))

    async def _keep(self, line: Line) -> None:
        beats = asyncio.create_task(self._beats(line))
        work = asyncio.create_task(self._work(line))
        try:
            await line.stop.wait()
            _, late = await asyncio.wait({work}, timeout=GRACE)
            if late:
                LOG.warning("%s didn't end in %.0f s; what wasn't acknowledged is read again", line.source.id, GRACE)
        finally:
            for task in (work, beats):
                task.cancel()
            await asyncio.gather(work, beats, return_exceptions=True)
            await line.close()
            await line.ended()

    async def _work(self, line: Line) -> None:
        """Read; after a failure wait, longer each time, and read again."""
        falls = 0
        jitter = random.Random(line.source.id)
        run = KINDS[line.source.kind].run
        while not line.stop.is_set():
            try:
                await run(line)
            except Exception as error:
                falls = 1 if line.live else falls + 1
                if not isinstance(error, IocError | OSError):
                    LOG.debug("%s", line.source.id, exc_info=error)
                await line.failed(f"{type(error).__name__}: {error}")
                pause = min(LONGEST_PAUSE, self._first_pause * 2.0 ** min(falls - 1, 10)) * jitter.uniform(0.5, 1.0)
                asked = error.retry_after if isinstance(error, SourceError) else 0.0
                await line.rest(max(pause, min(asked, LONGEST_ASKED)))

    async def _beats(self, line: Line) -> None:
        """Signs of life also between rounds that are far apart."""
        while not line.stop.is_set():
            await line.rest(line.beat_in)
            try:
                await line.beat()
            except Exception as error:
                LOG.warning("%s: its heartbeat wasn't sent: %s", line.source.id, error)
