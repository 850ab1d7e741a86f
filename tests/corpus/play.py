"""Plays cases through a session whose store is in memory: reading, folding and refusing, without engines."""

from __future__ import annotations

import asyncio
import functools

import msgspec

from ioc.core.event import Compiled
from streams.fold import Refused
from streams.session import Session
from tests.conftest import hai_duong
from tests.corpus.bad import Case
from tests.streams.memory_store import Memory, MemoryStore, NoLetters
from tests.streams.records import NOON, Record


class Played(msgspec.Struct, kw_only=True):
    """What became of a case: how often each outcome, the letters of the events judged, and the state in the end."""

    outcomes: dict[str, int]
    letters: list[Refused]
    memory: Memory


@functools.cache
def compiled(feed: str) -> Compiled:
    return Compiled(hai_duong().feeds[feed], hai_duong())


def play(case: Case) -> Played:
    return asyncio.run(_play(case))


async def _play(case: Case) -> Played:
    memory, letters = Memory(), NoLetters()
    session = Session(MemoryStore(memory), compiled(case.feed), letters)  # type: ignore[arg-type]
    await session.claim(0)
    key = case.sent.key.encode() if case.sent.key else None
    records = [Record(offset=at, value=value, timestamp=int(NOON * 1000)) for at, value in enumerate(case.sent.before)]
    first = len(records)
    records += [
        Record(offset=first + at, value=case.sent.value, timestamp=int(NOON * 1000), key=key, headers=case.sent.headers)
        for at in range(case.sent.times)
    ]
    before: dict[str, int] = {}
    for part in (records[:first], records[first:]):
        if part:
            before = totals(memory)
            letters.sent.clear()
            await session.take(part, len(records), lambda: NOON)
            await session.settled()
    outcomes = {name: count - before.get(name, 0) for name, count in totals(memory).items()}
    return Played(outcomes={name: n for name, n in outcomes.items() if n}, letters=letters.sent, memory=memory)


def totals(memory: Memory) -> dict[str, int]:
    """Events by outcome, from the pulse."""
    return {
        field.removeprefix("total:"): msgspec.msgpack.decode(value)
        for field, value in memory.hashes.get("pulse", {}).items()
        if field.startswith("total:")
    }
