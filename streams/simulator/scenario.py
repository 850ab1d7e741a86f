"""A scenario file, ``profiles/<province>/scenarios/<id>.yaml``: what a simulated province is like, and what befalls it.

Everything that differs between provinces or days stands there; the generators hold only the way things happen. A
scenario may stand on another (``based_on``): its keys replace those of the other, section by section and key by key.
Times are RFC 3339; lengths of time are written ``5m``, ``24h`` or ISO 8601. ``source`` says where a figure was
published, or ``assumed`` in so many words.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from ioc.core.contract import NotationError, Strict, Text, seconds
from ioc.core.errors import Problem, ProfileError
from streams.simulator.models import (
    Dataset,
    Documents,
    Dossiers,
    Figure,
    Hospitals,
    Identity,
    Media,
    Reports,
    Security,
    Service,
    Stations,
    Tasks,
    Traffic,
    Warnings,
)


class Disturbance(Strict, frozen=True, kw_only=True):
    """Shares of all events that arrive late, twice, or first in a broken form; ``late_by`` at least and at most."""

    late: float = 0.0
    duplicate: float = 0.0
    broken: float = 0.0
    late_by: tuple[str, str] = ("11m", "45m")


class Phase(Strict, frozen=True, kw_only=True):
    """A stretch of time in which a feed's rate is ``per_day``, or ``factor`` times the usual one.

    ``weights`` change how often each code of ``by`` occurs (report categories, traffic kinds …), ``areas`` how often
    each area is concerned; codes that aren't named keep their weight.
    """

    feed: str
    begin: str
    end: str
    per_day: float | None = None
    factor: float = 1.0
    weights: dict[str, float] = {}
    areas: dict[str, float] = {}
    source: str = ""


class Interruption(Strict, frozen=True, kw_only=True):
    """A power or line cut: events of ``feed`` (only of ``places`` or ``areas`` when given) are lost, or held back
    until the end and then sent at once. Without ``places`` and ``areas`` the heartbeats stop too."""

    feed: str
    begin: str
    end: str
    places: list[str] = []
    areas: list[str] = []
    then: Literal["lost", "late"] = "lost"
    source: str = ""


class Scenario(Strict, frozen=True, kw_only=True):
    """A whole scenario. ``label`` is shown in every header while it runs. A section that is missing makes its feed
    silent; a feed that the simulator doesn't know is drawn from its contract."""

    id: str
    title: Text
    label: Text
    mode: Literal["exercise", "test"]
    start: str = ""
    end: str = ""
    backfill: str = "24h"
    based_on: str = ""
    families: list[str]
    middles: list[str]
    givens: list[str]
    disturbance: Disturbance = Disturbance()
    phases: list[Phase] = []
    interruptions: list[Interruption] = []
    dossier: Dossiers | None = None
    citizen_report: Reports | None = None
    station_reading: Stations | None = None
    cap_alert: Warnings | None = None
    security_alert: Security | None = None
    indicator: list[Figure] = []
    task: Tasks | None = None
    hospital_status: Hospitals | None = None
    traffic_event: Traffic | None = None
    document: Documents | None = None
    integration_call: list[Service] = []
    open_dataset: list[Dataset] = []
    digital_identity: list[Identity] = []
    media_item: Media | None = None


def moment(text: str) -> float:
    """POSIX seconds of an RFC 3339 time. Raises :class:`NotationError` when it has no offset."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise NotationError(f"'{text}' is no time; write for example '2024-09-12T18:00:00+07:00'") from None
    if at.tzinfo is None:
        raise NotationError(f"'{text}' has no offset; write for example '{text}+07:00'")
    return at.timestamp()


def laid_over(base: dict[str, Any], top: dict[str, Any]) -> dict[str, Any]:
    """``top`` over ``base``: mappings are joined key by key, anything else is replaced."""
    joined = dict(base)
    for key, value in top.items():
        old = joined.get(key)
        joined[key] = laid_over(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return joined


def parse(file: str, document: dict[str, Any]) -> Scenario:
    """The scenario of a decoded document. Raises :class:`ProfileError` naming the path and what would be right."""
    try:
        scenario = msgspec.convert(document, Scenario)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at ")
        mend = "see streams/simulator/scenario.py for the keys and their types"
        raise ProfileError([Problem(file=file, line=0, path=path.strip("`"), message=message, mend=mend)]) from None
    problems = [*_times(file, scenario), *_lengths(file, scenario)]
    if problems:
        raise ProfileError(problems)
    return scenario


def _times(file: str, scenario: Scenario) -> list[Problem]:
    """Every time that can't be read, and every stretch that ends before it begins."""
    problems: list[Problem] = []
    stretches = [("start", scenario.start, scenario.end)] if scenario.start and scenario.end else []
    stretches += [(f"phases[{n}]", phase.begin, phase.end) for n, phase in enumerate(scenario.phases)]
    stretches += [(f"interruptions[{n}]", cut.begin, cut.end) for n, cut in enumerate(scenario.interruptions)]
    for path, begin, end in stretches:
        try:
            if moment(begin) >= moment(end):
                problems.append(_problem(file, path, f"'{begin}' isn't before '{end}'", "let it end after its begin"))
        except NotationError as error:
            problems.append(_problem(file, path, str(error), "write a date, a time and an offset"))
    courses = scenario.station_reading.courses if scenario.station_reading else []
    for course in courses:
        path = f"station_reading.courses[{course.station}]"
        try:
            times = [moment(point.at) for point in course.points]
        except NotationError as error:
            problems.append(_problem(file, path, str(error), "write a date, a time and an offset"))
            continue
        if not times or times != sorted(set(times)):
            problems.append(_problem(file, path, "its points aren't in order of time", "sort them; one value a time"))
    return problems


def _lengths(file: str, scenario: Scenario) -> list[Problem]:
    lengths = {"backfill": scenario.backfill}
    lengths |= dict(zip(("late_by[0]", "late_by[1]"), scenario.disturbance.late_by, strict=True))
    if scenario.station_reading:
        lengths |= {f"station_reading.every.{kind}": every for kind, every in scenario.station_reading.every.items()}
    problems = []
    for path, length in lengths.items():
        try:
            seconds(length)
        except NotationError as error:
            problems.append(_problem(file, path, str(error), "write for example 10m or 24h"))
    return problems


def _problem(file: str, path: str, message: str, mend: str) -> Problem:
    return Problem(file=file, line=0, path=path, message=message, mend=mend)
