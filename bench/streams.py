"""Kafka → Redis: how many events a second one process takes, against aiokafka and msgspec decoding alone.

    python -m bench.streams [--events 200000] [--dossiers 150000] [--repeat 3]

One run measures, on the same records: (a) aiokafka + the contract's typed decode and nothing else, (b) the whole way of
``station_reading`` (validation, dedupe, cells, entities, quality counters, fenced writes), (c) the same of ``dossier``.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import uvloop
from aiokafka import TopicPartition

from bench.stream_events import Event, dossiers, readings
from ioc.collector import tune_collector
from ioc.core.event import Compiled
from ioc.core.profile import Profile
from ioc.profile_files import load
from ioc.store.connect import connect
from streams.consumer import MOST_RECORDS, WAIT_MS, Consumer
from streams.kafka import PacedConsumer, consumer_options
from streams.producer import EventSender
from streams.topics import create_topics
from tests.engines import Engines, running

PROFILE = Path(__file__).parent.parent / "profiles" / "hai-duong"
BARS = {"station_reading": 90_000, "dossier": 40_000, "ratio": 0.3}


class Measured(msgspec.Struct, kw_only=True):
    """Events, seconds of wall time and of this process's CPU."""

    events: int
    wall: float
    cpu: float

    @property
    def rate(self) -> float:
        return self.events / self.wall


async def produce(engines: Engines, feed: str, events: Iterator[Event]) -> int:
    count = 0
    async with EventSender(engines.bootstrap) as sender:
        for key, raw, timestamp in events:
            await sender.send(feed, key, raw, timestamp)
            count += 1
        await sender.flush()
    return count


async def decode_alone(engines: Engines, compiled: Compiled, events: int) -> Measured:
    """The yardstick: fetch and decode, with the consumer's own settings."""
    contract = compiled.contract
    options = consumer_options(engines.bootstrap, "yardstick") | {"group_id": None, "group_instance_id": None}
    consumer = PacedConsumer(**options)
    await consumer.start()
    try:
        places = [TopicPartition(contract.topic, number) for number in range(contract.partitions)]
        consumer.assign(places)
        for place in places:
            consumer.seek(place, 0)
        decode, done = compiled.decode, 0
        began, cpu = time.perf_counter(), time.process_time()
        while done < events:
            for records in (await consumer.getmany(timeout_ms=WAIT_MS, max_records=MOST_RECORDS)).values():
                for record in records:
                    decode(record.value)
                done += len(records)
        return Measured(events=done, wall=time.perf_counter() - began, cpu=time.process_time() - cpu)
    finally:
        await consumer.stop()


async def until(done: Callable[[], bool]) -> None:
    while not done():  # noqa: ASYNC110 - what is measured has no place for a signal
        await asyncio.sleep(0.002)


async def whole_way(engines: Engines, compiled: Compiled, events: int) -> Measured:
    """The product's own consumer, from its first claim to its last acknowledged write."""
    client = connect(engines.redis_url)
    await client.flushall()
    # One name for all runs: the embedded listener keeps a static member that has gone.
    consumer = Consumer(engines.bootstrap, client, {compiled.contract.feed: compiled}, "bench")
    task = asyncio.create_task(consumer.run())
    await until(lambda: bool(consumer.offsets))
    began, cpu = time.perf_counter(), time.process_time()
    await until(lambda: sum(consumer.offsets.values()) >= events)
    measured = Measured(events=events, wall=time.perf_counter() - began, cpu=time.process_time() - cpu)
    consumer.stop()
    await task
    await client.aclose()
    return measured


def rounds(engines: Engines, profile: Profile, feed: str, events: int, repeat: int) -> dict[str, list[Measured]]:
    found: dict[str, list[Measured]] = {"decode": [], "whole": []}
    for _ in range(repeat):
        for name, run in (("decode", decode_alone), ("whole", whole_way)):
            compiled = Compiled(profile.feeds[feed], profile)
            gc.unfreeze()
            tune_collector()
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                found[name].append(runner.run(run(engines, compiled, events)))
    return found


def summary(found: dict[str, list[Measured]]) -> dict[str, Any]:
    best = {name: statistics.median(run.rate for run in runs) for name, runs in found.items()}
    pairs = zip(found["whole"], found["decode"], strict=True)
    return {
        "events": found["whole"][0].events,
        "decode_alone_per_s": round(best["decode"]),
        "whole_way_per_s": round(best["whole"]),
        "whole_way_per_cpu_s": round(statistics.median(run.events / run.cpu for run in found["whole"])),
        "ratio": round(statistics.median(whole.rate / alone.rate for whole, alone in pairs), 3),
        "runs": {name: [round(run.rate) for run in runs] for name, runs in found.items()},
    }


def measure(options: argparse.Namespace) -> dict[str, Any]:
    profile = load(PROFILE)
    feeds = {"station_reading": (readings, options.events), "dossier": (dossiers, options.dossiers)}
    result: dict[str, Any] = {"cores": os.cpu_count(), "python": sys.version.split()[0]}
    for feed, (make, count) in feeds.items():
        if not count:
            continue
        with tempfile.TemporaryDirectory(prefix="ioc-bench-") as folder, running(Path(folder)) as engines:
            contract = profile.feeds[feed]
            asyncio.run(create_topics(engines.bootstrap, [contract], retention_bytes=-1, retention_ms=-1))
            made = asyncio.run(produce(engines, feed, make(profile, count, random.Random(7))))
            result[feed] = summary(rounds(engines, profile, feed, made, options.repeat))
    return result


def report(result: dict[str, Any]) -> str:
    lines = [f"{'feed':<16} {'events':>8} {'decode/s':>9} {'whole/s':>9} {'ratio':>6} {'per cpu s':>9}  bar"]
    for feed in ("station_reading", "dossier"):
        row = result.get(feed)
        if row is None:
            continue
        met = row["whole_way_per_s"] >= BARS[feed] and (feed == "dossier" or row["ratio"] >= BARS["ratio"])
        lines.append(
            f"{feed:<16} {row['events']:>8} {row['decode_alone_per_s']:>9} {row['whole_way_per_s']:>9} "
            f"{row['ratio']:>6.3f} {row['whole_way_per_cpu_s']:>9}  {'met' if met else 'MISSED'}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=200_000, help="station readings")
    parser.add_argument("--dossiers", type=int, default=150_000, help="dossier events")
    parser.add_argument("--repeat", type=int, default=3)
    result = measure(parser.parse_args())
    print(json.dumps(result, ensure_ascii=False))
    print(report(result))


if __name__ == "__main__":
    main()
