"""Memory of one consumer over five million events: how much it grows after it has warmed up.

    python -m bench.memory [--events 5000000]

Readings of 60 stations, five minutes apart, go through Apache Kafka in slices of 250,000; each slice is deleted from
the log once it is read. After each the resident size of the consumer's process is noted. The slope is a straight line
through the points of the second half, in MB a million events. Event time runs on through all slices, as it does in
service, so that minutes have to be forgotten.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from bench.rebuild import settings_of, started
from bench.stream_events import readings
from bench.streams import produce
from ioc.profile_files import load
from ioc.store import keys
from ioc.store.connect import connect
from streams.topics import create_topics
from tests.engines import Engines, running

FEED = "station_reading"
PROFILE = Path(__file__).parent.parent / "profiles" / "hai-duong"
SLICE = 250_000
BAR = 1.0  # MB a million events


async def read_up_to(engines: Engines, partitions: int, events: int) -> dict[int, int]:
    """Wait until the consumer has written that many; next offsets by partition."""
    client = connect(engines.redis_url)
    try:
        while True:
            offsets = {at: int(await client.hget(keys.meta(FEED, at), "offset:1") or 0) for at in range(partitions)}
            if sum(offsets.values()) >= events:
                return offsets
            await asyncio.sleep(0.2)
    finally:
        await client.aclose()


async def forget(engines: Engines, offsets: dict[int, int]) -> None:
    """Delete what was read, so that neither log nor disk grow."""
    admin = AIOKafkaAdminClient(bootstrap_servers=engines.bootstrap)
    await admin.start()
    try:
        read = {
            TopicPartition(f"ioc.{FEED}", at): RecordsToDelete(before_offset=offset) for at, offset in offsets.items()
        }
        await admin.delete_records(read)
    finally:
        await admin.close()


def measure(events: int) -> dict[str, Any]:
    profile = load(PROFILE)
    partitions = profile.feeds[FEED].partitions
    points: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory(prefix="ioc-bench-") as name, running(Path(name), log="apache") as engines:
        asyncio.run(create_topics(engines.bootstrap, profile.feeds.values(), retention_bytes=-1, retention_ms=-1))
        consumer = started(settings_of(engines, Path(name)), Path(name), "consume")
        try:
            process, source, made = psutil.Process(consumer.pid), readings(profile, events, random.Random(5)), 0
            while made < events:
                made += asyncio.run(produce(engines, FEED, itertools.islice(source, SLICE)))
                offsets = asyncio.run(read_up_to(engines, partitions, made))
                asyncio.run(forget(engines, offsets))
                time.sleep(0.5)
                points.append((made / 1e6, process.memory_info().rss / 1e6))
                print(f"{made:>9} events  {points[-1][1]:.1f} MB", flush=True)
        finally:
            consumer.terminate()
            consumer.wait(20)
    warm = points[len(points) // 2 :]
    slope = statistics.linear_regression([at for at, _ in warm], [size for _, size in warm]).slope
    return {"events": made, "slope_mb_per_million": round(slope, 2), "points": [(a, round(b, 1)) for a, b in points]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=5_000_000)
    result = measure(parser.parse_args().events)
    print(json.dumps(result))
    met = result["slope_mb_per_million"] < BAR
    print(f"growth {result['slope_mb_per_million']} MB a million events, bar {BAR}: {'met' if met else 'MISSED'}")


if __name__ == "__main__":
    main()
