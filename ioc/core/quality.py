"""Four figures of a feed's quality, never averaged: đúng (validity), đủ (completeness), sạch (cleanliness), sống
(liveness). Shares 0..1; None where nothing can be said."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ioc.core.clock import Clock
from ioc.core.entity import Heartbeat
from ioc.core.freshness import GRACE
from ioc.core.outcome import ACCEPTED, DUPLICATE, LATE

UNCLEAN = ("id_conflict", "unknown_enum", "unknown_source", "unknown_reference")
Pulse = dict[int, dict[str, Any]]


def today(
    hours: dict[int, dict[tuple[int, str], int]], start: float, now: float
) -> tuple[dict[str, int], dict[str, int]]:
    """Counts by outcome and by reason of what was received from ``start`` (POSIX s) to now."""
    outcomes: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    first, last = int(start) // 60, int(now) // 60
    for hour, counts in hours.items():
        if not first // 60 <= hour <= last // 60:
            continue
        for (_, field), count in counts.items():
            minute, outcome, reason, *_ = field.split("\x1f")
            if first <= int(minute) <= last:
                outcomes[outcome] += count
                if reason:
                    reasons[reason] += count
    return dict(outcomes), dict(reasons)


def validity(outcomes: dict[str, int]) -> float | None:
    """Share of events that passed every check."""
    total = sum(count for name, count in outcomes.items() if name != "heartbeat")
    return (outcomes.get(ACCEPTED, 0) + outcomes.get(LATE, 0) + outcomes.get(DUPLICATE, 0)) / total if total else None


def completeness(pulse: Pulse) -> float | None:
    """Received against what the sources say they sent between their two newest heartbeats.

    A heartbeat lands in one partition and tells of all, so nothing can be said for a feed of several partitions.
    """
    if len(pulse) > 1:
        return None
    beats = _beats(pulse)
    sent = sum(beat.sent_since for beat in beats)
    return min(1.0, sum(beat.received for beat in beats) / sent) if sent else (1.0 if beats else None)


def cleanliness(outcomes: dict[str, int], reasons: dict[str, int]) -> float | None:
    """Share of events that are neither duplicates nor carry unknown codes or conflicting ids."""
    total = sum(count for name, count in outcomes.items() if name != "heartbeat")
    unclean = outcomes.get(DUPLICATE, 0) + sum(reasons.get(reason, 0) for reason in UNCLEAN)
    return 1 - unclean / total if total else None


def liveness(at: float | None, now: float, cadence: float, clock: Clock) -> float | None:
    """1 up to one cadence, falling to 0 at four."""
    if at is None:
        return None
    age = now - at - clock.slack(GRACE)
    return max(0.0, min(1.0, 1 - (age - cadence) / (3 * cadence)))


def lag(pulse: Pulse) -> int:
    """Events in the log that aren't applied yet."""
    return sum(max(0, int(held.get("highwater", 0)) - int(held.get("offset", 0))) for held in pulse.values())


def last_heartbeat(pulse: Pulse) -> float | None:
    return max((beat.at for beat in _beats(pulse)), default=None)


def _beats(pulse: Pulse) -> list[Heartbeat]:
    return [beat for held in pulse.values() for beat in held.values() if isinstance(beat, Heartbeat)]
