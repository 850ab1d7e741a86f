"""Whether a scenario names only what its profile has.

The format of scenarios is the simulator's, which this core doesn't know: names are found by where they stand in the
plain document, and the shape is checked against a struct that the caller passes in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ioc.core.check_context import Context
from ioc.core.check_document import Path, Place
from ioc.core.check_shape import conforms
from ioc.core.words import Words

EACH, KEYS = "[]", "{}"  # every item of a list; every key of a mapping
ANY_STATION = "*"
STATIONS = "station_reading"  # places of other feeds (a hospital, a camera) are the scenario's own

Pattern = tuple[str, ...]


def _patterns(*texts: str) -> tuple[Pattern, ...]:
    return tuple(tuple(text.split()) for text in texts)


FEEDS = _patterns("phases [] feed", "interruptions [] feed")
AREAS = _patterns(
    "phases [] areas {}", "interruptions [] areas []", "cap_alert bulletins [] areas []",
    "hospital_status facilities [] area", "indicator [] area",
)  # fmt: skip
ORGANISATIONS = _patterns(
    "dossier procedures [] agency", "task plan_tasks [] lead", "task plan_tasks [] supporting []",
    "integration_call [] provider", "integration_call [] consumer", "open_dataset [] agency",
    "indicator [] organisation",
)  # fmt: skip
GAUGES = _patterns("station_reading courses [] station", "station_reading bases {}")
METRICS = _patterns("station_reading courses [] metric")
CODES = _patterns("indicator [] code")


def check_scenario(value: Any, kind: type | None, place: Place, context: Context, words: Words) -> None:
    """``kind`` is the struct of a scenario (None: its shape isn't checked). One that is based on another may leave out
    what the other has."""
    base = value.get("based_on") if isinstance(value, dict) else None
    if kind is not None:
        conforms(value, kind, place, words, partial=bool(base))
    if isinstance(base, str) and base and "/" not in base:
        context.named("scenarios", base, ("based_on",), place)
    for path, name in _named(value, FEEDS):
        context.named("feeds", name, path, place)
    for path, name in _named(value, AREAS):
        context.area(name, path, place)
    for path, name in _named(value, ORGANISATIONS):
        context.organisation(name, path, place)
    _stations(value, place, context)
    _codes(value, place, context)


def _stations(value: Any, place: Place, context: Context) -> None:
    stations = context.stations
    measured = {metric for station in stations.values() for metric in station.metrics}
    if not measured:  # the file of the stations says what is wrong
        return
    for path, name in (*_named(value, GAUGES), *_cut_off(value)):
        station, _, metric = name.partition("/")  # the bases are by station and metric
        if station not in stations and station != ANY_STATION:
            place.unknown(path, "station", station, stations)
        elif metric and metric not in measured:
            place.unknown(path, "metric", metric, measured)
    for path, name in _named(value, METRICS):
        if name not in measured:
            place.unknown(path, "metric", name, measured)


def _cut_off(value: Any) -> Iterator[tuple[Path, str]]:
    """Stations that an interruption silences."""
    for path, name in _named(value, _patterns("interruptions [] places []")):
        if value["interruptions"][path[1]].get("feed") == STATIONS:
            yield path, name


def _codes(value: Any, place: Place, context: Context) -> None:
    """Reported figures are those of some indicator."""
    if context.indicators.keys() != set(context.names["indicators"]):  # one that can't be read may be the one meant
        return
    measures = [each for item in context.indicators.values() for each in (item.measure, item.base) if each]
    codes = {each.code for each in measures if each.code is not None}
    for path, name in _named(value, CODES):
        if name not in codes:
            place.unknown(path, "indicators", name, codes)


def _named(value: Any, patterns: tuple[Pattern, ...]) -> Iterator[tuple[Path, str]]:
    """Each name at the end of a pattern, with its path; an empty one names nothing."""
    for pattern in patterns:
        yield from ((path, name) for path, name in _found(value, pattern, ()) if name)


def _found(value: Any, pattern: Pattern, path: Path) -> Iterator[tuple[Path, str]]:
    if not pattern:
        if isinstance(value, str):
            yield path, value
        return
    first, *rest = pattern
    if first == EACH:
        for at, item in enumerate(value if isinstance(value, list) else ()):
            yield from _found(item, tuple(rest), (*path, at))
    elif isinstance(value, dict):
        if first == KEYS:
            yield from (((*path, key), key) for key in value)
        elif first in value:
            yield from _found(value[first], tuple(rest), (*path, first))
