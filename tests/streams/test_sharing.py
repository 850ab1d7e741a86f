"""Any number of consumers, claims, zombies, lost requests and lost replies: each partition holds what was produced."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from zlib import crc32

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from ioc.core.errors import FencedError, OffsetError
from ioc.core.event import Compiled
from ioc.store.partition import Write
from streams.session import Session
from tests.conftest import hai_duong
from tests.streams.memory_store import Memory, MemoryStore, NoLetters
from tests.streams.records import NOON, Record, dossier, reading, records
from tests.streams.truth import Truth, differences

FEED = "dossier"
PARTITIONS = 2
CONSUMERS = st.integers(0, 1)
PLACES = st.integers(0, PARTITIONS - 1)
STATUSES = st.sampled_from(hai_duong().feeds[FEED].codes["status"])
REFUSED = {b"{": "rejected:not_json", reading("x", NOON): "rejected:envelope"}


class Cable:
    """Between a consumer and the store: the next request may be lost on its way there or its answer on its way back."""

    def __init__(self) -> None:
        self.breaks = ""


class CutStore(MemoryStore):
    """A store at the end of a cable."""

    def __init__(self, memory: Memory, partition: int, cable: Cable) -> None:
        super().__init__(memory, partition)
        self._cable = cable

    async def apply(self, write: Write, expected: int, next_offset: int) -> int:
        broken, self._cable.breaks = self._cable.breaks, ""
        if broken == "request":
            raise ConnectionError("lost on its way there")
        size = await super().apply(write, expected, next_offset)
        if broken == "reply":
            raise ConnectionError("lost on its way back")
        return size


class Sharing(RuleBasedStateMachine):
    """Two partitions of one topic, two consumers that claim, fold, fall and come back."""

    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        self.compiled = Compiled(hai_duong().feeds[FEED], hai_duong())
        self.log: list[list[Record]] = [[] for _ in range(PARTITIONS)]
        self.memories = [Memory() for _ in range(PARTITIONS)]
        self.truths = [Truth(hai_duong(), FEED) for _ in range(PARTITIONS)]
        self.cables = [Cable() for _ in range(2)]
        self.sessions: dict[tuple[int, int], Session] = {}
        self.number = 0
        logging.disable(logging.CRITICAL)

    def _produce(self, place: int, raw: bytes) -> None:
        received = NOON + self.number
        self.log[place] += records([(raw, received)], first=len(self.log[place]))
        self.truths[place].add(raw, received, refused=REFUSED.get(raw))

    @rule(
        entity=st.integers(0, 5), back=st.integers(0, 90_000), old=st.none() | STATUSES, new=STATUSES,
        rating=st.integers(1, 5),
    )  # fmt: skip
    def send(self, entity: int, back: int, old: str | None, new: str, rating: int) -> None:
        self.number += 1
        name = f"H-{entity}"
        raw = dossier(self.number, NOON - back, old, new, name, rating=rating)
        self._produce(crc32(name.encode()) % PARTITIONS, raw)

    @rule(place=PLACES, choice=st.integers(0, 1_000), broken=st.sampled_from([None, None, *REFUSED]))
    def send_again_or_broken(self, place: int, choice: int, broken: bytes | None) -> None:
        log = self.log[place]
        raw = broken or (log[choice % len(log)].value if log else None)
        if raw is not None:
            self._produce(place, raw)

    @rule(consumer=CONSUMERS, place=PLACES)
    def claim(self, consumer: int, place: int) -> None:
        """The one that held it isn't told: it goes on as a zombie."""
        self.sessions[consumer, place] = self.runner.run(self._claimed(consumer, place))

    async def _claimed(self, consumer: int, place: int) -> Session:
        store = CutStore(self.memories[place], place, self.cables[consumer])
        session = Session(store, self.compiled, NoLetters())  # type: ignore[arg-type]
        await session.claim(0)
        return session

    @precondition(lambda self: self.sessions)
    @rule(data=st.data(), number=st.integers(1, 8))
    def take(self, data: st.DataObject, number: int) -> None:
        holder = data.draw(st.sampled_from(sorted(self.sessions)))
        session, log = self.sessions[holder], self.log[holder[1]]
        batch = log[session.expected : session.expected + number]
        if not batch:
            return
        try:
            self.runner.run(self._taken(session, batch))
        except (FencedError, OffsetError, ConnectionError):
            del self.sessions[holder]

    async def _taken(self, session: Session, batch: list[Any]) -> None:
        await session.take(batch, batch[-1].offset + 1, lambda: NOON + 86_400)
        await session.settled()

    @rule(consumer=CONSUMERS, breaks=st.sampled_from(["request", "reply"]))
    def cut(self, consumer: int, breaks: str) -> None:
        self.cables[consumer].breaks = breaks

    @rule(consumer=CONSUMERS)
    def fall(self, consumer: int) -> None:
        self.sessions = {holder: session for holder, session in self.sessions.items() if holder[0] != consumer}

    def teardown(self) -> None:
        if not hasattr(self, "runner"):
            return
        self.runner.run(self._finish())
        self.runner.close()
        logging.disable(logging.NOTSET)
        for truth, memory in zip(self.truths, self.memories, strict=True):
            assert differences(truth, [memory.hashes]) == []

    async def _finish(self) -> None:
        """Whoever comes last reads what is left."""
        for place, log in enumerate(self.log):
            self.cables[0].breaks = ""
            session = await self._claimed(0, place)
            while batch := log[session.expected :][:5]:
                await self._taken(session, batch)


TestSharing = Sharing.TestCase
TestSharing.settings = settings(
    max_examples=80, stateful_step_count=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
