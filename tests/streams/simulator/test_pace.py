"""Sending: never ahead of the clock, the past at once, slowed at the end, resumed after a fall; recordings."""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from ioc.commands.simulate import planned
from ioc.core.clock import REAL, Clock
from ioc.core.contract import seconds
from ioc.core.errors import RecordingError, SettingsError
from ioc.core.profile import Profile
from streams import recording
from streams.replay import replay
from streams.simulator.envelope import Event
from streams.simulator.pace import Pacer, Plan, at_once, resumed
from streams.simulator.scenario import Scenario, moment

PLAN = Plan(begin=0, start=1000, end=1060, until=1063, speed=600, mode="exercise", label={"vi": "thử"})


class Sent:
    """Stands in for the sender, and for Redis where clocks are written; notes the real time of each call."""

    def __init__(self) -> None:
        self.events: list[tuple[float, str, str | None, bytes | None, int | None]] = []
        self.clocks: list[Clock] = []
        self.said: list[str] = []
        self.flushed = 0

    async def send(self, feed: str, key: str | None, value: bytes | None, timestamp_ms: int | None = None) -> None:
        self.events.append((time.time(), feed, key, value, timestamp_ms))

    async def flush(self) -> None:
        self.flushed += 1

    async def write(self, clock: Clock) -> None:
        self.clocks.append(clock)

    def say(self, key: str, values: dict[str, object]) -> None:
        self.said.append(key)

    def pacer(self) -> Pacer:
        return Pacer(self, self.write, self.say)  # type: ignore[arg-type]


def _events(begin: float = 0, step: float = 1.0) -> Iterator[Event]:
    at = begin
    while True:
        yield Event(at=at, feed="dossier", key="k", value=b"{}")
        at += step


async def test_the_past_is_sent_at_once_and_then_the_clock_leads() -> None:
    sent = Sent()
    await sent.pacer().run(PLAN, _events())
    stamps = [stamp for *_, stamp in sent.events]
    assert stamps == [at * 1000 for at in range(1063)]
    still, clock, slow = sent.clocks
    assert (still.anchor, still.speed) == (1000, 0.0)
    assert (clock.anchor, clock.speed, clock.mode) == (1000, 600, "exercise")
    assert (slow.anchor, slow.speed) == (1060, 1.0)
    for at, *_, stamp in sent.events[1000:1060]:
        assert stamp is not None
        assert stamp / 1000 <= clock.now(at) + 1e-6
    assert all((stamp or 0) / 1000 <= slow.now(at) + 1e-6 for at, *_, stamp in sent.events[1060:])
    assert sent.said == ["running", "ended"]


async def test_a_fallen_sender_goes_on_where_the_clock_stands() -> None:
    sent = Sent()
    plan = msgspec.structs.replace(PLAN, until=5100.0, end=None)
    left = Clock(anchor_real=time.time(), anchor=5000, speed=600, mode="exercise", label=PLAN.label)
    await sent.pacer().run(plan, _events(), left)
    assert sent.clocks == []
    first = sent.events[0][-1]
    assert first is not None
    assert 4400 <= first / 1000 < 4450


async def test_it_stops_when_asked() -> None:
    sent = Sent()
    pacer = sent.pacer()
    plan = msgspec.structs.replace(PLAN, until=None, end=None, speed=1.0)
    task = asyncio.create_task(pacer.run(plan, _events()))
    while not sent.said:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    pacer.stop()
    await asyncio.wait_for(task, 1)
    assert sent.flushed == 2


def test_only_the_plans_own_clock_is_resumed() -> None:
    ours = PLAN.clock(100.0)
    assert resumed(PLAN, ours, 100.05) == ours
    assert resumed(PLAN, REAL, 100.05) is None
    assert resumed(PLAN, msgspec.structs.replace(ours, speed=0.0), 100.05) is None
    assert resumed(PLAN, msgspec.structs.replace(ours, label={"vi": "khác"}), 100.05) is None
    assert resumed(PLAN, ours, 100.0 + 1e6) is None


