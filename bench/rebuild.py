"""Redis loses everything: how long until the screens are right again, from a million retained events.

    python -m bench.rebuild [--events 1000000] [--log apache]

One consumer and the web process run over Apache Kafka (or the embedded log) with the events retained: seven in ten are
station readings, the rest dossiers. When the indicators stand, ``FLUSHALL`` is sent to Valkey, and the clock of the
data is put back at once, as its scenario would. Measured is the time until ``/api/v1/indicators`` says again, for
every indicator, what it said before.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from bench.stream_events import Event, dossiers, readings
from bench.streams import produce
from ioc.core.clock import Clock
from ioc.profile_files import load
from ioc.settings import Settings, child_environment, read
from ioc.store.clock import write_clock
from ioc.store.connect import connect
from streams.embedded import free_port
from streams.supervisor import spawn
from streams.topics import create_topics
from tests.engines import Engines, running

ROOT = Path(__file__).parent.parent
PROFILE = ROOT / "profiles" / "hai-duong"
BAR = 60.0
SHARE = {"station_reading": 0.7, "dossier": 0.3}
QUIET = 3.0  # seconds in which nothing changes any more
LONGEST = 600.0


def made(feed: str, count: int) -> Iterator[Event]:
    profile = load(PROFILE)
    return (readings if feed == "station_reading" else dossiers)(profile, count, random.Random(11))


def fill(engines: Engines, events: int) -> tuple[int, float]:
    """Produce; how many there are, and the time of the newest record, POSIX s."""
    asyncio.run(create_topics(engines.bootstrap, load(PROFILE).feeds.values(), retention_bytes=-1, retention_ms=-1))
    count, newest = 0, 0.0
    for feed, share in SHARE.items():
        events_of_it, stamps = itertools.tee(made(feed, round(events * share)))
        count += asyncio.run(produce(engines, feed, events_of_it))
        newest = max(newest, max(stamp for _, _, stamp in stamps) / 1000)
    return count, newest


def settings_of(engines: Engines, folder: Path) -> Settings:
    return read(
        {
            "KAFKA_BOOTSTRAP_SERVERS": engines.bootstrap, "REDIS_URL": engines.redis_url,
            "IOC_DATA_DIR": str(folder), "IOC_PROFILE": str(PROFILE), "IOC_PORT": str(free_port()),
        }
    )  # fmt: skip


def started(settings: Settings, folder: Path, command: str) -> subprocess.Popen[bytes]:
    environment = child_environment(settings, consumer_id=command)
    return spawn(
        [sys.executable, "-m", "ioc.cli", command], folder / f"{command}.log", folder=ROOT, environment=environment
    )


def shown(url: str) -> dict[str, Any] | None:
    """Value of every indicator, or None while the web process doesn't answer or follows no clock yet."""
    try:
        found = httpx.get(f"{url}/api/v1/indicators", timeout=30).json()
    except (httpx.TransportError, json.JSONDecodeError):
        return None
    values = {each["id"]: each["reading"]["value"] for each in found}
    # Sums of fractions depend on the order of additions in their last digits.
    return {name: None if value is None else round(value, 6) for name, value in values.items()}


def settled(url: str) -> dict[str, Any]:
    """What the indicators say once they stand."""
    last, since, until = None, time.monotonic(), time.monotonic() + LONGEST
    while time.monotonic() < until:
        now = shown(url)
        if now != last or now is None or not any(value is not None for value in now.values()):
            last, since = now, time.monotonic()
        elif time.monotonic() - since > QUIET:
            return now
        time.sleep(0.25)
    raise RuntimeError("the indicators never stand")


async def lose_everything(engines: Engines, clock: Clock) -> None:
    client = connect(engines.redis_url)
    await client.flushall()
    await write_clock(client, clock)
    await client.aclose()


async def set_clock(engines: Engines, clock: Clock) -> None:
    client = connect(engines.redis_url)
    await write_clock(client, clock)
    await client.aclose()


def measure(events: int, log: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="ioc-bench-") as name, running(Path(name), log=log) as engines:
        folder = Path(name)
        count, newest = fill(engines, events)
        clock = Clock(anchor=newest, speed=0.0, mode="exercise", label={"vi": "đo", "en": "bench"})
        asyncio.run(set_clock(engines, clock))
        settings = settings_of(engines, folder)
        url = f"http://127.0.0.1:{settings.port}"
        processes = [started(settings, folder, command) for command in ("consume", "web")]
        try:
            before = settled(url)
            began = time.monotonic()
            asyncio.run(lose_everything(engines, clock))
            while shown(url) == before and time.monotonic() - began < 5:
                time.sleep(0.05)  # the loss has reached the screens
            while (now := shown(url)) != before and time.monotonic() - began < LONGEST:
                time.sleep(0.25)
            seconds = time.monotonic() - began
        finally:
            for process in reversed(processes):
                process.terminate()
                process.wait(20)
    values = [value for value in before.values() if value is not None]
    return {
        "events": count,
        "seconds": round(seconds, 1),
        "right": now == before,
        "indicators": len(values),
        "log": log,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--log", choices=("apache", "embedded"), default="apache")
    options = parser.parse_args()
    result = measure(options.events, options.log)
    print(json.dumps(result))
    met = result["right"] and result["seconds"] <= BAR
    print(f"empty Redis to right screens: {result['seconds']} s, bar {BAR:.0f}: {'met' if met else 'MISSED'}")


if __name__ == "__main__":
    main()
