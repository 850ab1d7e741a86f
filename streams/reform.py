"""Feeds whose kept state has the form of another contract: they are rebuilt under the one in force.

A moment is waited first, because a saved profile reaches every process in its own time: a consumer that still has the
old contract must not undo what was rebuilt under the new one. Two machines whose profiles stay different undo each
other's work at most every ten minutes, and the log says so.
"""

from __future__ import annotations

import asyncio
import logging
import time

from ioc.core.errors import EngineError
from ioc.core.event import Compiled
from ioc.store.connect import Redis
from streams.rebuild import Rebuild

LOG = logging.getLogger(__name__)
GRACE = 5.0
AGAIN_AFTER = 600.0


class Reform:
    """The rebuilds that a consumer has begun by itself."""

    def __init__(self, bootstrap: str, client: Redis) -> None:
        self._bootstrap = bootstrap
        self._client = client
        self._refused: dict[tuple[str, str], float] = {}  # feed and shape → since when its claims fail
        self._begun: dict[str, float] = {}
        self._running: dict[str, tuple[Rebuild, asyncio.Task[None]]] = {}

    def refused(self, compiled: Compiled) -> None:
        """A claim under this contract failed for the state's form; it will be tried again, and heard of again."""
        contract, now = compiled.contract, time.monotonic()
        feed = contract.feed
        since = self._refused.setdefault((feed, contract.shape), now)
        if now - since < GRACE or (feed in self._running and not self._running[feed][1].done()):
            return
        if now - self._begun.get(feed, -AGAIN_AFTER) < AGAIN_AFTER:
            LOG.error("%s: its state has the form of another contract; do all machines have the same profile?", feed)
            return
        LOG.warning("%s: its contract has changed, it is rebuilt", feed)
        self._refused = {key: at for key, at in self._refused.items() if key[0] != feed}
        self._begun[feed] = now
        rebuild = Rebuild(self._bootstrap, self._client, compiled, _silent)
        self._running[feed] = rebuild, asyncio.create_task(_run(rebuild))

    async def stop(self) -> None:
        """Give up what is being rebuilt; the screens keep what they show."""
        for rebuild, _ in self._running.values():
            rebuild.stop()
        await asyncio.gather(*(task for _, task in self._running.values()))


async def _run(rebuild: Rebuild) -> None:
    try:
        await rebuild.run()
    except EngineError as error:
        LOG.warning("%s", error)


def _silent(_done: int, _all: int) -> None:
    return None
