"""Channels: one evaluation for all clients, a failing part alone in its failure, ticks, spacing."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from ioc.core.reading import Scene
from ioc.live import channel as channels
from ioc.live.channel import Channel
from ioc.live.mailbox import Mailbox
from ioc.live.view import Update
from tests.layouts.fake_scene import FakeScene


@dataclass
class FakePart:
    id: str
    feeds: frozenset[str]
    update: Callable[[Scene], list[Update]]


@dataclass
class FakeView:
    parts: list[FakePart] = field(default_factory=list)
    name: str = "wall/x"
    rate: float = 20.0


def _channel(*parts: FakePart, rate: float = 20.0) -> Channel:
    return Channel(FakeView(list(parts), rate=rate), FakeScene, lambda: "b", "failed")


async def _take(box: Mailbox) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((await asyncio.wait_for(box.take(), 5)).text)
    return found


def _named(frame: dict[str, Any]) -> dict[str, Any]:
    return dict(frame["u"])


async def test_only_what_differs_is_sent_once_evaluated_for_all() -> None:
    asked: list[float] = []

    def update(scene: Scene) -> list[Update]:
        asked.append(scene.now)
        return [("n", {"children": str(len(asked)), "title": "same"})]

    channel = _channel(FakePart("n", frozenset({"dossier"}), update))
    boxes = [Mailbox() for _ in range(50)]
    for box in boxes:
        channel.join(box)
    full = [await _take(box) for box in boxes]
    assert {json.dumps(frame["u"]) for frame in full} == {'[["n", {"children": "1", "title": "same"}]]'}
    channel.notify({"dossier"})
    frames = [await _take(box) for box in boxes]
    assert [frame["u"] for frame in frames] == [[["n", {"children": "2"}]]] * 50
    assert len(asked) == 2
    channel.close()


async def test_failing_part_is_logged_once_and_alone(caplog: pytest.LogCaptureFixture) -> None:
    broken = True

    def fail(scene: Scene) -> list[Update]:
        if broken:
            raise RuntimeError("no")
        return [("b", {"children": "well"})]

    good = FakePart("good", frozenset({"dossier"}), lambda scene: [("g", {"children": time.monotonic()})])
    channel = _channel(FakePart("bad", frozenset({"dossier"}), fail), good)
    box = Mailbox()
    with caplog.at_level(logging.ERROR):
        channel.join(box)
        assert _named(await _take(box)).keys() == {"bad-error", "g"}
        for _ in range(3):
            channel.notify({"dossier"})
            assert _named(await _take(box)).keys() == {"g"}
    assert len(caplog.records) == 1
    broken = False
    channel.notify({"dossier"})
    found = _named(await _take(box))
    assert (found["b"], found["bad-error"]) == (
        {"children": "well"},
        {"children": "", "className": "panel-error"},
    )
    channel.close()


async def test_too_large_a_part_says_so_in_place_of_its_props() -> None:
    channel = _channel(FakePart("p", frozenset(), lambda scene: [("p-list", {"children": "x" * channels.LARGEST})]))
    box = Mailbox()
    channel.join(box)
    assert _named(await _take(box)) == {"p-error": {"children": "failed", "className": "panel-error is-shown"}}
    channel.close()


def test_evaluation_leaves_half_a_core_to_the_rest() -> None:
    few = Channel(FakeView(rate=5.0), FakeScene, lambda: "b", channels=lambda: 2)
    assert few._spacing(0.01) == pytest.approx(0.19)  # the rate holds
    assert few._spacing(0.1) == pytest.approx(0.3)  # 0.1 s of each 0.4, and as much for the other channel


async def test_leading_edge_then_spacing() -> None:
    part = FakePart("n", frozenset({"dossier"}), lambda scene: [("n", {"children": time.monotonic()})])
    channel = _channel(part, rate=10.0)
    box = Mailbox()
    channel.join(box)
    await _take(box)
    began = time.monotonic()
    arrived = []
    for _ in range(4):
        channel.notify({"dossier"})
        await _take(box)
        arrived.append(time.monotonic() - began)
    assert arrived[0] < 0.05
    assert all(later - sooner > 0.09 for sooner, later in itertools.pairwise(arrived))
    channel.close()


async def test_tick_without_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "TICK", 0.05)
    channel = _channel()
    box = Mailbox()
    channel.join(box)
    first = await _take(box)
    second = await _take(box)
    assert "prev" not in first
    assert (second["prev"], second["u"]) == (first["seq"], [])
    channel.close()


async def test_stalled_client_gets_one_merged_frame() -> None:
    count = iter(range(100))
    part = FakePart("n", frozenset({"dossier"}), lambda scene: [("n", {f"p{next(count)}": 1})])
    channel = _channel(part, rate=100.0)
    slow, quick = Mailbox(), Mailbox()
    channel.join(slow)
    await _take(slow)
    channel.join(quick)
    await _take(quick)
    for _ in range(5):
        channel.notify({"dossier"})
        last = await _take(quick)
    frame = await _take(slow)
    assert (frame["prev"], frame["seq"]) == (0 + last["seq"] - 5, last["seq"])
    assert list(frame["u"][0][1]) == [f"p{n}" for n in range(1, 6)]
    channel.close()


async def test_frames_are_few_while_the_clock_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Filling in the past of a scenario changes everything thousands of times, and is looked at by nobody."""
    made = itertools.count()
    channel = _channel(FakePart("n", frozenset({"dossier"}), lambda _: [("n", {"children": str(next(made))})]))
    standing = FakeScene()
    standing.clock = msgspec.structs.replace(standing.clock, speed=0.0)
    monkeypatch.setattr(channel, "_scene", lambda: standing)
    channel.join(Mailbox())
    assert channel._spacing(0.0) == 1 / channels.STANDING
    monkeypatch.setattr(channel, "_scene", FakeScene)
    channel._evaluate(channel.view.parts)
    assert channel._spacing(0.0) == 1 / 20.0
    channel.close()