def _options(**changes: Any) -> argparse.Namespace:
    options = {"start": "", "backfill": "", "until": "", "speed": 60.0, "rate_factor": 1.0}
    return argparse.Namespace(**(options | changes))


def test_options_stand_over_the_scenario(yagi: Scenario) -> None:
    plan = planned(yagi, _options(), 0.0)
    assert plan.start == moment("2024-09-11T18:00:00+07:00")
    assert plan.start - plan.begin == seconds(yagi.backfill)
    assert plan.end == moment("2024-09-14T12:00:00+07:00")
    later = planned(yagi, _options(start="2024-09-20T00:00:00+07:00", backfill="1h", speed=1.0), 0.0)
    assert (later.start - later.begin, later.end, later.speed) == (3600, None, 1.0)
    assert planned(yagi, _options(start="now"), 1234.5).start == 1234.5


@pytest.mark.parametrize(
    "changes",
    [{"speed": 0.5}, {"speed": 601.0}, {"start": "yesterday"}, {"backfill": "much"}, {"rate_factor": 0.0},
     {"until": "2024-09-01T00:00:00+07:00"}],
)  # fmt: skip
def test_options_that_cannot_be_meant_are_refused(yagi: Scenario, changes: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="--"):
        planned(yagi, _options(**changes), 0.0)


def test_a_recording_is_read_as_it_was_written(profile: Profile, flood: list[Event]) -> None:
    lines = [recording.written(event) for event in flood[:3000]]
    again = list(recording.read(lines, profile))
    assert [(event.feed, event.key, event.value) for event in again] == [
        (event.feed, event.key, event.value) for event in flood[:3000]
    ]
    assert all(abs(a.at - b.at) < 0.001 for a, b in zip(again, flood, strict=False))


def test_bytes_that_are_no_text_survive(profile: Profile) -> None:
    event = Event(at=1.5, feed="dossier", key="k", value=b"\xff\xfe{")
    assert list(recording.read([recording.written(event)], profile)) == [event]


def test_plain_envelopes_are_read(profile: Profile, flood: list[Event]) -> None:
    good = [event for event in flood[:4000] if event.kind == "good"] + [e for e in flood if e.kind == "heartbeat"][:50]
    lines = [event.value + b"\n" for event in good]
    assert [(event.feed, event.key) for event in recording.read([*lines, b"\n"], profile)] == [
        (event.feed, event.key) for event in good
    ]


@pytest.mark.parametrize(
    "line", [b"{", b"[]", b'{"feed": "dossier"}', b'{"specversion": "1.0"}',
             json.dumps({"feed": "weather", "key": "k", "value": "{}", "timestamp": 1}).encode()]
)  # fmt: skip
def test_a_line_that_cannot_be_read_is_named(profile: Profile, line: bytes) -> None:
    with pytest.raises(RecordingError, match="line 2"):
        list(recording.read([b"", line], profile))


async def test_a_replay_at_once_leaves_the_clock_alone() -> None:
    sent = Sent()
    events = [Event(at=at, feed="dossier", key="k", value=b"{}") for at in (5.0, 6.0)]
    assert await at_once(sent, events) == 2  # type: ignore[arg-type]
    assert sent.flushed == 1


async def test_a_paced_replay_sets_the_clock_to_its_first_event() -> None:
    sent = Sent()
    events = iter([Event(at=at, feed="dossier", key="k", value=b"{}") for at in (500.0, 530.0, 560.0)])
    count = await replay(
        sent, events, speed=600, label={"vi": "thử"}, write=sent.write, say=sent.say  # type: ignore[arg-type]
    )  # fmt: skip
    assert count == 3
    assert [(clock.anchor, clock.speed) for clock in sent.clocks] == [(500.0, 0.0), (500.0, 600)]
    assert sent.events[-1][0] - sent.events[0][0] >= 0.09
