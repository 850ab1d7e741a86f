"""A PostgreSQL server of its own for tests, where its programs are installed."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from streams.embedded import free_port

FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def program(name: str) -> str:
    """Path of one of its programs; the test is skipped where there is none, but not in CI."""
    found = shutil.which(name, path=os.pathsep.join([*map(str, reversed(FOLDERS)), os.environ.get("PATH", "")]))
    if found is None:
        if os.environ.get("CI"):
            raise RuntimeError(f"{name} is missing; install postgresql")
        pytest.skip(f"{name} is not installed; the SQL suite runs on SQLite only")
    return found


@contextmanager
def running() -> Iterator[str]:
    """A fresh server on a free port of the loopback, with a folder of its own; its address."""
    initdb, server, ready = program("initdb"), program("postgres"), program("pg_isready")
    with tempfile.TemporaryDirectory(prefix="ioc-postgres-") as name:
        yield from _served(Path(name), initdb, server, ready)


def _served(folder: Path, initdb: str, server: str, ready: str) -> Iterator[str]:
    user = "postgres" if os.getuid() == 0 else None  # it refuses to run as root
    if user:
        shutil.chown(folder, user)
    data = folder / "data"
    port = free_port()
    as_user = {"user": user, "extra_groups": [], "cwd": "/"} if user else {}
    subprocess.run(
        [initdb, "-D", str(data), "-U", "ioc", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
        check=True, capture_output=True, **as_user,
    )  # fmt: skip
    options = {"port": str(port), "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
    settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([server, "-D", str(data), *settings], stdout=log, stderr=log, **as_user)
    try:
        for _ in range(100):
            if subprocess.run([ready, "-q", "-h", "127.0.0.1", "-p", str(port)], check=False).returncode == 0:
                break
            if process.poll() is not None:
                raise RuntimeError((folder / "log").read_text("utf-8", "replace"))
            time.sleep(0.1)
        yield f"postgresql://ioc@127.0.0.1:{port}/postgres"
    finally:
        process.terminate()
        process.wait(10)


def empty(url: str) -> None:
    """Drop everything in the database."""
    asyncio.run(_empty(url))


async def _empty(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    await connection.close()
