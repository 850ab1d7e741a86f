"""Four figures of a feed's quality, never averaged: đúng (validity), đủ (completeness), sạch (cleanliness), sống
(liveness). Shares 0..1; None where nothing can be said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from ioc.core.entity import Heartbeat, LogAlarm
from ioc.core.grade import Ages
from ioc.core.hourly import Count, Inflows
from ioc.core.inflow import Inflow, arrived, merged
from ioc.core.outcome import ACCEPTED, DUPLICATE, LATE, OUTCOMES, UNTIDY
from ioc.core.reporting import Reported

ID_CONFLICT = "id_conflict"
UNCLEAN = (ID_CONFLICT, "unknown_enum", "unknown_source", "unknown_reference")
MISSING = ("schema", "sentinel_missing")  # refused because a required field wasn't there, or held no value

SHOWN_FOR = 86_400.0  # seconds of an alarm about the log

Pulse = Mapping[int, Mapping[str, Any]]
Basis = Literal["sequence", "heartbeat", "baseline", ""]
Situation = Literal["live", "quiet", "late", "stale", "dead", "manual", "never"]


class Tallied(msgspec.Struct, frozen=True, kw_only=True):
    """Events by outcome, refused ones by reason, and how many were taken in though untidy; heartbeats aren't events."""

    outcomes: dict[str, int] = {}
    reasons: dict[str, int] = {}
    untidy: int = 0

    @property
    def total(self) -> int:
        return sum(self.outcomes.values())

    @property
    def received(self) -> int:
        """Events, each once."""
        return self.total - self.outcomes.get(DUPLICATE, 0) - self.reasons.get(ID_CONFLICT, 0)

    def invalid(self) -> dict[str, int]:
        """Events that broke a rule, by reason."""
        return {reason: number for reason, number in self.reasons.items() if reason != ID_CONFLICT}

    def unclean(self) -> dict[str, int]:
        """Duplicates, conflicts, unknown codes and untidy names, by cause."""
        found = {DUPLICATE: self.outcomes.get(DUPLICATE, 0), UNTIDY: self.untidy}
        found |= {reason: self.reasons.get(reason, 0) for reason in UNCLEAN}
        return {cause: number for cause, number in found.items() if number}

    def validity(self) -> float | None:
        """Share of events that passed schema, ranges, code lists and rules across fields."""
        return 1 - sum(self.invalid().values()) / self.total if self.total else None

    def cleanliness(self) -> float | None:
        """Share of events without any cause of :meth:`unclean`."""
        return max(0.0, 1 - sum(self.unclean().values()) / self.total) if self.total else None

    def filled(self) -> float | None:
        """Share of what was received that had its required fields."""
        missing = sum(self.reasons.get(reason, 0) for reason in MISSING)
        return 1 - missing / self.received if self.received else None


class Completeness(msgspec.Struct, frozen=True, kw_only=True):
    """What can be said of đủ. ``received`` of ``expected`` events, and what tells the second; the share with all
    required fields; units that reported of units due."""

    received: int = 0
    expected: float | None = None
    basis: Basis = ""
    filled: float | None = None
    reported: Reported | None = None

    @property
    def arrived(self) -> float | None:
        """Share of the expected events that came; of nothing, all came."""
        if self.expected is None:
            return None
        return min(1.0, self.received / self.expected) if self.expected else 1.0

    @property
    def share(self) -> float | None:
        """The least of the three: each alone may be what is lacking."""
        parts = (self.arrived, self.filled, self.reported.share if self.reported else None)
        return min((part for part in parts if part is not None), default=None)


class Signs(msgspec.Struct, frozen=True, kw_only=True):
    """When a feed was last heard of, POSIX s: its newest event by event time, its newest heartbeat; whether the newest
    events were typed in."""

    event: float | None = None
    heartbeat: float | None = None
    manual: bool = False

    @property
    def newest(self) -> float | None:
        return max((at for at in (self.event, self.heartbeat) if at is not None), default=None)


def tallied(counts: Mapping[Count, int]) -> Tallied:
    """Sum up quality cells."""
    outcomes: dict[str, int] = {}
    reasons: dict[str, int] = {}
    untidy = 0
    for (outcome, reason, _, _), number in counts.items():
        if outcome not in OUTCOMES:
            continue
        outcomes[outcome] = outcomes.get(outcome, 0) + number
        if reason == UNTIDY and outcome in (ACCEPTED, LATE):
            untidy += number
        elif reason:
            reasons[reason] = reasons.get(reason, 0) + number
    return Tallied(outcomes=outcomes, reasons=reasons, untidy=untidy)


