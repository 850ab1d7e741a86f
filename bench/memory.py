"""A consumer's memory over millions of events: megabytes that it grows a million, once it is warm.

    python -m bench.memory [--events 5000000] [--every 250000] [--warm 0.4]

One ``ioc consume`` process on the embedded engines. Readings and dossiers come as fast as it takes them, while event
time goes on by 150,000 events a day. Its resident memory is read after each slice.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.stream_events import mixed
from ioc.core.profile import Profile
from ioc.profile_files import load
from ioc.store import keys
from ioc.store.connect import Redis, connect
from streams.producer import EventSender
from streams.topics import create_topics
from tests.centre import PROFILE, Centre

FEEDS = ("station_reading", "dossier")
BAR = 1.0  # MB a million events
RETAINED = 8 * 1024 * 1024  # bytes of a partition: the embedded listener writes all it holds again and again
MOST_WAITING = 10_000
PIECE = 2_000
MB = 1e6


def resident(pid: int) -> float:
    """Resident memory of a process, MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MB


async def written(client: Redis, profile: Profile) -> int:
    """Events of all partitions that are in Redis."""
    pipe = client.pipeline(transaction=False)
    for feed in FEEDS:
        for partition in range(profile.feeds[feed].partitions):
            pipe.hget(keys.meta(feed, partition), f"offset:{keys.FIRST_GENERATION}")
    return sum(int(offset or 0) for offset in await pipe.execute())


async def run(centre: Centre, options: argparse.Namespace) -> list[tuple[int, float]]:
    """(events written, MB) after each slice."""
    profile = load(PROFILE)
    bootstrap = centre.settings.kafka_bootstrap
    await create_topics(bootstrap, [profile.feeds[feed] for feed in FEEDS], RETAINED, retention_ms=-1)
    centre.run("consume", "consume", "--feeds", *FEEDS)
    client = connect(centre.settings.redis_url)
    events, samples, sent = mixed(profile, options.events), [], 0
    began = time.monotonic()
    async with EventSender(bootstrap) as sender:
        while piece := list(itertools.islice(events, PIECE)):
            for feed, (key, raw, timestamp) in piece:
                await sender.send(feed, key, raw, timestamp)
            sent += len(piece)
            whole = sent % options.every == 0
            await sender.flush()
            while sent - await written(client, profile) > (0 if whole else MOST_WAITING):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            if whole:
                samples.append((sent, resident(centre.processes["consume"].pid)))
                print(f"{sent:>9} events {samples[-1][1]:8.1f} MB {time.monotonic() - began:7.0f} s", flush=True)
    await client.aclose()
    return samples


def slope(samples: list[tuple[int, float]], warm: float) -> float:
    """MB a million events, by least squares over what came after the share ``warm``."""
    later = samples[int(len(samples) * warm) :]
    return statistics.linear_regression([at / 1e6 for at, _ in later], [size for _, size in later]).slope


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--every", type=int, default=250_000)
    parser.add_argument("--warm", type=float, default=0.4, help="share of the events that warms up")
    options = parser.parse_args()
    load_average = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="ioc-bench-") as folder, Centre(Path(folder)) as centre:
        samples = asyncio.run(run(centre, options))
    grown = slope(samples, options.warm)
    result: dict[str, Any] = {"load": load_average, "mb_a_million": round(grown, 2), "samples": samples}
    print(json.dumps(result))
    print(f"{grown:+.2f} MB a million events, bar {BAR:g}: {'met' if grown < BAR else 'MISSED'}")


if __name__ == "__main__":
    main()
