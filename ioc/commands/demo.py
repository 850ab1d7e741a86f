"""``ioc demo``: the whole centre on one machine, with embedded engines or the ones named in the environment."""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import functools
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import msgspec

from ioc.core.errors import EngineError
from ioc.core.words import Words
from ioc.locales import load
from ioc.profile_files import load as load_profile
from ioc.settings import Settings, child_environment
from streams import embedded
from streams.supervisor import Supervisor, listening, spawn
from streams.topics import create_topics

HELP = "run the whole centre on this machine: engines, consumers, historian, web and a scenario"
NONE = "none"
READY_WITHIN = 60.0
FOREVER = -1  # a scenario lies in the past; only size ends what the embedded log keeps


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--scenario", default="", help="one of the profile, or 'none' for real feeds")
    parser.add_argument("--speed", type=float, default=60.0, help="speed of the exercise clock, 1 to 600")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--consumers", type=int, default=1, help="consumer processes")
    parser.add_argument("--kafka-port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--redis-port", type=int, default=0, help="0 takes a free one")


def run(settings: Settings, options: argparse.Namespace) -> int:
    words = load(settings.language)
    if settings.production:
        raise EngineError(words("demo.production"))
    if embedded.port_taken(settings.port):
        raise EngineError(words("demo.port_taken", port=settings.port))
    folder = Path(settings.data_dir).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    options.scenario = options.scenario or load_profile(Path(settings.profile)).head.demo or NONE
    with (folder / "demo.lock").open("w") as lock:
        _own(lock, folder, words)
        return asyncio.run(_Demo(settings, options, folder, words).run())


def _own(lock: IO[str], folder: Path, words: Words) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise EngineError(words("demo.folder_taken", folder=folder)) from None


class _Demo:
    def __init__(self, settings: Settings, options: argparse.Namespace, folder: Path, words: Words) -> None:
        self.options = options
        self.words = words
        self.exercise = options.scenario != NONE
        self.folder = folder / options.scenario if self.exercise else folder
        self.settings = settings
        self.supervisor = Supervisor()
        self.began = time.monotonic()

    async def run(self) -> int:
        ended = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, ended.set)
        try:
            await self._start()
            await ended.wait()
            self._say("stopping")
        finally:
            await self.supervisor.stop()
        return 0

    async def _start(self) -> None:
        if self.exercise and self.folder.exists():
            shutil.rmtree(self.folder)  # a scenario starts from its beginning; it holds nothing real
        self.folder.mkdir(parents=True, exist_ok=True)
        self._say("start", folder=self.folder)
        self.settings = await self._engines()
        self._write_addresses()
        profile = await asyncio.to_thread(load_profile, Path(self.settings.profile))
        await create_topics(self.settings.kafka_bootstrap, profile.feeds.values(), retention_ms=FOREVER)
        self._say("topics", count=len(profile.feeds))
        consumers = [[f"consume-{number}", "consume"] for number in range(1, self.options.consumers + 1)]
        self._run([*consumers, ["web", "web"]])
        await self._ready()  # before the others: a page is there at once, and fills while it is looked at
        self._run([["historian", "historian"], *self._exercise()])

    async def _engines(self) -> Settings:
        """Start the engines that the environment doesn't name; the settings with their addresses."""
        settings = self.settings
        kafka = settings.kafka_bootstrap or await self._engine(embedded.event_log, "kafka", self.options.kafka_port)
        redis = settings.redis_url or "redis://" + await self._engine(
            embedded.live_state, "valkey", self.options.redis_port
        )
        for name, address in (("kafka", settings.kafka_bootstrap), ("redis", settings.redis_url)):
            if address:
                self._say("named", name=name, address=address)
        database = settings.database_url or f"sqlite+aiosqlite:///{self.folder / 'records.sqlite'}"
        return msgspec.structs.replace(
            settings, kafka_bootstrap=kafka, redis_url=redis, database_url=database, data_dir=str(self.folder)
        )

    async def _engine(self, make: Callable[[Path, int], embedded.Engine], name: str, port: int) -> str:
        began = time.monotonic()
        engine = make(self.folder / name, port)
        child = self.supervisor.add(
            engine.name, functools.partial(embedded.start, engine, self.folder / f"{engine.name}.log")
        )
        await listening(engine.port, child)
        seconds = self.words.number(time.monotonic() - began, 1)
        self._say("engine", name=engine.name, port=engine.port, seconds=seconds)
        return f"{embedded.LOOPBACK}:{engine.port}"

    def _write_addresses(self) -> None:
        """What another terminal needs to work with these engines, in a form that a shell reads."""
        named = {
            "KAFKA_BOOTSTRAP_SERVERS": self.settings.kafka_bootstrap, "REDIS_URL": self.settings.redis_url,
            "DATABASE_URL": self.settings.database_url,
        }  # fmt: skip
        file = self.folder / "engines.env"
        file.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in named.items()), "utf-8")
        file.chmod(0o600)
        self._say("addresses", file=file)

    def _run(self, processes: list[list[str]]) -> None:
        """Start ``ioc`` processes: name and arguments of each."""
        for name, *command in processes:
            self.supervisor.add(name, self._spawner(name, command))
            self._say("process", name=name)

    def _exercise(self) -> list[list[str]]:
        """The process that plays the scenario, if there is one."""
        if not self.exercise:
            return []
        scenario = ["--scenario", self.options.scenario, "--speed", f"{self.options.speed:g}"]
        self._say("scenario", scenario=self.options.scenario, speed=f"{self.options.speed:g}")
        return [["simulate", "simulate", *scenario, "--seed", str(self.options.seed)]]

    def _spawner(self, name: str, command: list[str]) -> Callable[[], subprocess.Popen[bytes]]:
        environment = child_environment(self.settings, consumer_id=name)
        return functools.partial(
            spawn,
            [sys.executable, "-m", "ioc.cli", *command],
            self.folder / f"{name}.log",
            folder=Path.cwd(),
            environment=environment,
        )

    async def _ready(self) -> None:
        web = next(child for child in self.supervisor.children if child.name == "web")
        await listening(self.settings.port, web, READY_WITHIN)
        seconds = self.words.number(time.monotonic() - self.began, 1)
        self._say("ready", seconds=seconds, url=f"http://127.0.0.1:{self.settings.port}")
        self._say("loopback")
        self._say("stop", folder=self.folder)

    def _say(self, key: str, **values: object) -> None:
        print(self.words(f"demo.{key}", **values), flush=True)
