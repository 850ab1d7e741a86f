"""``ioc consume``: one or more consumer processes that read the feeds' topics into Redis."""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import logging
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ioc.collector import tune_collector
from ioc.core.errors import EngineError, ProfileError
from ioc.core.event import Compiled
from ioc.core.profile import Profile
from ioc.profile_files import load, stamp
from ioc.settings import Settings, child_environment
from ioc.store import functions, generation
from ioc.store.connect import UNREACHABLE, RedisError, connect, ready
from streams.consumer import Consumer
from streams.topics import create_topics

HELP = "read events from Kafka into Redis, each exactly once"
LOG = logging.getLogger(__name__)
READY_TRIES = 30
WATCH_EVERY = 1.0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--feeds", nargs="*", default=[], help="only these feeds; default: all of the profile")
    parser.add_argument("--processes", type=int, default=1, help="consumer processes that share the partitions")
    parser.add_argument(
        "--accept-loss", nargs="+", default=[], metavar="FEED",
        help="feeds that go on behind what Kafka lost, though their contracts say to stop",
    )  # fmt: skip


def run(settings: Settings, options: argparse.Namespace) -> int:
    if not settings.kafka_bootstrap or not settings.redis_url:
        raise EngineError("name the engines: KAFKA_BOOTSTRAP_SERVERS and REDIS_URL; 'ioc demo' brings its own")
    others = [_another(settings, options, number) for number in range(2, options.processes + 1)]
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_consume(settings, options))
    finally:
        for other in others:
            other.terminate()
        for other in others:
            other.wait()
    return 0


def _another(settings: Settings, options: argparse.Namespace, number: int) -> subprocess.Popen[bytes]:
    environment = child_environment(settings, consumer_id=f"{settings.consumer_id}-{number}")
    feeds = ["--feeds", *options.feeds] if options.feeds else []
    accepted = ["--accept-loss", *options.accept_loss] if options.accept_loss else []
    return subprocess.Popen([sys.executable, "-m", "ioc.cli", "consume", *feeds, *accepted], env=environment)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where it is installed; it isn't on Windows."""
    if importlib.util.find_spec("uvloop") is None:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = importlib.import_module("uvloop").new_event_loop
    return factory


async def _consume(settings: Settings, options: argparse.Namespace) -> None:
    profile = load(Path(settings.profile))
    unknown = sorted({*options.feeds, *options.accept_loss} - set(profile.feeds))
    if unknown:
        raise EngineError(f"no such feed: {', '.join(unknown)}; the profile has {', '.join(sorted(profile.feeds))}")
    feeds = _compiled(profile, options.feeds)
    client = connect(settings.redis_url)
    try:
        await _wait_for_redis(client)
        await create_topics(settings.kafka_bootstrap, [compiled.contract for compiled in feeds.values()])
        await _tidy(client, feeds)
        consumer = Consumer(
            settings.kafka_bootstrap, client, feeds, settings.consumer_id, accept_loss=options.accept_loss
        )
        for stop in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(stop, consumer.stop)
        tune_collector()
        watching = asyncio.create_task(_watch(settings, options.feeds, profile.digest, consumer))
        watching.add_done_callback(_say_why)
        await consumer.run()
        watching.cancel()
    finally:
        await client.aclose()


def _compiled(profile: Profile, only: list[str]) -> dict[str, Compiled]:
    return {name: Compiled(contract, profile) for name, contract in profile.feeds.items() if not only or name in only}


async def _watch(settings: Settings, only: list[str], digest: str, consumer: Consumer) -> None:
    """A saved profile that is good is used at once; of one that isn't the last good one stays, and the log says why."""
    folder = Path(settings.profile)
    seen = await asyncio.to_thread(stamp, folder)
    while True:
        await asyncio.sleep(WATCH_EVERY)
        try:
            now = await asyncio.to_thread(stamp, folder)
            if now == seen:
                continue
            seen = now
            profile = await asyncio.to_thread(load, folder)
        except ProfileError as error:
            LOG.warning("the profile has %d problems, the last good one stays: %s", len(error.problems), error)
            continue
        except OSError as error:  # a file that is just being replaced
            LOG.warning("the profile's folder can't be read: %s", error)
            continue
        if profile.digest != digest:
            digest = profile.digest
            feeds = _compiled(profile, only)
            if feeds.keys() != consumer.feeds:
                await create_topics(settings.kafka_bootstrap, [compiled.contract for compiled in feeds.values()])
            consumer.use(feeds)


def _say_why(watching: asyncio.Task[None]) -> None:
    if not watching.cancelled() and watching.exception() is not None:
        LOG.error("the profile isn't watched any more: %r; start the consumer again", watching.exception())


async def _tidy(client: Any, feeds: Mapping[str, Compiled]) -> None:
    """What an older version of the product, or rebuilds that died, left in Redis. Nothing depends on it."""
    try:
        await functions.load(client)
        for name, compiled in feeds.items():
            await generation.sweep(client, name, compiled.contract.partitions)
    except (RedisError, *UNREACHABLE) as error:
        LOG.warning("Redis isn't tidied: %r", error)


async def _wait_for_redis(client: Any) -> None:
    for left in reversed(range(READY_TRIES)):
        try:
            await ready(client)
            break
        except EngineError:
            if not left:
                raise
            await asyncio.sleep(1.0)
