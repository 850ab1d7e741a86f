"""``ioc historian``: writes the history of the indicators into SQL."""

from __future__ import annotations

import argparse
import asyncio
import signal
from pathlib import Path

from ioc.core.errors import EngineError
from ioc.live.follower import Follower
from ioc.locales import languages
from ioc.locales import load as load_words
from ioc.records import database, history
from ioc.settings import Settings
from streams.historian import Historian

HELP = "write the history of the indicators into the database"


def arguments(parser: argparse.ArgumentParser) -> None:
    """It has none: everything comes from the environment."""


def run(settings: Settings, options: argparse.Namespace) -> int:
    if not settings.redis_url:
        raise EngineError(load_words(settings.language)("scenario.no_engines"))
    asyncio.run(_run(settings))
    return 0


async def _run(settings: Settings) -> None:
    words = load_words(settings.language)
    follower = Follower(settings.redis_url, Path(settings.profile), {name: load_words(name) for name in languages()})
    zone = follower.profile.head.timezone
    url = settings.database_url or database.default_url(settings.data_dir)
    async with await history.connect(url, zone) as kept:
        historian = Historian(follower, kept)
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, historian.stop)
        follower.start()
        shown = words("scenario.historian_follows", indicators=len(follower.profile.indicators), database=_shown(url))
        print(shown, flush=True)
        try:
            await historian.run()
        finally:
            await follower.stop()


def _shown(url: str) -> str:
    """The address without a password."""
    return url if url.startswith("sqlite") else url.rpartition("@")[2]
