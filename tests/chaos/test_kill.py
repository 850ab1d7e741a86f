"""Ten kill -9 of consumers, web and Valkey under load: every cell, entity and outcome equals the producer's truth."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from ioc.core.cell import Cell, OpenCell, parse_address
from ioc.core.entity import EntityState
from ioc.core.profile import Profile
from ioc.profile_files import load
from ioc.store.connect import connect
from ioc.store.reader import State, StateReader
from streams.producer import EventSender
from streams.topics import create_topics
from tests.centre import PROFILE, Centre
from tests.chaos.load import Load, Truth

EVENTS_A_SECOND = 2_000
SECONDS = 60
SETTLE_WITHIN = 90.0
FEEDS = ("citizen_report", "station_reading")
VICTIMS = ("consume-1", "valkey", "web", "consume-2", "valkey", "consume-1", "web", "valkey", "consume-2", "consume-1")

pytestmark = [pytest.mark.chaos, pytest.mark.engines]


async def test_ten_kills_lose_and_double_nothing(tmp_path: Path, record_property: pytest.RecordProperty) -> None:
    profile = load(PROFILE)
    load_ = _load(profile)
    with Centre(tmp_path) as centre:
        await create_topics(centre.settings.kafka_bootstrap, profile.feeds.values())
        for name in ("consume-1", "consume-2"):
            centre.run(name, "consume")
        centre.run("web", "web")
        await asyncio.to_thread(centre.ready)
        killer = asyncio.create_task(_kill_all(centre))
        await _produce(centre, load_, EVENTS_A_SECOND * SECONDS)
        await killer
        held = await _settled(centre, profile, load_.truth)
    record_property("events", load_.made)
    _compare(profile, held, load_.truth)


def _load(profile: Profile) -> Load:
    feeds = {feed: profile.feeds[feed].source[0] for feed in FEEDS}
    areas = [code for code, area in profile.current_areas().items() if area.level == 1]
    rivers = [station.id for station in profile.stations.values() if "muc_nuoc" in station.metrics]
    return Load(1, sorted(areas), sorted(rivers), feeds)


async def _produce(centre: Centre, load_: Load, count: int) -> None:
    """``count`` events at the rate, whatever falls meanwhile (the event log stays)."""
    sender = EventSender(centre.settings.kafka_bootstrap)
    await sender.start()
    began = time.monotonic()
    for number in range(count):
        now = datetime.now(UTC)
        message = load_.next(now)
        await sender.send(message.feed, message.key, message.value, int(now.timestamp() * 1000))
        ahead = number / EVENTS_A_SECOND - (time.monotonic() - began)
        if ahead > 0.005:
            await asyncio.sleep(ahead)
    await sender.stop()


async def _kill_all(centre: Centre) -> None:
    for victim in VICTIMS:
        await asyncio.sleep(SECONDS / (len(VICTIMS) + 1))
        await asyncio.to_thread(centre.kill, victim)
        await asyncio.sleep(0.5)
        await asyncio.to_thread(centre.start, victim)


async def _settled(centre: Centre, profile: Profile, truth: Truth) -> dict[str, list[State]]:
    """What Redis holds once every event has an outcome, or when the time is over (the comparison then tells)."""
    due = {feed: sum(truth.outcomes[feed].values()) for feed in FEEDS}
    until = time.monotonic() + SETTLE_WITHIN
    client = connect(centre.settings.redis_url)
    reader = StateReader(client)
    while True:
        held: dict[str, list[State]] = {}
        for feed in FEEDS:
            partitions = range(profile.feeds[feed].partitions)
            held[feed] = [(await reader.snapshot(feed, partition)).state for partition in partitions]
        if all(sum(_outcomes(held[feed]).values()) >= due[feed] for feed in FEEDS) or time.monotonic() > until:
            await client.aclose()
            return held
        await asyncio.sleep(1)


def _outcomes(states: list[State]) -> Counter[str]:
    found: Counter[str] = Counter()
    for state in states:
        for field, value in state["pulse"].items():
            if field.startswith("total:"):
                found[field.removeprefix("total:")] += int(msgspec.msgpack.decode(value))
    return found


def _minutes(profile: Profile, feed: str, states: list[State]) -> Counter[tuple[int, str]]:
    area = profile.feeds[feed].dimensions.index("area")
    found: Counter[tuple[int, str]] = Counter()
    for state in states:
        for suffix, cells in state.items():
            if suffix.startswith("cells:"):
                for address, value in cells.items():
                    minute, values = parse_address(address)
                    found[minute, values[area]] += msgspec.msgpack.decode(value, type=Cell).count
    return found


def _entities(states: list[State]) -> dict[str, EntityState]:
    return {
        entity: msgspec.msgpack.decode(value, type=EntityState)
        for state in states
        for entity, value in state["entities"].items()
    }


def _compare(profile: Profile, held: dict[str, list[State]], truth: Truth) -> None:
    for feed in FEEDS:
        outcomes = {name: count for name, count in _outcomes(held[feed]).items() if count}
        assert outcomes == dict(truth.outcomes[feed]), feed
        assert _minutes(profile, feed, held[feed]) == truth.minutes[feed], feed
        entities = _entities(held[feed])
        assert entities.keys() == truth.states[feed].keys(), feed
        for entity, (at, status) in truth.states[feed].items():
            assert entities[entity].at == pytest.approx(at, abs=1e-3), entity
            known = entities[entity].status if feed == "citizen_report" else entities[entity].kept["value"]
            assert known == status, entity
    open_now = [msgspec.msgpack.decode(value, type=OpenCell) for state in held["citizen_report"]
                for value in state["open"].values()]  # fmt: skip
    assert sum(cell.count for cell in open_now) == truth.open_reports()
