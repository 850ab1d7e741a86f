"""``ioc collect``: asks and listens to the sources of the profile; everything goes into the feeds' topics."""

from __future__ import annotations

import argparse
import asyncio
import signal
from pathlib import Path

import msgspec

from ioc.core.errors import EngineError, SettingsError
from ioc.core.profile import Profile
from ioc.core.source import Source
from ioc.locales import load as load_words
from ioc.profile_files import load as load_profile
from ioc.records import database
from ioc.records.cursors import Cursors, connect
from ioc.settings import Settings
from streams.sources.collector import Collector
from streams.sources.line import Line, Surroundings
from streams.sources.registry import KINDS, source_types
from streams.sources.secret import Secrets
from streams.topics import create_topics

HELP = "ask and listen to the sources of the profile"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", nargs="+", default=[], metavar="ID", help="only these sources; default: all enabled")
    parser.add_argument(
        "--again", nargs="+", default=[], metavar="ID", help="read these from their beginning; nothing counts twice"
    )


def run(settings: Settings, options: argparse.Namespace) -> int:
    words = load_words(settings.language)
    profile = load_profile(Path(settings.profile), words, source_types=source_types())
    sources = chosen(profile, options.only)
    if not sources:
        print(words("collect.none", folder=Path(settings.profile) / "sources"))
        return 0
    if not settings.kafka_bootstrap:
        raise EngineError(words("collect.no_engine"))
    asyncio.run(_run(settings, profile, sources, [one.id for one in sources if one.id in options.again]))
    return 0


def chosen(profile: Profile, only: list[str]) -> list[Source]:
    """The enabled sources, or those of ``only``. Raises :class:`SettingsError` for one that isn't enabled."""
    enabled = {name: source for name, source in profile.sources.items() if source.enabled}
    for name in only:
        if name not in enabled:
            raise SettingsError(f"--only: '{name}' is no enabled source; one of: {', '.join(enabled) or '–'}")
    return [source for name, source in enabled.items() if not only or name in only]


async def _run(settings: Settings, profile: Profile, sources: list[Source], again: list[str]) -> None:
    words = load_words(settings.language)
    stop = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    url = settings.database_url or database.default_url(settings.data_dir)
    async with await connect(url) as cursors:
        for name in again:
            await cursors.forget(name)
        await create_topics(settings.kafka_bootstrap, [profile.feeds[source.feed] for source in sources])
        lines = made_lines(settings, profile, sources, cursors, stop)
        print(words("collect.begins", count=len(lines), names=", ".join(line.source.id for line in lines)), flush=True)
        await Collector(lines).run()
        sent = sum(line.status.sent for line in lines)
        print(words("collect.done", count=sent), flush=True)


def made_lines(
    settings: Settings, profile: Profile, sources: list[Source], cursors: Cursors, stop: asyncio.Event
) -> list[Line]:
    """The sources with everything they need."""
    around = Surroundings(
        bootstrap=settings.kafka_bootstrap, cursors=cursors, secrets=Secrets(settings.secrets_dir),
        profile=profile.head.id, timezone=profile.head.timezone, stop=stop,
    )  # fmt: skip
    return [
        Line(source, profile.feeds[source.feed], msgspec.convert(source.options, KINDS[source.kind].options), around)
        for source in sources
    ]
