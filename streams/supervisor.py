"""Keeps a set of child processes running: starts them in order, restarts the fallen, ends them in reverse order."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from ioc.core.errors import EngineError

LOG = logging.getLogger(__name__)
GRACE = 8.0  # seconds a child has to end by itself
LONGEST_PAUSE = 30.0
STEADY = 60.0  # a child that ran this long starts anew without a pause


PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


def spawn(
    command: list[str],
    log: Path,
    *,
    folder: Path,
    user: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own (Ctrl-C reaches the parent only), its output in ``log``.

    On Linux the kernel ends it when the parent dies, even by kill -9, so that no engine is left behind.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder, user=user, env=environment,
            start_new_session=True, preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )  # fmt: skip


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """One child process; ``start`` makes it and may be called again after it fell."""

    def __init__(self, name: str, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        self.name = name
        self._start = start
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.falls = 0

    def begin(self) -> None:
        self.process = self._start()
        self.started = time.monotonic()

    @property
    def code(self) -> int | None:
        """Exit code, None while it runs."""
        return self.process.poll() if self.process else None

    def pause(self) -> float:
        """Seconds to wait before the next start: doubling, unless it had run steadily."""
        self.falls = 1 if time.monotonic() - self.started > STEADY else self.falls + 1
        return float(min(LONGEST_PAUSE, 0.5 * 2.0 ** (self.falls - 1)))


class Supervisor:
    """Runs children until :meth:`stop`. A fallen child is started again, so that nobody has to be called at night."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self._stopping = asyncio.Event()
        self._watchers: list[asyncio.Task[None]] = []

    def add(self, name: str, start: Callable[[], subprocess.Popen[bytes]]) -> Child:
        """Start a child and watch it."""
        child = Child(name, start)
        child.begin()
        self.children.append(child)
        self._watchers.append(asyncio.create_task(self._watch(child)))
        return child

    async def _watch(self, child: Child) -> None:
        while not self._stopping.is_set():
            if child.code is None:
                await asyncio.sleep(0.2)
                continue
            if child.code == 0:
                return
            pause = child.pause()
            LOG.warning("%s ended with code %s; it starts again in %.1f s", child.name, child.code, pause)
            if not await self._stays_quiet(pause):
                return
            child.begin()

    async def _stays_quiet(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return True
        return False

    async def stop(self) -> None:
        """End all children, the newest first; a child that doesn't end in time is killed."""
        self._stopping.set()
        await asyncio.gather(*self._watchers)
        for child in reversed(self.children):
            if child.process is None or child.code is not None:
                continue
            child.process.terminate()
            try:
                await asyncio.to_thread(child.process.wait, GRACE)
            except subprocess.TimeoutExpired:
                LOG.warning("%s didn't end in %.0f s and was killed", child.name, GRACE)
                child.process.kill()
                await asyncio.to_thread(child.process.wait)


async def listening(port: int, child: Child, seconds: float = 20.0, host: str = "127.0.0.1") -> None:
    """Wait until the port answers. Raises :class:`EngineError` when the child ends or the time is over."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if child.code is not None:
            raise EngineError(f"{child.name} ended at start with code {child.code}; its log tells why")
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        await writer.wait_closed()
        return
    raise EngineError(f"{child.name} doesn't answer on port {port} after {seconds:.0f} s")
