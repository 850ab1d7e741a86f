"""The board: what a web process knows, equal to Redis, and from which every screen is drawn.

It holds raw cells, open cells, live entity states, quality counters and pulses of every feed and partition. Indicators
are views over them (``ioc.core.view``): a changed profile changes the views, never the data.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

import msgspec

from ioc.core import hourly
from ioc.core.baseline import Baseline
from ioc.core.cell import SEPARATOR, Cell, OpenCell, parse_address
from ioc.core.change import Change
from ioc.core.clock import Clock
from ioc.core.entity import EntityState, decoded
from ioc.core.feed_quality import SHOWN_LEVEL
from ioc.core.inflow import DECODER as INFLOW
from ioc.core.outcome import ACCEPTED, LATE
from ioc.core.profile import Profile
from ioc.core.reading import Scene
from ioc.core.reporting import Reported
from ioc.core.scene import BoardScene
from ioc.core.series import Minutes, Selector, Series
from ioc.core.words import Words

KEPT_MINUTES = 48 * 60 + 60
SAMPLES = 2_880

_CELL = msgspec.msgpack.Decoder(Cell)
_OPEN = msgspec.msgpack.Decoder(OpenCell)
_ENTITY = msgspec.msgpack.Decoder(EntityState)
_ANY = msgspec.msgpack.Decoder()


class FeedData:
    """All of one feed, its partitions side by side."""

    def __init__(self) -> None:
        self.minutes: Minutes = {}
        self.open: dict[tuple[int, str], tuple[tuple[str, ...], OpenCell]] = {}
        self.entities: dict[str, EntityState] = {}
        self.owners: dict[str, int] = {}  # entity → partition
        self.counts = hourly.counts()  # quality cells
        self.inflows = hourly.inflows()
        self.heard: dict[tuple[str, str], int] = {}  # organisation, area → minute in which its newest event came in
        self.reported: dict[int, tuple[int, Reported | None]] = {}  # first minute of a window → its last one, result
        self.pulse: dict[int, dict[str, Any]] = {}
        self.series: dict[str, Series] = {}
        self.changed: dict[str, set[int]] = {}  # series → minutes to compute again
        self.remembered: dict[tuple[str, int, int, float], list[float | None]] = {}

    def touch(self, minute: int) -> None:
        for minutes in self.changed.values():
            minutes.add(minute)

    def view(self, name: str, select: Selector, number: int | None) -> Series:
        """The series of that name, up to date."""
        known = self.series.get(name)
        if known is None:
            known = self.series[name] = Series(select, number)
            self.changed[name] = set(self.minutes)
        if self.changed[name]:
            known.renew(self.minutes, self.changed[name])
            self.changed[name] = set()
        return known

    def forget(self, partition: int) -> None:
        """Drop what one partition told."""
        for minute, cells in list(self.minutes.items()):
            kept = {key: cell for key, cell in cells.items() if key[0] != partition}
            if len(kept) != len(cells):
                self.minutes[minute] = kept
                self.touch(minute)
        self.open = {key: held for key, held in self.open.items() if key[0] != partition}
        for entity in [entity for entity, owner in self.owners.items() if owner == partition]:
            del self.owners[entity], self.entities[entity]
        self.counts.forget(partition)
        self.inflows.forget(partition)
        self.pulse.pop(partition, None)

    def set(self, partition: int, suffix: str, field: str, value: bytes) -> None:
        kind, _, _ = suffix.partition(":")
        if kind == "cells":
            minute, values = parse_address(field)
            self.minutes.setdefault(minute, {})[partition, values] = _CELL.decode(value)
            self.touch(minute)
        elif kind == "quality":
            self._count(partition, field, _ANY.decode(value))
        elif kind == "inflow":
            minute_text, _, source = field.partition(SEPARATOR)
            self.inflows.set(partition, int(minute_text), source, INFLOW.decode(value))
        elif kind == "open":
            self.open[partition, field] = (tuple(field.split("\x1f")), _OPEN.decode(value))
        elif kind == "entities":
            self.entities[field] = _ENTITY.decode(value)
            self.owners[field] = partition
        elif kind == "pulse":
            self.pulse.setdefault(partition, {})[field] = decoded(field, value)

    def _count(self, partition: int, field: str, count: int) -> None:
        text, outcome, reason, organisation, area = field.split(SEPARATOR)
        minute = int(text)
        self.counts.set(partition, minute, (outcome, reason, organisation, area), count)
        if outcome in (ACCEPTED, LATE):
            place = (organisation, area)
            self.heard[place] = max(minute, self.heard.get(place, 0))

    def delete(self, partition: int, suffix: str, field: str) -> None:
        if suffix == "open":
            self.open.pop((partition, field), None)
        elif suffix == "entities":
            self.entities.pop(field, None)
            self.owners.pop(field, None)

    def prune(self, first: int) -> None:
        """Drop minutes before ``first``."""
        for minute in [minute for minute in self.minutes if minute < first]:
            del self.minutes[minute]
            self.touch(minute)
        self.counts.prune(first)
        self.inflows.prune(first)


class Board:
    """Everything a process shows. Not for several threads: one event loop owns it."""

    def __init__(self, profile: Profile, words: Mapping[str, Words]) -> None:
        self.profile = profile
        self.words = words
        self.feeds: dict[str, FeedData] = {feed: FeedData() for feed in profile.feeds}
        self.samples: dict[str, deque[tuple[float, float | None]]] = {}
        self.baselines: dict[str, Baseline] = {}  # feed → what its hours usually bring, from the history
        self.shown = profile.shown_areas(SHOWN_LEVEL)
        self.version = 0
        self._dirty: set[str] = set()
        self._scenes: dict[str, BoardScene] = {}

    def load(self, feed: str, partition: int, state: Mapping[str, Mapping[str, bytes]]) -> None:
        """Replace what is known of a partition by a snapshot: suffix → field → value."""
        data = self.feeds.setdefault(feed, FeedData())
        data.forget(partition)
        live = feed in self.profile.feeds and self.profile.feeds[feed].entity.live
        for suffix, held in state.items():
            if suffix == "entities" and not live:
                continue
            for field, value in held.items():
                data.set(partition, suffix, field, value)
        self._mark(feed)

    def apply(self, feed: str, partition: int, change: Change) -> None:
        """Take in one batch's absolute values; twice is as good as once."""
        data = self.feeds.setdefault(feed, FeedData())
        for suffix, _, pairs in change.sets:
            for at in range(0, len(pairs), 2):
                field, value = pairs[at], pairs[at + 1]
                name = field if isinstance(field, str) else field.decode()
                data.set(partition, suffix, name, value if isinstance(value, bytes) else value.encode())
        for suffix, fields in change.deletes:
            for field in fields:
                data.delete(partition, suffix, field)
        self._mark(feed)

    def _mark(self, feed: str) -> None:
        self._dirty.add(feed)
        self.version += 1

    def take_dirty(self) -> set[str]:
        """Feeds that changed since the last call."""
        dirty, self._dirty = self._dirty, set()
        return dirty

    def use(self, profile: Profile) -> None:
        """Show another version of the profile over the same data."""
        self.profile = profile
        self.shown = profile.shown_areas(SHOWN_LEVEL)
        for feed in profile.feeds:
            self.feeds.setdefault(feed, FeedData())
        for data in self.feeds.values():
            data.series.clear()
            data.changed.clear()
            data.remembered.clear()
            data.reported.clear()
        self._dirty |= set(profile.feeds)
        self.version += 1

    def prune(self, now: float) -> None:
        """Drop what is older than two days, by the data's own time where a clock runs ahead of it."""
        for data in self.feeds.values():
            newest = max(data.minutes, default=0)
            data.prune(min(int(now) // 60, newest or int(now) // 60) - KEPT_MINUTES)

    def scene(self, now: float, clock: Clock, language: str) -> Scene:
        """The board at a moment (POSIX seconds), in a language. Readings are computed once for a moment."""
        known = self._scenes.get(language)
        if known is None or known.version != self.version or known.now != now or known.clock != clock:
            known = self._scenes[language] = BoardScene(self, now, clock, language)
        return known

    def sample(self, indicator: str, at: float, value: float | None) -> None:
        """Remember a clock-driven value (open, overdue …), which no cell can tell later; one a minute."""
        kept = self.samples.setdefault(indicator, deque(maxlen=SAMPLES))
        while kept and kept[-1][0] > at:
            kept.pop()  # the clock was set back
        if not kept or at - kept[-1][0] >= 60:
            kept.append((at, value))