def arrivals(inflows: Inflows, first: int, last: int) -> tuple[int, int, Basis]:
    """(events received, events sent, what tells it) in the minutes first..last; the basis is empty if nothing tells.

    By the sources' numbers where there are any, else by what their heartbeats say they sent.
    """
    oldest = inflows.oldest
    if oldest is None:
        return 0, 0, ""
    before = inflows.window(oldest, first - 1)
    received = sent = 0
    basis: Basis = ""
    for source, window in inflows.window(first, last).items():
        found = arrived(window, before.get(source))
        if found is not None:
            basis = "sequence"
        else:
            found = _between_beats(inflows, source, first, last) if window.beats else None
            basis = basis or ("heartbeat" if found else "")
        if found is not None:
            received, sent = received + found[0], sent + found[1]
    return received, sent, basis


def _between_beats(inflows: Inflows, source: str, first: int, last: int) -> tuple[int, int] | None:
    """What a source's heartbeats say it sent between the last one before the window and the last one in it."""
    held = [(minute, merged(value for (_, name), value in parts.items() if name == source))
            for minute, parts in inflows.minutes() if minute <= last]  # fmt: skip
    beats = [minute for minute, inflow in held if inflow.beats]
    begin = max((minute for minute in beats if minute < first), default=beats[0])
    between = [inflow for minute, inflow in held if begin < minute <= beats[-1]]
    if not between:
        return None
    sent = sum(inflow.sent for inflow in between)
    return min(sent, sum(inflow.received for inflow in between)), sent


def typed_in(inflows: Inflows) -> bool:
    """Whether all events of the newest minute that brought any were typed in."""
    for _, parts in inflows.minutes(newest_first=True):
        whole: Inflow = merged(parts.values())
        if whole.received:
            return whole.manual == whole.received
    return False


def situation(signs: Signs, now: float, cadence: float, slack: float, ages: Ages) -> Situation:
    """Which of these it is. Silence with a fresh heartbeat means that nothing happened; without one, that the feed is
    late, stale or dead. ``cadence`` in seconds; ``slack`` is what an age may have more."""
    if signs.newest is None:
        return "never"
    grade = ages.grade((now - signs.newest - slack) / cadence)
    if grade == "lost":
        return "dead"
    if signs.manual:
        return "manual"
    if grade != "good":
        return "late" if grade == "fair" else "stale"
    fresh = signs.event is not None and ages.grade((now - signs.event - slack) / cadence) == "good"
    return "live" if fresh else "quiet"


def liveness(at: float | None, now: float, cadence: float, slack: float) -> float | None:
    """1 up to one cadence, falling to 0 at four."""
    if at is None:
        return None
    age = now - at - slack
    return max(0.0, min(1.0, 1 - (age - cadence) / (3 * cadence)))


def lag(pulse: Pulse) -> int:
    """Events in the log that aren't applied yet."""
    return sum(max(0, int(held.get("highwater", 0)) - int(held.get("offset", 0))) for held in pulse.values())


def log_alarm(pulse: Pulse, now: float) -> LogAlarm | None:
    """The newest fault of the event log within a day; a partition that stands keeps its own."""
    found = [held["alarm"] for held in pulse.values() if "alarm" in held]
    fresh = [alarm for alarm in found if now - alarm.at < SHOWN_FOR or alarm.resumed == alarm.stored]
    return max(fresh, key=lambda alarm: (alarm.resumed == alarm.stored, alarm.at), default=None)


def last_heartbeat(pulse: Pulse) -> float | None:
    return max((beat.at for beat in _beats(pulse)), default=None)


def last_event(pulse: Pulse) -> float | None:
    """Event time of the newest event, POSIX s."""
    times = (float(held["newest"]) for held in pulse.values() if held.get("newest") is not None)
    return max((at for at in times if at > 0), default=None)


def _beats(pulse: Pulse) -> Iterable[Heartbeat]:
    return (beat for held in pulse.values() for beat in held.values() if isinstance(beat, Heartbeat))
