"""Finds where a value crosses a limit for good: dead-band, on-delay and off-delay, as ISA-18.2 has them.

A value holds until the next sample. So what is found depends on the samples alone, not on when somebody looks: the same
samples give the same crossings, and the same alert ids, after a restart or a replay. Silence raises, because a value
that went beyond its limit and then fell silent is worse, not better; silence never clears.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

from ioc.core.contract import seconds
from ioc.core.rule import AlertRule


class Sample(NamedTuple):
    """A value at an event time (POSIX s)."""

    at: float
    value: float


class Crossing(NamedTuple):
    """``raised`` or ``cleared`` at a time (POSIX s), for a condition that began at ``since``, with the value then."""

    kind: Literal["raised", "cleared"]
    at: float
    since: float
    value: float


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """What a value is held against. ``reached``: being equal to ``above`` or ``below`` is beyond it already.

    ``dead_band`` in the value's unit, delays in seconds.
    """

    above: float | None = None
    below: float | None = None
    reached: bool = False
    dead_band: float = 0.0
    on_delay: float = 0.0
    off_delay: float = 0.0

    def beyond(self, value: float, already: bool) -> bool:
        """Whether the value is beyond; ``already`` says that it was, so that it has to leave the dead-band first."""
        slack = self.dead_band if already else 0.0
        high = self.above is not None and _past(value, self.above - slack, self.reached or (already and slack > 0))
        low = self.below is not None and _past(-value, -self.below - slack, self.reached or (already and slack > 0))
        return high or low


def _past(value: float, limit: float, reached: bool) -> bool:
    return value >= limit if reached else value > limit


def limit_of(rule: AlertRule, level: float | None = None) -> Limit:
    """The rule's limit; ``level`` is the station's own alarm level where the rule asks for it."""
    return Limit(
        above=rule.above if level is None else level, below=rule.below if level is None else None,
        reached=level is not None, dead_band=rule.dead_band,
        on_delay=seconds(rule.on_delay), off_delay=seconds(rule.off_delay),
    )  # fmt: skip


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of one rule and subject. ``turned``: since when the condition is otherwise than ``active``."""

    active: bool = False
    beyond: bool = False
    turned: float | None = None
    at: float | None = None
    value: float = 0.0


def observe(limit: Limit, track: Track, sample: Sample) -> tuple[Track, list[Crossing]]:
    """Take in the next sample; one that isn't newer than the last changes nothing."""
    if track.at is not None and sample.at <= track.at:
        return track, []
    track, found = _due(limit, track, sample.at, silent=False)
    beyond = limit.beyond(sample.value, track.beyond)
    turned = None
    if beyond != track.active:
        turned = track.turned if beyond == track.beyond and track.turned is not None else sample.at
    track = Track(active=track.active, beyond=beyond, turned=turned, at=sample.at, value=sample.value)
    track, more = _due(limit, track, sample.at, silent=False)
    return track, found + more


def elapse(limit: Limit, track: Track, now: float) -> tuple[Track, list[Crossing]]:
    """Let time pass without a sample: what has been beyond for long enough is raised."""
    return _due(limit, track, now, silent=True)


def _due(limit: Limit, track: Track, now: float, silent: bool) -> tuple[Track, list[Crossing]]:
    if track.turned is None or (track.active and silent):
        return track, []
    at = track.turned + (limit.off_delay if track.active else limit.on_delay)
    if at > now:
        return track, []
    kind: Literal["raised", "cleared"] = "cleared" if track.active else "raised"
    changed = msgspec.structs.replace(track, active=not track.active, turned=None)
    return changed, [Crossing(kind, at, track.turned, track.value)]
