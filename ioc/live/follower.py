"""Keeps one board equal to Redis, one profile equal to its folder, one clock equal to the installation's."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from ioc import profile_files
from ioc.core.board import Board
from ioc.core.clock import REAL, Clock
from ioc.core.errors import EngineError, Problem, ProfileError
from ioc.core.profile import Profile
from ioc.core.reading import Scene
from ioc.core.words import Words
from ioc.store.clock import read_clock
from ioc.store.connect import UNREACHABLE, Redis, RedisError, connect
from ioc.store.reader import Cursor, Place, StateReader

log = logging.getLogger(__name__)

BLOCK_MS = 500
EVERY = 1.0  # seconds between looks at the clock and at the profile's folder
PRUNE_EVERY = 60.0
SAME_MOMENT = 0.05
MOST_WAIT = 5.0
ANSWERED_WITHIN = 5.0


class Follower:
    """Follows all feeds of the profile in ``folder``. Raises :class:`ProfileError` when it can't be used at the start.

    Afterwards a broken profile leaves the last good one in force; ``problems`` then says what is wrong. ``changed`` is
    called with the feeds that changed, ``redrawn`` after the profile or its problems did. ``language`` is that of the
    problems; ``panel_types`` as in ``ioc.core.check``.
    """

    def __init__(
        self,
        redis_url: str,
        folder: Path,
        words: Mapping[str, Words],
        language: str = "vi",
        panel_types: Mapping[str, type] | None = None,
    ) -> None:
        if not redis_url:
            raise EngineError("REDIS_URL isn't set; name the Redis of the centre, or start all of it with 'ioc demo'")
        self._url = redis_url
        self._folder = folder
        self._load_profile = functools.partial(profile_files.load, folder, words.get(language), panel_types)
        self._stamp = profile_files.stamp(folder)
        self.profile: Profile = self._load_profile()
        self.problems: list[Problem] = []
        self.clock: Clock = REAL
        self.board = Board(self.profile, words)
        self.changed: Callable[[set[str]], None] = _nothing
        self.redrawn: Callable[[], None] = _nothing
        self._cursors: dict[Place, Cursor] = {}
        self._answered = 0.0
        self._moment = 0.0
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def now(self) -> float:
        """The installation's time, POSIX seconds."""
        return self.clock.now(time.time())

    def scene(self, language: str) -> Scene:
        """The board now; calls within a moment get the same scene, so that its readings are computed once."""
        real = time.time()
        if not 0 <= real - self._moment < SAME_MOMENT:
            self._moment = real
        return self.board.scene(self.clock.now(self._moment), self.clock, language)

    @property
    def connected(self) -> bool:
        """Redis answered in the last seconds."""
        return self._answered > 0 and time.monotonic() - self._answered < ANSWERED_WITHIN

    @property
    def ready(self) -> bool:
        """Every partition was read, and Redis answers."""
        return self.connected and all(place in self._cursors for place in self._places())

    def start(self) -> None:
        """Begin to follow, in the running event loop."""
        works = (self._follow, self._watch_clock, self._watch_profile)
        self._tasks = [asyncio.create_task(work()) for work in works]

    async def stop(self) -> None:
        """End within about a second; commands in flight are waited for."""
        self._stopping.set()
        await asyncio.gather(*self._tasks)

    def _places(self) -> list[Place]:
        return [(name, at) for name, feed in self.profile.feeds.items() for at in range(feed.partitions)]

    async def _follow(self) -> None:
        await self._healing("the state", self._stream)

    async def _watch_clock(self) -> None:
        await self._healing("the clock", self._read_clock)

    async def _healing(self, what: str, work: Callable[[Redis, Callable[[], None]], Awaitable[None]]) -> None:
        """Do the work until it ends by itself; after a failure again with a new client, a little later each time."""
        failures = 0

        def well() -> None:
            nonlocal failures
            failures = 0

        while not self._stopping.is_set():
            client = connect(self._url)
            try:
                await work(client, well)
            except (*UNREACHABLE, RedisError) as error:
                log.log(logging.WARNING if failures == 0 else logging.DEBUG, "%s can't be read: %s", what, error)
            except Exception:  # a change that can't be understood: the next snapshot does without it
                log.exception("%s can't be followed", what)
            finally:
                await client.aclose()
            failures += 1
            await self._pause(random.uniform(0.5, 1.0) * min(0.2 * 2 ** min(failures, 10), MOST_WAIT))

    async def _stream(self, client: Redis, well: Callable[[], None]) -> None:
        reader = StateReader(client)
        self._cursors = {}
        pruned = time.monotonic()
        while not self._stopping.is_set():
            for place in self._places():
                if place not in self._cursors:
                    await self._load(reader, place)
            self._tell()
            if not self._cursors:
                await self._pause(EVERY)
                continue
            await self._changes(reader)
            well()
            if time.monotonic() - pruned > PRUNE_EVERY:
                self.board.prune(self.now())
                pruned = time.monotonic()

    async def _load(self, reader: StateReader, place: Place) -> None:
        snapshot = await reader.snapshot(*place)
        self.board.load(*place, snapshot.state)
        self._cursors[place] = snapshot.cursor

    async def _changes(self, reader: StateReader) -> None:
        cursors = dict(self._cursors)
        for update in await reader.changes(cursors, BLOCK_MS):
            place = (update.feed, update.partition)
            if self._cursors.get(place) is None:
                continue  # asked for a snapshot, or gone from the profile
            if update.change is None:
                del self._cursors[place]
            else:
                self.board.apply(*place, update.change)
                self._cursors[place] = update.cursor
        self._tell()

    def _tell(self) -> None:
        if feeds := self.board.take_dirty():
            self.changed(feeds)

    async def _read_clock(self, client: Redis, well: Callable[[], None]) -> None:
        while not self._stopping.is_set():
            clock = await read_clock(client)
            self._answered = time.monotonic()
            well()
            if clock != self.clock:
                self.clock = clock
                self.changed(set(self.profile.feeds))
            await self._pause(EVERY)

    async def _watch_profile(self) -> None:
        while not self._stopping.is_set():
            await self._pause(EVERY)
            try:
                stamp = await asyncio.to_thread(profile_files.stamp, self._folder)
                if stamp != self._stamp:
                    await self._read_profile()
                    self._stamp = stamp
            except OSError as error:  # a file that is just being replaced
                log.warning("the profile's folder can't be read: %s", error)

    async def _read_profile(self) -> None:
        try:
            profile = await asyncio.to_thread(self._load_profile)
        except ProfileError as error:
            log.warning("the profile has %d problems, the last good one stays: %s", len(error.problems), error)
            self.problems = error.problems
        else:
            self.problems = []
            if profile.digest != self.profile.digest:
                self.profile = profile
                self.board.use(profile)
                self._cursors = {}
        self.redrawn()

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)


def _nothing(*_: object) -> None:
    return None
