"""``ioc replay FILE``: recorded events into their feeds again."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from ioc.core.errors import EngineError, SettingsError
from ioc.locales import languages
from ioc.locales import load as load_words
from ioc.profile_files import load as load_profile
from ioc.settings import Settings
from ioc.store.clock import write_clock
from ioc.store.connect import connect
from streams.producer import EventSender
from streams.recording import read
from streams.replay import replay

HELP = "send recorded NDJSON events into their feeds again"
FASTEST = 600.0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="NDJSON, one event a line")
    parser.add_argument(
        "--speed", type=float, default=0.0, help="0 (default): at once; else the speed of an exercise clock, to 600"
    )


def run(settings: Settings, options: argparse.Namespace) -> int:
    words = load_words(settings.language)
    if not 0.0 <= options.speed <= FASTEST:
        raise SettingsError(f"--speed: {options.speed:g} is out of range; write a number from 0 to {FASTEST:g}")
    if not options.file.is_file():
        raise SettingsError(words("scenario.no_file", file=options.file))
    if not settings.kafka_bootstrap or not settings.redis_url:
        raise EngineError(words("scenario.no_engines"))
    return asyncio.run(_replay(settings, options))


async def _replay(settings: Settings, options: argparse.Namespace) -> int:
    words = load_words(settings.language)
    profile = await asyncio.to_thread(load_profile, Path(settings.profile))
    label = {name: load_words(name)("scenario.replay_label", file=options.file.name) for name in languages()}
    client = connect(settings.redis_url)
    try:
        with options.file.open("rb") as lines:
            async with EventSender(settings.kafka_bootstrap) as sender:
                count = await replay(
                    sender, read(lines, profile), speed=options.speed, label=label,
                    write=lambda clock: write_clock(client, clock),
                    say=lambda key, values: print(words(f"scenario.{key}", **values), flush=True),
                )  # fmt: skip
    finally:
        await client.aclose()
    print(words("scenario.done", count=count), flush=True)
    return 0
