"""A whole centre of real processes for tests: engines, consumers, web; each can be killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import httpx

from ioc.settings import Settings, child_environment, read
from streams import embedded
from streams.supervisor import spawn

ROOT = Path(__file__).parent.parent
PROFILE = ROOT / "profiles" / "hai-duong"


class Centre:
    """Processes by name: kafka, valkey, and every ``ioc`` command started with :meth:`run`. Ports stay the same."""

    def __init__(self, folder: Path, profile: Path = PROFILE) -> None:
        self.folder = folder
        folder.chmod(0o755)
        self.engines = {
            "kafka": embedded.event_log(folder / "kafka"),
            "valkey": embedded.live_state(folder / "valkey"),
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.commands: dict[str, list[str]] = {}
        self.settings: Settings = read(
            {
                "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{self.engines['kafka'].port}",
                "REDIS_URL": f"redis://127.0.0.1:{self.engines['valkey'].port}",
                "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'records.sqlite'}",
                "IOC_DATA_DIR": str(folder),
                "IOC_PROFILE": str(profile),
                "IOC_PORT": str(embedded.free_port()),
            }
        )
        self.url = f"http://127.0.0.1:{self.settings.port}"

    def __enter__(self) -> Self:
        for name in self.engines:
            self.start(name)
        return self

    def __exit__(self, *_: object) -> None:
        for name in reversed(list(self.processes)):
            self.stop(name)

    def run(self, name: str, *command: str) -> None:
        """Start ``ioc <command>`` under a name."""
        self.commands[name] = list(command)
        self.start(name)

    def start(self, name: str) -> None:
        """Start a process (again). Engines are waited for."""
        log = self.folder / f"{name}.log"
        if name in self.engines:
            self.processes[name] = embedded.start(self.engines[name], log)
            _listening(self.engines[name].port)
            return
        self.processes[name] = spawn(
            [sys.executable, "-m", "ioc.cli", *self.commands[name]], log,
            folder=ROOT, environment=child_environment(self.settings, consumer_id=name),
        )  # fmt: skip

    def kill(self, name: str) -> None:
        """``kill -9``."""
        self.processes[name].kill()
        self.processes[name].wait()

    def pause(self, name: str, seconds: float) -> None:
        """SIGSTOP, then SIGCONT: a zombie that comes back."""
        os.kill(self.processes[name].pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(self.processes[name].pid, signal.SIGCONT)

    def stop(self, name: str) -> None:
        process = self.processes[name]
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def ready(self, seconds: float = 40.0) -> None:
        """Wait until the web process shows data."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            time.sleep(0.05)
        raise AssertionError(f"not ready after {seconds} s: {self.log('web')[-2000:]}")

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text("utf-8", "replace")


def _listening(port: int, seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"nobody listens on port {port}")
