"""A web process without engines: a follower that follows nothing, served by the real server on a real port."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from ioc.core.clock import REAL
from ioc.live.site import LiveSite
from ioc.locales import load
from ioc.web import application
from tests.layouts.fake_scene import FakeScene, profile


class FakeFollower:
    """Follows nothing; :attr:`value` is what the tile ``t-beds`` shows."""

    def __init__(self) -> None:
        self.profile = profile()
        self.problems: list[Any] = []
        self.clock = REAL
        self.ready = self.connected = True
        self.changed: Callable[[set[str]], None] = lambda feeds: None
        self.redrawn: Callable[[], None] = lambda: None

    def start(self) -> None:
        self.began = time.monotonic()

    async def stop(self) -> None:
        self.ready = False

    def scene(self, language: str) -> FakeScene:
        return FakeScene(language)


@asynccontextmanager
async def serving(follower: FakeFollower, port: int) -> AsyncIterator[str]:
    """The application on a port, until the block ends."""
    site: Any = LiveSite(follower, {name: load(name) for name in ("vi", "en")})  # type: ignore[arg-type]
    server = uvicorn.Server(
        uvicorn.Config(
            application(site), port=port, log_config=None, ws="websockets-sansio", timeout_graceful_shutdown=1
        )
    )
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await running
