"""The follower's board equals Redis after any gap: a trimmed stream, a fall of Redis, lost data, another generation."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from ioc.core.clock import Clock
from ioc.core.errors import EngineError, ProfileError
from ioc.core.event import Compiled
from ioc.live.follower import Follower
from ioc.locales import load as load_words
from ioc.store import keys
from ioc.store.clock import write_clock
from ioc.store.connect import Redis, connect
from ioc.store.partition import Partition
from streams.session import Session
from tests.engines import Engines
from tests.profile_fixture import FILES, tiny_profile, write_profile
from tests.streams.memory_store import NoLetters
from tests.streams.records import Record, event

pytestmark = pytest.mark.engines
WORDS = {language: load_words(language) for language in ("vi", "en")}
FEED = "station_reading"


class Writer:
    """Owns the partition of the readings and writes one level a batch."""

    def __init__(self, folder: Path, generation: int = 1) -> None:
        profile = tiny_profile(folder)
        self._compiled = Compiled(profile.feeds[FEED], profile)
        self._generation = generation
        self._session: Session | None = None

    async def write(self, client: Redis, *levels: float) -> None:
        """Claims where it isn't the owner yet, and goes on behind what is stored."""
        store = Partition(client, FEED, 0)
        session = Session(store, self._compiled, NoLetters())
        await session.claim(0, self._generation)
        for level in levels:
            now = time.time()
            data = {"station_id": "S1", "metric": "level", "value": level, "unit": "m"}
            value = event(FEED, f"{self._generation}-{session.expected}-{now}", now, data, "urn:vn:tiny:stations")
            await session.take([Record(offset=session.expected, value=value, timestamp=int(now * 1000))], 0, time.time)
        await session.settled()


def unseen(url: str, work: Callable[[Redis], Awaitable[Any]]) -> None:
    """Do something to Redis while this thread's loop, and so the follower in it, stands still."""

    async def done() -> None:
        client = connect(url)
        try:
            await work(client)
        finally:
            await client.aclose()

    thread = threading.Thread(target=asyncio.run, args=(done(),))
    thread.start()
    thread.join()


@asynccontextmanager
async def following(url: str, folder: Path) -> AsyncIterator[Follower]:
    follower = Follower(url, folder, WORDS)
    follower.start()
    try:
        yield follower
    finally:
        await follower.stop()


