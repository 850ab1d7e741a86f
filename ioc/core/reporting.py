"""Units reporting of units due: which stations, areas or organisations sent something, and which should have."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from zoneinfo import ZoneInfo

import msgspec

from ioc.core.contract import FeedContract, Reporting, seconds
from ioc.core.hourly import Counts
from ioc.core.outcome import ACCEPTED, LATE
from ioc.core.profile import Profile
from ioc.core.series import Minutes
from ioc.core.workdays import ONE, Workdays

PLACES = ("area", "organisation")  # dimensions that every feed has, by whose its events are
LONGEST = 47 * 60  # minutes that can be looked back


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """How many units are due and have reported, and the codes of those that haven't."""

    due: int
    reported: int
    missing: list[str] = []

    @property
    def share(self) -> float | None:
        return self.reported / self.due if self.due else None


def units_due(profile: Profile, reporting: Reporting) -> set[str]:
    """The units that the profile lists; empty for ``known``, which only the data can tell."""
    if reporting.of == "stations":
        return {code for code, station in profile.stations.items() if _of_kind(reporting, station.kind)}
    if reporting.of == "organisations":
        return {code for code, unit in profile.organisations.items() if _of_kind(reporting, unit.kind)}
    if reporting.of == "areas":
        return {area.code for area in profile.current_areas().values() if area.level == reporting.level}
    return set()


def _of_kind(reporting: Reporting, kind: str) -> bool:
    return not reporting.kind or reporting.kind == kind


def period(contract: FeedContract, reporting: Reporting) -> float:
    """Seconds within which each unit is due to report once."""
    return seconds(reporting.every) or seconds(contract.cadence)


def reported(
    profile: Profile, contract: FeedContract, minutes: Minutes, counts: Counts, first: int, last: int
) -> Reported | None:
    """The units that reported in the minutes ``first``..``last``, widened to one and a half of their period.

    None where the contract declares no units. Those due on working days are looked for since yesterday morning, and
    nothing is said while today or yesterday is a day off. ``known`` units are those seen in the two days that are kept.
    """
    reporting = contract.reporting
    if reporting is None:
        return None
    begin = min(first, last - min(int(1.5 * period(contract, reporting) // 60), LONGEST))
    if reporting.workdays:
        yesterday = _yesterday(profile, last)
        if yesterday is None:
            return None
        begin = min(first, yesterday)
    if reporting.dimension in PLACES:
        found = _by_place(profile, reporting, counts, begin, last)
    else:
        found = _by_dimension(contract, reporting, minutes, begin, last)
    due = units_due(profile, reporting)
    if reporting.of == "known":
        due = _by_dimension(contract, reporting, minutes, last - LONGEST, last)
    missing = sorted(due - found)
    return Reported(due=len(due), reported=len(due) - len(missing), missing=missing)


def _yesterday(profile: Profile, last: int) -> int | None:
    """The first minute of the day before that of ``last``; None unless both are working days."""
    calendar, zone = Workdays(profile.head.timezone, profile.holidays), ZoneInfo(profile.head.timezone)
    today = datetime.fromtimestamp(last * 60, zone).date()
    if not (calendar.works(today) and calendar.works(today - ONE)):
        return None
    return int(datetime.combine(today - ONE, time(), zone).timestamp()) // 60


def _by_place(profile: Profile, reporting: Reporting, counts: Counts, first: int, last: int) -> set[str]:
    column = 3 if reporting.dimension == "area" else 2
    codes = {key[column] for key in counts.window(first, last) if key[0] in (ACCEPTED, LATE)}
    return set(_rolled(profile, reporting, codes))


def _rolled(profile: Profile, reporting: Reporting, codes: Iterable[str]) -> Iterable[str]:
    if reporting.dimension != "area":
        return codes
    return (profile.roll_up(code, reporting.level) for code in codes)


def _by_dimension(contract: FeedContract, reporting: Reporting, minutes: Minutes, first: int, last: int) -> set[str]:
    column = contract.dimensions.index(reporting.dimension)
    width = len(contract.dimensions)
    return {
        values[column]
        for minute in range(first, last + 1)
        for _, values in minutes.get(minute, ())
        if len(values) == width and values[column]
    }
