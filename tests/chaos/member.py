"""One member of the consumer group as a process of its own: ``python -m tests.chaos.member NAME KAFKA REDIS``.

``--freeze-before N`` stops itself (SIGSTOP) right before its N-th write: a zombie that holds a folded batch.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from ioc.core.errors import FencedError
from ioc.core.event import Compiled
from ioc.store.connect import connect
from ioc.store.partition import Partition
from streams.consumer import Consumer
from streams.supervisor import spawn
from tests.chaos.trial import FEEDS, Trial
from tests.conftest import hai_duong

LOG = logging.getLogger(__name__)
FENCED = "the write of a zombie was fenced"
ROOT = Path(__file__).parent.parent.parent


class Members:
    """Members by name; all are ended with the block."""

    def __init__(self, folder: Path, trial: Trial) -> None:
        self.folder = folder
        self.trial = trial
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._said: dict[str, int] = {}  # bytes in the log before the last start

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()

    def start(self, name: str, freeze_before: int = 0) -> None:
        log = self.folder / f"{name}.log"
        self._said[name] = log.stat().st_size if log.exists() else 0
        command = [
            sys.executable, "-m", "tests.chaos.member", name, self.trial.bootstrap, self.trial.redis_url,
            "--freeze-before", str(freeze_before), *([] if self.trial.idempotent else ["--without-producer-id"]),
        ]  # fmt: skip
        self.processes[name] = spawn(command, log, folder=ROOT)

    def kill(self, name: str) -> None:
        """``kill -9``."""
        self.processes[name].kill()
        self.processes[name].wait()

    def signal(self, name: str, number: signal.Signals) -> None:
        os.kill(self.processes[name].pid, number)

    def _stopped(self, name: str) -> bool:
        said = Path(f"/proc/{self.processes[name].pid}/stat").read_text("ascii", "replace")
        return said.rpartition(")")[2].split()[0] == "T"

    def log(self, name: str) -> str:
        """What it said since it was started last."""
        return (self.folder / f"{name}.log").read_bytes()[self._said[name] :].decode("utf-8", "replace")

    async def stands_still(self, name: str, within: float = 20.0) -> None:
        """Wait until it stopped itself."""
        await until(lambda: self._stopped(name), within)

    async def own(self, partitions: int, within: float = 30.0) -> None:
        """Wait until the members have claimed as many partitions together, each of them one at least."""

        def all_claimed() -> bool:
            claims = [self.log(name).count(" is ours from ") for name in self.processes]
            return all(claims) and sum(claims) >= partitions

        await until(all_claimed, within)


async def until(true: Callable[[], bool], within: float) -> None:
    """Wait until something is so. Raises TimeoutError."""
    async with asyncio.timeout(within):
        while True:
            if true():
                return
            await asyncio.sleep(0.02)


def _freeze_before(count: int) -> None:
    """The ``count``-th write of this process stops it."""
    write, written = Partition.apply, 0

    async def apply(self: Partition, *arguments: Any) -> int:
        nonlocal written
        written += 1
        if written != count:
            return await write(self, *arguments)
        os.kill(os.getpid(), signal.SIGSTOP)
        try:
            return await write(self, *arguments)
        except FencedError:
            LOG.warning(FENCED)
            raise

    Partition.apply = apply  # type: ignore[method-assign]


async def _run(options: argparse.Namespace) -> None:
    profile = hai_duong()
    feeds = {feed: Compiled(profile.feeds[feed], profile) for feed in FEEDS}
    client = connect(options.redis)
    consumer = Consumer(options.kafka, client, feeds, options.name, idempotent=options.producer_id)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, consumer.stop)
    try:
        await consumer.run()
    finally:
        await client.aclose()


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("name", "kafka", "redis"):
        parser.add_argument(name)
    parser.add_argument("--freeze-before", type=int, default=0)
    parser.add_argument("--without-producer-id", dest="producer_id", action="store_false")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    _freeze_before(options.freeze_before)
    asyncio.run(_run(options))


if __name__ == "__main__":
    main()
