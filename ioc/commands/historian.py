"""``ioc historian``: writes the history of the indicators into SQL, and keeps the feeds' dead letters there."""

from __future__ import annotations

import argparse
import asyncio
import signal
from pathlib import Path

from ioc.core.errors import EngineError
from ioc.live.follower import Follower
from ioc.locales import languages
from ioc.locales import load as load_words
from ioc.records import database, dead_letters, history
from ioc.settings import Settings
from streams.delivery import Delivery
from streams.historian import Historian
from streams.keeper import Keeper

HELP = "write the history of the indicators and the dead letters into the database"


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
    delivery = Delivery(settings.kafka_bootstrap)
    async with await history.connect(url, zone) as kept, await dead_letters.connect(url) as letters:
        historian = Historian(follower, kept)
        works: list[Historian | Keeper] = [historian]
        if delivery.possible:
            works.append(Keeper(settings.kafka_bootstrap, letters, delivery, lambda: list(follower.profile.feeds)))
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, _stop, works)
        follower.start()
        shown = words("scenario.historian_follows", indicators=len(follower.profile.indicators), database=_shown(url))
        print(shown, flush=True)
        try:
            await asyncio.gather(*(work.run() for work in works))
        finally:
            await follower.stop()
            await delivery.stop()


def _stop(works: list[Historian | Keeper]) -> None:
    for work in works:
        work.stop()


def _shown(url: str) -> str:
    """The address without a password."""
    return url if url.startswith("sqlite") else url.rpartition("@")[2]