async def until(holds: Callable[[], bool], seconds: float = 8.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


def level(follower: Follower) -> float | None:
    return follower.scene("vi").reading("river-max").value


def outcomes(follower: Follower) -> dict[str, int]:
    return follower.scene("vi").pulse(FEED).outcomes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_profile(tmp_path / "tiny")


@pytest.fixture
async def client(valkey: Engines) -> AsyncIterator[Redis]:
    opened = connect(valkey.redis_url)
    await opened.flushall()
    yield opened
    await opened.aclose()


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    return Writer(tmp_path / "writer")


async def test_it_reads_what_is_there_and_follows(valkey: Engines, client: Redis, folder: Path, writer: Writer) -> None:
    await writer.write(client, 2.5)
    async with following(valkey.redis_url, folder) as follower:
        told: list[set[str]] = []
        follower.changed = told.append
        assert not follower.ready
        await until(lambda: follower.ready and level(follower) == 2.5)
        await writer.write(client, 3.25)
        await until(lambda: level(follower) == 3.25)
        assert outcomes(follower)["accepted"] == 2
        assert {FEED} in told


async def test_an_empty_redis_is_ready_and_knows_nothing(valkey: Engines, client: Redis, folder: Path) -> None:
    async with following(valkey.redis_url, folder) as follower:
        await until(lambda: follower.ready)
        assert level(follower) is None


async def test_a_trimmed_stream_is_caught_up(valkey: Engines, client: Redis, folder: Path, writer: Writer) -> None:
    await writer.write(client, 1.0)
    async with following(valkey.redis_url, folder) as follower:
        await until(lambda: level(follower) == 1.0)

        async def far_ahead(other: Redis) -> None:
            await writer.write(other, *(2.0 + step / 100 for step in range(40)))
            await other.xtrim(keys.changes(FEED, 0, 1), maxlen=2, approximate=False)

        unseen(valkey.redis_url, far_ahead)
        await until(lambda: level(follower) == 2.39)
        assert outcomes(follower)["accepted"] == 41
        await writer.write(client, 2.75)
        await until(lambda: level(follower) == 2.75)
        assert outcomes(follower)["accepted"] == 42


async def test_a_lost_stream_is_noticed(valkey: Engines, client: Redis, folder: Path, writer: Writer) -> None:
    await writer.write(client, 1.0)
    async with following(valkey.redis_url, folder) as follower:
        await until(lambda: level(follower) == 1.0)

        async def no_stream(other: Redis) -> None:
            await writer.write(other, 4.5)
            await other.delete(keys.changes(FEED, 0, 1))

        unseen(valkey.redis_url, no_stream)
        await until(lambda: level(follower) == 4.5)


async def test_redis_that_lost_everything_is_believed(
    valkey: Engines, client: Redis, folder: Path, writer: Writer
) -> None:
    await writer.write(client, 1.0, 2.0, 3.0)
    async with following(valkey.redis_url, folder) as follower:
        await until(lambda: level(follower) == 3.0)
        await client.flushall()
        await until(lambda: level(follower) is None)
        await writer.write(client, 1.5)
        await until(lambda: level(follower) == 1.5)
        assert outcomes(follower)["accepted"] == 1


async def test_lost_and_written_anew_beyond_the_old_offset(
    valkey: Engines, client: Redis, folder: Path, writer: Writer
) -> None:
    await writer.write(client, 1.0, 2.0)
    async with following(valkey.redis_url, folder) as follower:
        await until(lambda: level(follower) == 2.0)

        async def anew(other: Redis) -> None:
            await other.flushall()
            await writer.write(other, 3.0, 4.0, 5.0)

        unseen(valkey.redis_url, anew)
        await until(lambda: level(follower) == 5.0)
        assert outcomes(follower)["accepted"] == 3


async def test_another_generation_is_shown(
    valkey: Engines, client: Redis, folder: Path, writer: Writer, tmp_path: Path
) -> None:
    await writer.write(client, 1.0)
    async with following(valkey.redis_url, folder) as follower:
        await until(lambda: level(follower) == 1.0)
        await Writer(tmp_path / "second", generation=2).write(client, 6.0, 7.0)
        await asyncio.sleep(0.3)
        assert level(follower) == 1.0
        await client.hset(keys.GENERATION, FEED, "2")
        await until(lambda: level(follower) == 7.0)
        assert outcomes(follower)["accepted"] == 2


async def test_a_fallen_redis_keeps_the_board_and_is_followed_again(
    valkey: Engines, client: Redis, folder: Path, writer: Writer
) -> None:
    await writer.write(client, 1.0)
    async with following(valkey.redis_url, folder) as follower:
        await until(lambda: level(follower) == 1.0)
        await asyncio.sleep(1.2)  # the append-only file is written each second
        valkey.kill("valkey")
        await until(lambda: not follower.connected, 12)
        assert level(follower) == 1.0
        valkey.start("valkey")
        unseen(valkey.redis_url, lambda other: writer.write(other, 2.0))
        await until(lambda: follower.ready and level(follower) == 2.0, 12)
        assert outcomes(follower)["accepted"] == 2


async def test_the_clock_of_an_exercise_is_followed(valkey: Engines, client: Redis, folder: Path) -> None:
    async with following(valkey.redis_url, folder) as follower:
        await until(lambda: follower.ready)
        await write_clock(client, Clock(anchor=1_000.0, speed=0.0, mode="exercise"))
        await until(lambda: follower.now() == 1_000.0)
        assert follower.scene("vi").clock.mode == "exercise"


async def test_a_saved_profile_is_used_and_a_broken_one_is_told(
    valkey: Engines, client: Redis, folder: Path, writer: Writer
) -> None:
    await writer.write(client, 1.0)
    async with following(valkey.redis_url, folder) as follower:
        redrawn: list[int] = []
        follower.redrawn = lambda: redrawn.append(1)
        await until(lambda: level(follower) == 1.0)
        path = folder / "indicators" / "river-max.yaml"
        path.write_text(FILES["indicators/river-max.yaml"].replace("Highest river level", "Top level"), "utf-8")
        await until(lambda: follower.profile.indicators["river-max"].title["en"] == "Top level", 3)
        await until(lambda: level(follower) == 1.0)
        path.write_text("id: river-max\nno_such_key: 1\n", "utf-8")
        await until(lambda: bool(follower.problems), 3)
        assert follower.problems[0].file.endswith("river-max.yaml")
        assert follower.profile.indicators["river-max"].title["en"] == "Top level"
        path.write_text(FILES["indicators/river-max.yaml"], "utf-8")
        await until(lambda: not follower.problems, 3)
        assert len(redrawn) >= 3


async def test_it_doesnt_start_without_redis_or_with_a_broken_profile(folder: Path, valkey: Engines) -> None:
    with pytest.raises(EngineError, match="REDIS_URL"):
        Follower("", folder, WORDS)
    (folder / "profile.yaml").write_text("id: tiny\n", "utf-8")
    with pytest.raises(ProfileError):
        Follower(valkey.redis_url, folder, WORDS)
