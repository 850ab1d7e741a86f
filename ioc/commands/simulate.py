"""``ioc simulate``: a scenario of the profile into the feeds, or into a file."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from ioc.core.contract import NotationError, seconds
from ioc.core.errors import EngineError, SettingsError
from ioc.core.profile import Profile
from ioc.locales import load as load_words
from ioc.profile_files import load as load_profile
from ioc.settings import Settings
from ioc.store.clock import read_clock, write_clock
from ioc.store.connect import connect
from streams.producer import EventSender
from streams.recording import written
from streams.simulator import files, stream
from streams.simulator.envelope import Event
from streams.simulator.pace import Pacer, Plan, resumed
from streams.simulator.scenario import Scenario, moment

HELP = "send a scenario of the profile into the feeds, or into a file"
FASTEST = 600.0
DAY = 86_400.0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--scenario", default="normal-day", help="a scenario of the profile, or a file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", type=float, default=60.0, help="speed of the exercise clock, 1 to 600")
    parser.add_argument("--start", default="", help="RFC 3339 time, or 'now'; default: the scenario's")
    parser.add_argument("--backfill", default="", help="hours before the start, sent at once; default: the scenario's")
    parser.add_argument("--until", default="", help="RFC 3339 time at which the sending ends")
    parser.add_argument("--out", type=Path, help="write NDJSON into this file and send nothing")
    parser.add_argument("--rate-factor", type=float, default=1.0, help="how many times the usual events")


def run(settings: Settings, options: argparse.Namespace) -> int:
    folder = Path(settings.profile)
    profile, scenario = load_profile(folder), files.load(folder, options.scenario)
    plan = planned(scenario, options, time.time())
    events = stream.events(profile, scenario, seed=options.seed, begin=plan.begin, rate_factor=options.rate_factor)
    if options.out:
        return _write(settings, options.out, plan, events)
    return asyncio.run(_send(settings, profile, plan, events))


def planned(scenario: Scenario, options: argparse.Namespace, real: float) -> Plan:
    """The plan of the options over the scenario's own. Raises :class:`SettingsError` for what can't be meant."""
    if not 1.0 <= options.speed <= FASTEST:
        raise SettingsError(f"--speed: {options.speed:g} is out of range; write a number from 1 to {FASTEST:g}")
    if options.rate_factor <= 0:
        raise SettingsError(f"--rate-factor: {options.rate_factor:g} is out of range; write a number above 0")
    try:
        start = real if options.start == "now" else moment(options.start or scenario.start)
        backfill = seconds(options.backfill or scenario.backfill)
        until = moment(options.until) if options.until else None
        end = moment(scenario.end) if scenario.end else None
    except NotationError as error:
        raise SettingsError(f"--start, --backfill or --until: {error}") from None
    if until is not None and until <= start - backfill:
        raise SettingsError(f"--until: '{options.until}' isn't after the beginning; let it end later")
    end = end if end is not None and end > start else None
    return Plan(
        begin=start - backfill, start=start, end=end, until=until, speed=options.speed, mode=scenario.mode,
        label=scenario.label,
    )  # fmt: skip


def _write(settings: Settings, out: Path, plan: Plan, events: Iterator[Event]) -> int:
    until = plan.until or plan.end or plan.start + DAY
    count = 0
    with out.open("wb") as file:
        for event in itertools.takewhile(lambda event: event.at < until, events):
            file.write(written(event))
            count += 1
    print(load_words(settings.language)("scenario.written", count=count, file=out))
    return 0


async def _send(settings: Settings, profile: Profile, plan: Plan, events: Iterator[Event]) -> int:
    words = load_words(settings.language)
    if not settings.kafka_bootstrap or not settings.redis_url:
        raise EngineError(words("scenario.no_engines"))
    client = connect(settings.redis_url)
    try:
        left = resumed(plan, await read_clock(client), time.time())
        begun, ended = (words.moment(at, profile.head.timezone) for at in (plan.begin, plan.start))
        print(words("scenario.resumed" if left else "scenario.begins", begin=begun, start=ended), flush=True)
        async with EventSender(settings.kafka_bootstrap) as sender:
            pacer = Pacer(
                sender,
                lambda clock: write_clock(client, clock),
                lambda key, values: print(words(f"scenario.{key}", **values), flush=True),
            )
            for name in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(name, pacer.stop)
            await pacer.run(plan, events, left)
            print(words("scenario.done", count=pacer.sent), flush=True)
    finally:
        await client.aclose()
    return 0
