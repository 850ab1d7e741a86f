"""The web process under Python's profiler, with the load of ``bench.live``.

    python -m bench.web_profile [--part latency|cpu] [--seconds 15]

Prints the functions by their own time, then the product's by all they called. What the profiler itself costs is in it:
compare shares, not times.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import os
import pstats
import signal
import sys
import tempfile
from pathlib import Path

from bench import live
from bench.live_profile import write
from ioc.cli import main as ioc
from ioc.settings import child_environment
from streams.supervisor import spawn
from tests.centre import PROFILE, ROOT, Centre

TARGET = "BENCH_PROFILE"
SHOWN = 40
OURS = r"/(ioc|layouts)/"


class ProfiledCentre(Centre):
    """A centre whose web process writes a profile when it ends."""

    def start(self, name: str) -> None:
        if name != "web":
            super().start(name)
            return
        environment = child_environment(self.settings, consumer_id=name) | {TARGET: str(self.folder / "profile")}
        command = [sys.executable, "-m", "bench.web_profile", "--serve"]
        self.processes[name] = spawn(command, self.folder / "web.log", folder=ROOT, environment=environment)


def serve() -> None:
    """``ioc web`` until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    profile = cProfile.Profile()
    try:
        profile.runcall(ioc, ["web"])
    finally:
        profile.dump_stats(os.environ[TARGET])


async def measure(folder: Path, part: str, seconds: float) -> None:
    profile = write(PROFILE, folder / PROFILE.name, live.LOAD_FEEDS)
    (folder / "data").mkdir()
    with ProfiledCentre(folder / "data", folder / PROFILE.name) as centre:
        centre.run("consume-1", "consume")
        centre.run("web", "web")
        await asyncio.to_thread(centre.ready)
        if part == "latency":
            await live.latency(centre, profile, 1_000, seconds)
        else:
            await live.cpu_of_screens(centre, [200], seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=["latency", "cpu"], default="latency")
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve()
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        asyncio.run(measure(folder, options.part, options.seconds))
        found = pstats.Stats(str(folder / "data" / "profile"))
        found.sort_stats("tottime").print_stats(SHOWN)
        found.sort_stats("cumtime").print_stats(OURS, SHOWN)


if __name__ == "__main__":
    main()
