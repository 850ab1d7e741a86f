"""A real Mosquitto as an unprivileged child on a free port."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from streams import embedded


class Broker(msgspec.Struct, kw_only=True):
    """``kill`` is kill -9; ``start`` brings it back on its port."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def options(self) -> dict[str, object]:
        return {"host": "127.0.0.1", "port": self.port}

    def start(self) -> None:
        engine = embedded.Engine(
            name="mosquitto", command=[_binary(), "-c", str(self.folder / "mosquitto.conf")], folder=self.folder,
            port=self.port,
        )  # fmt: skip
        self.process = embedded.start(engine, self.folder.parent / "mosquitto.log")
        end = time.monotonic() + 10
        while not embedded.port_taken(self.port):
            assert time.monotonic() < end, (self.folder.parent / "mosquitto.log").read_text("utf-8", "replace")
            assert self.process.poll() is None, (self.folder.parent / "mosquitto.log").read_text("utf-8", "replace")
            time.sleep(0.02)

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(5)


def _binary() -> str:
    found = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("Mosquitto isn't installed: apt-get install mosquitto")
        pytest.skip("Mosquitto isn't installed: apt-get install mosquitto")
    return found


@contextmanager
def brokering(more: str = "allow_anonymous true\n", files: dict[str, str] | None = None) -> Iterator[Broker]:
    """A broker that keeps its sessions on disk; ``more`` is added to its settings, ``files`` to its folder."""
    _binary()
    # Not in pytest's folder, which is for root's eyes only where root runs the tests.
    with tempfile.TemporaryDirectory(prefix="ioc-mosquitto-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        for each in (home.parent, home):
            each.chmod(0o755)
        for name, text in (files or {}).items():
            (home / name).write_text(text)
            (home / name).chmod(0o600)
        port = embedded.free_port()
        settings = [
            f"listener {port} 127.0.0.1", "persistence true", f"persistence_location {home}/", "autosave_interval 1",
            "autosave_on_changes true", "max_queued_messages 100000", "max_inflight_messages 100",
            more.replace("{home}", str(home)),
        ]  # fmt: skip
        (home / "mosquitto.conf").write_text("\n".join(settings))
        broker = Broker(folder=home, port=port, process=None)  # type: ignore[arg-type]
        broker.start()
        try:
            yield broker
        finally:
            broker.stop()
