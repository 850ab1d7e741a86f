"""Working days, working hours and the shape of a day: when a province does what."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, timezone
from random import Random
from zoneinfo import ZoneInfo

from ioc.core.profile import Holiday
from ioc.core.workdays import Workdays

DAY = 86_400.0
SLOT = 600.0
# Office hours of administrative agencies: 7:30 to 11:30 and 13:30 to 17:00, in seconds of the day.
MORNING = (27_000.0, 41_400.0)
AFTERNOON = (48_600.0, 61_200.0)
CLOSING = AFTERNOON[1]

# Share of a day's events in each hour, by shape; they are normalised below.
_HOURS: dict[str, tuple[float, ...]] = {
    "office": (0.1, 0, 0, 0, 0, 0.1, 0.5, 6, 14, 15, 12, 5, 1.5, 8, 13, 12, 8, 2, 0.8, 0.8, 0.9, 0.7, 0.4, 0.2),
    "round-the-clock": (2.6, 2.2, 2, 2, 2.2, 3, 4.2, 5, 5.4, 5.4, 5.2, 4.8, 4.4, 4.6, 5, 5.2, 5.4, 5.6, 5.2, 5, 4.6,
                        4.2, 3.6, 3),
    "evening": (1.6, 0.8, 0.5, 0.4, 0.5, 1, 2.6, 4.2, 4.8, 5, 5, 4.6, 4.2, 4, 4.2, 4.6, 5.2, 6.2, 7.4, 8.2, 8.2, 7.2,
                5.6, 3.4),
}  # fmt: skip
SHAPES = {name: tuple(24 * hour / sum(hours) for hour in hours) for name, hours in _HOURS.items()}
SHAPES["daily"] = SHAPES["office"]


class Calendar:
    """Local time of one province with its holidays. Times are POSIX seconds, days ``datetime.date``."""

    def __init__(self, zone: str, holidays: dict[str, Holiday]) -> None:
        self._zone = ZoneInfo(zone)
        self._midnights: dict[date, float] = {}
        self._zones: dict[int, timezone] = {}
        self._workdays = Workdays(zone, holidays)
        self.works = functools.cache(self._workdays.works)

    def local(self, at: float) -> datetime:
        """``at`` in local time, with a plain offset (cheaper than a zone)."""
        hour = int(at // 3600)
        zone = self._zones.get(hour)
        if zone is None:
            offset = datetime.fromtimestamp(hour * 3600, self._zone).utcoffset() or timedelta()
            zone = self._zones[hour] = timezone(offset)
        return datetime.fromtimestamp(at, zone)

    def text(self, at: float) -> str:
        """RFC 3339 with offset, milliseconds only where there are some."""
        return self.local(at).isoformat(timespec="seconds" if at == int(at) else "milliseconds")

    def day(self, at: float) -> date:
        return self.local(at).date()

    def midnight(self, day: date) -> float:
        """The POSIX second at which the local day begins."""
        found = self._midnights.get(day)
        if found is None:
            found = self._midnights[day] = datetime(day.year, day.month, day.day, tzinfo=self._zone).timestamp()
        return found

    def workday(self, day: date, after: int = 0) -> date:
        """``day``, or the first working day from it, and then ``after`` working days more."""
        return self._workdays.workday(day, after)

    def office(self, at: float) -> float:
        """``at`` when it is in office hours, else the next moment they begin."""
        day = self.day(at)
        if self.works(day):
            second = at - self.midnight(day)
            for begin, end in (MORNING, AFTERNOON):
                if second < end:
                    return max(at, self.midnight(day) + begin)
        return self.midnight(self.workday(day + timedelta(days=1))) + MORNING[0]

    def moment(self, day: date, rng: Random) -> float:
        """Some moment of the office hours of ``day``, whole seconds."""
        span = rng.random() * (MORNING[1] - MORNING[0] + AFTERNOON[1] - AFTERNOON[0])
        morning = MORNING[1] - MORNING[0]
        return self.midnight(day) + int(MORNING[0] + span if span < morning else AFTERNOON[0] + span - morning)


def poisson(mean: float, rng: Random) -> int:
    """A Poisson count; above 50 by the normal approximation."""
    if mean > 50:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def arrivals(begin: float, per_day: Callable[[float], float], rng: Random) -> Iterator[float]:
    """Times of a Poisson process without end, from ``begin``; ``per_day`` gives the rate at a time, a day."""
    slot = begin
    while True:
        count = poisson(per_day(slot) * SLOT / DAY, rng)
        yield from sorted(slot + math.floor(rng.random() * SLOT * 1000) / 1000 for _ in range(count))
        slot += SLOT
