"""Real engines for tests and benchmarks: the embedded event log and Valkey as child processes on free ports."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from streams import embedded


class Engines(msgspec.Struct, kw_only=True):
    """Two running engines. ``kill`` is kill -9; ``start`` brings one back with its data, on its port."""

    folder: Path
    engines: dict[str, embedded.Engine]
    processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.engines['kafka'].port}"

    @property
    def redis_url(self) -> str:
        return f"redis://127.0.0.1:{self.engines['valkey'].port}"

    def start(self, name: str) -> None:
        engine = self.engines[name]
        self.processes[name] = embedded.start(engine, self.folder / f"{name}.log")
        deadline = time.monotonic() + 20
        while not embedded.port_taken(engine.port):
            if time.monotonic() > deadline or self.processes[name].poll() is not None:
                raise RuntimeError((self.folder / f"{name}.log").read_text("utf-8", "replace"))
            time.sleep(0.02)

    def kill(self, name: str) -> None:
        process = self.processes[name]
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for process in reversed(list(self.processes.values())):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


@contextmanager
def running(folder: Path, *names: str) -> Iterator[Engines]:
    """Start the engines named (``kafka``, ``valkey``; default both) in ``folder``; stopped at the end."""
    folder.chmod(0o755)
    engines = Engines(
        folder=folder,
        engines={
            "kafka": embedded.event_log(folder / "kafka"),
            "valkey": embedded.live_state(folder / "valkey"),
        },
    )
    try:
        for name in names or ("kafka", "valkey"):
            engines.start(name)
        yield engines
    finally:
        engines.stop()
