"""``ioc rebuild``: builds a feed's state anew from the events that Kafka still has, beside the one that is shown."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from ioc.collector import tune_collector
from ioc.core.errors import EngineError
from ioc.core.event import Compiled
from ioc.locales import load as load_words
from ioc.profile_files import load
from ioc.settings import Settings
from ioc.store.connect import connect, ready
from streams.rebuild import Rebuild

HELP = "build a feed's state anew from the events that Kafka still has"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("feed", help="name of the feed, as in the profile")


def run(settings: Settings, options: argparse.Namespace) -> int:
    if not settings.kafka_bootstrap or not settings.redis_url:
        raise EngineError(
            "name the engines: KAFKA_BOOTSTRAP_SERVERS and REDIS_URL; 'ioc doctor' finds a running demo's"
        )
    return asyncio.run(_rebuild(settings, options.feed))


async def _rebuild(settings: Settings, feed: str) -> int:
    profile, words = load(Path(settings.profile)), load_words(settings.language)
    if feed not in profile.feeds:
        raise EngineError(f"no such feed: {feed}; the profile has {', '.join(sorted(profile.feeds))}")
    client = connect(settings.redis_url)
    try:
        await ready(client)
        tune_collector()
        seen = [0]

        def say(done: int, all_of_them: int) -> None:
            seen[0] = done
            print(words("rebuild.progress", done=words.number(done), all=words.number(all_of_them)), flush=True)

        compiled = Compiled(profile.feeds[feed], profile)
        generation = await Rebuild(settings.kafka_bootstrap, client, compiled, say).run()
        print(words("rebuild.done", feed=words.text(profile.feeds[feed].title), generation=generation), flush=True)
    finally:
        await client.aclose()
    return 0
