"""Drafts become CloudEvents 1.0: identifiers, sequence numbers by source, and the heartbeats' counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from streams.simulator.draft import Draft
from streams.simulator.world import World

HEARTBEAT = "vn.ioc.heartbeat.v1"
CAP = "application/cap+xml"
JSON = "application/json"


class Event(msgspec.Struct, kw_only=True, gc=False):
    """One message for Kafka: ``at`` is its record timestamp (POSIX s). ``kind`` says what was done to it."""

    at: float
    feed: str
    key: str
    value: bytes
    kind: str = "good"  # or heartbeat, late, duplicate, broken


def sealed(drafts: Iterable[Draft], world: World) -> Iterator[Event]:
    """The events of ``drafts``, in their order."""
    seal = _Seal(world)
    for draft in drafts:
        yield seal(draft)


class _Seal:
    """Numbers the events: one sequence for each source of a feed, one identifier for each event."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.text = world.calendar.text
        self.encode = msgspec.json.Encoder().encode
        self.mode = world.scenario.mode
        self.as_of = world.profile.head.as_of
        self.sequences: dict[tuple[str, str], list[int]] = {}
        self.types = {feed: f"vn.ioc.{feed}.v1" for feed in world.profile.feeds}
        self.contents = {
            feed: CAP if contract.payload == "cap" else JSON for feed, contract in world.profile.feeds.items()
        }

    def __call__(self, draft: Draft) -> Event:
        feed, source = draft.feed, draft.source
        numbers = self.sequences.get((feed, source))
        if numbers is None:
            numbers = self.sequences[feed, source] = [0, 0, 0]  # of events, since the heartbeat, of heartbeats
        envelope: dict[str, Any] = {"specversion": "1.0"}
        if draft.data is None:
            return self._heartbeat(draft, envelope, numbers)
        numbers[0] += 1
        numbers[1] += 1
        envelope["id"] = f"{self.world.tag}-{feed}-{_short(source)}-{numbers[0]}"
        envelope["source"] = source
        envelope["type"] = self.types[feed]
        envelope["time"] = self.text(draft.time)
        envelope["subject"] = draft.key
        envelope["datacontenttype"] = self.contents[feed]
        if draft.area:
            envelope["areacode"] = draft.area
            envelope["areaasof"] = self.as_of
        if draft.organisation:
            envelope["orgcode"] = draft.organisation
        envelope["entry"] = draft.entry or "auto"
        envelope["mode"] = self.mode
        envelope["sequence"] = numbers[0]
        envelope["data"] = draft.data
        return Event(at=draft.at, feed=feed, key=draft.key, value=self.encode(envelope))

    def _heartbeat(self, draft: Draft, envelope: dict[str, Any], numbers: list[int]) -> Event:
        numbers[2] += 1
        envelope |= {
            "id": f"{self.world.tag}-{draft.feed}-{_short(draft.source)}-heartbeat-{numbers[2]}",
            "source": draft.source, "type": HEARTBEAT, "time": self.text(draft.time), "subject": draft.source,
            "datacontenttype": JSON, "mode": self.mode,
            "data": {"last_sequence": numbers[0], "sent_since": numbers[1]},
        }  # fmt: skip
        numbers[1] = 0
        return Event(at=draft.at, feed=draft.feed, key=draft.key, value=self.encode(envelope), kind="heartbeat")


def _short(source: str) -> str:
    """The last part of a source's name: it tells the sources of one feed apart."""
    return source.rpartition(":")[2]
