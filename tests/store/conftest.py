"""Real servers for the store's tests: Valkey from its wheel, and Redis where it is installed."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest

from ioc.store.connect import Redis, connect
from streams import embedded

SERVERS = ["valkey", *(["redis"] if shutil.which("redis-server") else [])]


@pytest.fixture(scope="package", params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server of its own."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    folder.chmod(0o755)
    engine = embedded.live_state(folder / "state")
    if request.param == "redis":
        engine = msgspec.structs.replace(engine, command=[str(shutil.which("redis-server")), *engine.command[1:]])
    process = embedded.start(engine, folder / "server.log")
    until = time.monotonic() + 20
    while not embedded.port_taken(engine.port):
        if time.monotonic() > until or process.poll() is not None:
            raise RuntimeError((folder / "server.log").read_text("utf-8", "replace"))
        time.sleep(0.02)
    try:
        yield f"redis://127.0.0.1:{engine.port}"
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture
async def client(server: str) -> AsyncIterator[Redis]:
    """A client of an empty server that doesn't know the functions."""
    opened = connect(server)
    await opened.flushall()
    await opened.function_flush()
    yield opened
    await opened.aclose()
