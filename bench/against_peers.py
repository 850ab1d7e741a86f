"""Kafka → Redis against FastStream and Quix Streams, doing the same work on the same records in the same run.

    python -m bench.against_peers [--events 200000] [--repeat 3]

All validate ``station_reading`` by the product's contract, drop duplicates, and keep cells, entities, counts by outcome
and the offset in Redis, in batches of at most 2,000. The product's own consumer is the one that runs in service. After
each run the cells that a peer left are compared with those of the product: unequal work isn't measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from bench.stream_events import readings
from bench.streams import Measured, produce, whole_way
from ioc.core.event import Compiled
from ioc.core.profile import Profile
from ioc.profile_files import load
from ioc.store.connect import connect
from streams.topics import create_topics
from tests.engines import Engines, running

HERE = Path(__file__).parent
PROFILE = HERE.parent / "profiles" / "hai-duong"
FEED = "station_reading"
PEERS = ("faststream", "quixstreams")
BAR = 1.5
Cells = dict[tuple[int, str], list[Any]]


def environment(folder: Path) -> Path:
    """The peers' own environment, made when it is missing or its requirements changed; returns its Python."""
    wanted, made = HERE / "peers" / "requirements.txt", folder / "made.txt"
    python = folder / "bin" / "python"
    if not made.is_file() or made.read_bytes() != wanted.read_bytes():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        uv = [str(Path(sys.executable).parent / "uv"), "pip", "install", "--quiet", "--require-hashes"]
        subprocess.run([*uv, "--python", str(python), "-r", str(wanted)], check=True)
        made.write_bytes(wanted.read_bytes())
    return python


async def cells_of_the_product(engines: Engines, partitions: int) -> Cells:
    client, found = connect(engines.redis_url), {}
    for partition in range(partitions):
        async for key in client.scan_iter(f"{{ioc:{FEED}:{partition}}}:1:cells:*"):
            for field, value in (await client.hgetall(key)).items():
                count, (stat,) = msgspec.msgpack.decode(value)
                found[partition, field.decode()] = [count, *stat[1:]]
    await client.aclose()
    return found


async def cells_of_a_peer(engines: Engines, partitions: int) -> Cells:
    client, found = connect(engines.redis_url), {}
    for partition in range(partitions):
        for field, value in (await client.hgetall(f"{FEED}:{partition}:cells")).items():
            found[partition, field.decode()] = msgspec.msgpack.decode(value)
    await client.flushall()
    await client.aclose()
    return found


def same(ours: Cells, theirs: Cells) -> bool:
    """Equal keys and numbers; sums up to their rounding, because the order of additions differs."""
    return ours.keys() == theirs.keys() and all(
        cell[0] == theirs[key][0] and cell[2:] == theirs[key][2:] and abs(cell[1] - theirs[key][1]) < 1e-6
        for key, cell in ours.items()
    )


def run_peer(python: Path, name: str, engines: Engines, events: int) -> Measured:
    command = [str(python), "-m", f"bench.peers.with_{name}", engines.bootstrap, engines.redis_url, str(events)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=HERE.parent, check=False)
    if done.returncode:
        raise RuntimeError(f"{name} ended with {done.returncode}\n{done.stderr[-3000:]}")
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Measured)


def one_turn(
    engines: Engines, profile: Profile, python: Path, events: int, turn: int
) -> Iterator[tuple[str, Measured]]:
    """The product, then each peer, on the same log."""
    contract = profile.feeds[FEED]
    asyncio.run(create_topics(engines.bootstrap, [contract], retention_bytes=-1, retention_ms=-1))
    made = asyncio.run(produce(engines, FEED, readings(profile, events, random.Random(turn))))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        yield "product", runner.run(whole_way(engines, Compiled(contract, profile), made))
    ours = asyncio.run(cells_of_the_product(engines, contract.partitions))
    asyncio.run(cells_of_a_peer(engines, contract.partitions))
    for name in PEERS:
        yield name, run_peer(python, name, engines, made)
        if not same(ours, asyncio.run(cells_of_a_peer(engines, contract.partitions))):
            raise RuntimeError(f"{name} did other work than the product")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    python = environment(HERE.parent / "var" / "bench-peers")
    profile = load(PROFILE)
    found: dict[str, list[Measured]] = {name: [] for name in ("product", *PEERS)}
    for turn in range(options.repeat):
        # A log of its own for each turn: a peer's group would go on where it stopped.
        with tempfile.TemporaryDirectory(prefix="ioc-bench-") as place, running(Path(place)) as engines:
            for name, run in one_turn(engines, profile, python, options.events, turn):
                found[name].append(run)
    return {
        name: {
            "per_s": round(statistics.median(run.rate for run in runs)),
            "per_cpu_s": round(statistics.median(run.events / run.cpu for run in runs)),
            "runs": [round(run.rate) for run in runs],
        }
        for name, runs in found.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--repeat", type=int, default=3)
    result = measure(parser.parse_args())
    best = max(result[name]["per_s"] for name in PEERS)
    ratio = result["product"]["per_s"] / best
    print(json.dumps(result))
    for name, row in result.items():
        print(f"{name:<12} {row['per_s']:>8} events/s {row['per_cpu_s']:>8} per CPU s  {row['runs']}")
    print(f"ratio to the better peer {ratio:.2f}, bar {BAR}: {'met' if ratio >= BAR else 'MISSED'}")


if __name__ == "__main__":
    main()
