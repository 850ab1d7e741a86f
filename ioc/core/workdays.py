"""Working days of a province, and what they do to deadlines.

A term that ends on a day off ends with the next working day, at 24:00 of that day (Civil Code 2015, Article 148,
clauses 5 and 6).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ioc.core.contract import seconds
from ioc.core.profile import Holiday

ONE = timedelta(days=1)
MOST_REMEMBERED = 20_000
_WORKING_DAYS = re.compile(r"^(\d{1,3})wd$")


class Workdays:
    """The calendar of agencies: Monday to Friday without the holidays, and the weekend days worked instead.

    ``timezone`` is an IANA name; ``holidays`` are by date, YYYY-MM-DD.
    """

    def __init__(self, timezone: str, holidays: Mapping[str, Holiday]) -> None:
        self._zone = ZoneInfo(timezone)
        self._holidays = holidays
        self._deadlines: dict[float, float] = {}

    def works(self, day: date) -> bool:
        """Whether agencies work on ``day``."""
        holiday = self._holidays.get(day.isoformat())
        return holiday.work if holiday else day.weekday() < 5

    def workday(self, day: date, after: int = 0) -> date:
        """``day``, or the first working day from it, and then ``after`` working days more."""
        while not self.works(day):
            day += ONE
        return self.ahead(day, after)

    def ahead(self, day: date, days: int) -> date:
        """The working day that is ``days`` working days after ``day``."""
        for _ in range(days):
            day = self.workday(day + ONE)
        return day

    def deadline(self, start: float) -> float:
        """Last second (POSIX) of a term that ends on the local day beginning at ``start``; remembered."""
        found = self._deadlines.get(start)
        if found is None:
            if len(self._deadlines) >= MOST_REMEMBERED:
                self._deadlines.clear()
            found = self._deadlines[start] = self._end(self.workday(self._day(start)))
        return found

    def horizon(self, within: str, now: float) -> float:
        """How far ahead ``within`` reaches, POSIX seconds: a duration, or ``2wd``, to the end of the 2nd working day
        after today."""
        days = working_days(within)
        return now + seconds(within) if days is None else self._end(self.ahead(self._day(now), days))

    def _day(self, at: float) -> date:
        return datetime.fromtimestamp(at, self._zone).date()

    def _end(self, day: date) -> float:
        return datetime.combine(day + ONE, time(), self._zone).timestamp() - 1


def working_days(within: str) -> int | None:
    """The number in ``2wd``; None where it is another kind of duration."""
    found = _WORKING_DAYS.match(within)
    return int(found[1]) if found else None
