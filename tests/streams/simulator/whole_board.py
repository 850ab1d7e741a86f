"""A scenario folded into a board without any server: what a screen would show of it."""

from __future__ import annotations

import asyncio
import itertools

from ioc.core.board import Board
from ioc.core.clock import Clock
from ioc.core.contract import seconds
from ioc.core.event import Compiled
from ioc.core.profile import Profile
from ioc.core.reading import Scene
from ioc.locales import languages
from ioc.locales import load as load_words
from streams.session import Session
from streams.simulator import stream
from streams.simulator.envelope import Event
from streams.simulator.scenario import Scenario, moment
from tests.streams.memory_store import Memory, MemoryStore, NoLetters
from tests.streams.records import Record

BATCH = 2_000


def scene_after(profile: Profile, scenario: Scenario, passed: float, language: str = "vi") -> Scene:
    """The scene ``passed`` seconds after the scenario's start, its backfill included."""
    start = moment(scenario.start)
    now = start + passed
    drawn = stream.events(profile, scenario, seed=1, begin=start - seconds(scenario.backfill))
    sent: dict[str, list[Event]] = {feed: [] for feed in profile.feeds}
    for event in itertools.takewhile(lambda event: event.at < now, drawn):
        sent[event.feed].append(event)
    board = Board(profile, {name: load_words(name) for name in languages()})
    for feed, events in sent.items():
        board.load(feed, 0, asyncio.run(_folded(profile, feed, events, now)).hashes)
    return board.scene(now, Clock(anchor=now, mode=scenario.mode, label=scenario.label), language)


async def _folded(profile: Profile, feed: str, events: list[Event], now: float) -> Memory:
    memory = Memory()
    session = Session(MemoryStore(memory), Compiled(profile.feeds[feed], profile), NoLetters())  # type: ignore[arg-type]
    await session.claim(0)
    records = [
        Record(offset=place, value=event.value, timestamp=int(event.at * 1000), key=event.key.encode())
        for place, event in enumerate(events)
    ]
    for begin in range(0, len(records), BATCH):
        await session.take(records[begin : begin + BATCH], len(records), lambda: now)
        await session.settled()
    return memory
