"""What the same hours of like days brought: what to expect of a feed that neither numbers its events nor counts them.

Working days are compared with working days, days off with days off.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from statistics import median
from zoneinfo import ZoneInfo

from ioc.core.hourly import Count, Counts
from ioc.core.outcome import DUPLICATE, HEARTBEAT
from ioc.core.profile import Profile
from ioc.core.workdays import Workdays

DAY_MINUTES = 1_440
LEAST = 20.0  # events expected, below which a share would only be chance

Unit = tuple[str, str]  # organisation, area
Baseline = Mapping[tuple[int, str, str], float]  # hour of the day, dimension ("" for all), code → events
Past = Iterable[tuple[int, str, str, int]]  # first POSIX second of an hour, organisation, area, events received


def received(counts: Mapping[Count, int], shown: Mapping[str, str]) -> dict[Unit, int]:
    """Events by whose they are, each once: neither duplicates nor second bytes of a known id."""
    found: dict[Unit, int] = {}
    for (outcome, reason, organisation, area), number in counts.items():
        if outcome not in (DUPLICATE, HEARTBEAT) and reason != "id_conflict":
            place = organisation, shown.get(area, area)
            found[place] = found.get(place, 0) + number
    return found


def of_past(profile: Profile, past: Past, shown: Mapping[str, str], now: float) -> dict[tuple[int, str, str], float]:
    """The median of each hour of the day over the past days that are like today; hours without an event count as 0.

    ``shown``: area code → the area of the shown level that holds it."""
    zone = ZoneInfo(profile.head.timezone)
    calendar = Workdays(profile.head.timezone, profile.holidays)
    works = calendar.works(datetime.fromtimestamp(now, zone).date())
    days: set[date] = set()
    sums: dict[tuple[int, str, str], dict[date, float]] = {}
    for at, organisation, area, events in past:
        local = datetime.fromtimestamp(at, zone)
        if calendar.works(local.date()) != works:
            continue
        days.add(local.date())
        for place in (("", ""), ("organisation", organisation), ("area", shown.get(area, area))):
            by_day = sums.setdefault((local.hour, *place), {})
            by_day[local.date()] = by_day.get(local.date(), 0.0) + events
    return {key: median([by_day.get(day, 0.0) for day in days]) for key, by_day in sums.items()}


class Expected:
    """Events expected in a window of ingest minutes: by the history's hours, else by yesterday's same minutes."""

    def __init__(
        self, profile: Profile, counts: Counts, baseline: Baseline, shown: Mapping[str, str], first: int, last: int
    ) -> None:
        self._zone = ZoneInfo(profile.head.timezone)
        self._baseline = baseline
        self._hours = _shares(first, last)
        self._yesterday: dict[Unit, int] | None = None
        if not baseline and self._like_yesterday(profile, counts, first, last):
            self._yesterday = received(counts.window(first - DAY_MINUTES, last - DAY_MINUTES), shown)

    def _like_yesterday(self, profile: Profile, counts: Counts, first: int, last: int) -> bool:
        calendar = Workdays(profile.head.timezone, profile.holidays)
        today, yesterday = (self._local(minute).date() for minute in (last, last - DAY_MINUTES))
        known = counts.oldest is not None and counts.oldest <= first - DAY_MINUTES
        return known and calendar.works(today) == calendar.works(yesterday)

    def _local(self, minute: int) -> datetime:
        return datetime.fromtimestamp(minute * 60, UTC).astimezone(self._zone)

    def of(self, dimension: str = "", code: str = "") -> float | None:
        """Events expected of all, or of one ``organisation`` or ``area``; None where too few to say anything."""
        if self._baseline:
            found = sum(
                share * self._baseline.get((self._local(hour * 60).hour, dimension, code), 0.0)
                for hour, share in self._hours.items()
            )
        elif self._yesterday is not None:
            found = float(sum(n for unit, n in self._yesterday.items() if _is(unit, dimension, code)))
        else:
            return None
        return found if found >= LEAST else None


def _is(unit: Unit, dimension: str, code: str) -> bool:
    return not dimension or unit[0 if dimension == "organisation" else 1] == code


def _shares(first: int, last: int) -> dict[int, float]:
    """Hour → which share of it lies in the minutes first..last."""
    return {
        hour: (min(last, hour * 60 + 59) - max(first, hour * 60) + 1) / 60
        for hour in range(first // 60, math.floor(last / 60) + 1)
    }
