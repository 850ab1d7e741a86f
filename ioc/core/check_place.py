"""What the head, areas, organisations, stations, holidays and maps must hold to beyond their shape."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ioc.core.area import Area, Crosswalk, Organisation, Station
from ioc.core.check_context import Context, check_date
from ioc.core.check_document import Place
from ioc.core.check_feed import check_horizon
from ioc.core.check_indicator import check_id
from ioc.core.check_shape import LANGUAGES
from ioc.core.profile import Holiday, ProfileHead

PRIORITIES = ("low", "high", "critical")
SLACK = 1e-6
MARGIN = 0.5  # degrees that a line on the map, a river, may run beyond the box
FOREVER = "9999-12-31"

_PREFIX = re.compile(r"urn:vn:[a-z0-9][a-z0-9-]*:?")


def check_head(head: ProfileHead, folder: str, place: Place, context: Context) -> None:
    if head.id != folder:
        place(("id",), "id_is_not_name", given=head.id, name=folder)
    try:
        ZoneInfo(head.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        place(("timezone",), "timezone", given=head.timezone)
    check_date(head.as_of, ("as_of",), place)
    check_horizon(head.due_soon, ("due_soon",), place)
    if not _PREFIX.fullmatch(head.source_prefix):
        place(("source_prefix",), "source_prefix", given=head.source_prefix)
    if _is_box(head.bbox):
        context.box = head.bbox
    else:
        place(("bbox",), "bbox")
    if head.view is not None and not _is_box(head.view):
        place(("view",), "bbox")
    if head.default_language not in LANGUAGES:
        place.unknown(("default_language",), "language", head.default_language, LANGUAGES)
    for at, group in enumerate(head.groups):
        check_id(group.id, ("groups", at, "id"), place)
        if group.id in {other.id for other in head.groups[:at]}:
            place(("groups", at, "id"), "twice", given=group.id)
    context.named("walls", head.home_wall, ("home_wall",), place)
    if head.demo and context.names["scenarios"]:  # read for a check, not for running
        context.named("scenarios", head.demo, ("demo",), place)


def _is_box(box: tuple[float, float, float, float]) -> bool:
    west, south, east, north = box
    return -180 <= west < east <= 180 and -90 <= south < north <= 90


def check_areas(areas: list[Area], place: Place, context: Context) -> None:
    """``place`` paths begin with the row."""
    periods: dict[str, list[tuple[str, str, int]]] = {}
    for row, area in enumerate(areas):
        here = place.below(row)
        end = area.valid_to or FOREVER
        good = check_date(area.valid_from, ("valid_from",), here)
        good = (not area.valid_to or check_date(area.valid_to, ("valid_to",), here)) and good
        if good and area.valid_from > end:
            here(("valid_to",), "ends_before", start=area.valid_from, end=area.valid_to)
        if area.population < 0 or area.area_km2 < 0:
            here((), "negative", given=min(area.population, area.area_km2))
        if (area.lat or area.lon) and not context.inside(area.lat, area.lon):
            here(("lat",), "outside", lat=area.lat, lon=area.lon)
        for start, stop, _ in periods.get(area.code, []):
            if good and start <= end and area.valid_from <= stop:
                here(("valid_from",), "periods", code=area.code, start=start, end=stop)
        periods.setdefault(area.code, []).append((area.valid_from, end, area.level))
    for row, area in enumerate(areas):
        _parent(area, periods, place.below(row))
    if context.head is not None and areas and not _current(areas, context.head.as_of):
        place((), "no_current", as_of=context.head.as_of)


def _current(areas: list[Area], as_of: str) -> bool:
    return any(area.valid_from <= as_of <= (area.valid_to or FOREVER) for area in areas)


def _parent(area: Area, periods: dict[str, list[tuple[str, str, int]]], place: Place) -> None:
    if not area.parent:
        if area.level != 0:
            place(("parent",), "no_parent", code=area.code, level=area.level)
        return
    if area.parent not in periods:
        place.unknown(("parent",), "area", area.parent, periods)
        return
    end = area.valid_to or FOREVER
    meant = [level for start, stop, level in periods[area.parent] if start <= area.valid_from and end <= stop]
    if not meant:
        place(("parent",), "parent_period", parent=area.parent, start=area.valid_from, end=area.valid_to or "…")
    elif meant[0] >= area.level:
        place(("level",), "level", level=area.level, parent=area.parent, above=meant[0])


def check_crosswalk(steps: list[Crosswalk], place: Place, context: Context) -> None:
    known = {(area.code, area.valid_from) for area in context.areas} | context.former
    total: dict[tuple[str, str], float] = {}
    for row, step in enumerate(steps):
        here = place.below(row)
        for side, unit in (("old", (step.old, step.old_valid_from)), ("new", (step.new, step.new_valid_from))):
            if context.area_codes and unit not in known:
                here((side,), "crosswalk_unit", code=unit[0], start=unit[1])
        if not 0 < step.weight <= 1 + SLACK:
            here(("weight",), "weight", given=step.weight)
        old = (step.old, step.old_valid_from)
        total[old] = total.get(old, 0.0) + step.weight
        if total[old] > 1 + SLACK >= total[old] - step.weight:
            here(("weight",), "weights", code=step.old, total=f"{total[old]:.6g}")


def check_organisations(organisations: list[Organisation], place: Place, context: Context) -> None:
    names: dict[str, str] = {}
    for at, organisation in enumerate(organisations):
        here = place.below(at)
        if organisation.code in {other.code for other in organisations[:at]}:
            here(("code",), "twice", given=organisation.code)
        if organisation.area:
            context.area(organisation.area, ("area",), here)
        for position, name in enumerate(organisation.names):
            owner = names.setdefault(name, organisation.code)
            if owner != organisation.code:
                here(("names", position), "same_name", name=name, other=owner)


def check_stations(stations: list[Station], place: Place, context: Context) -> None:
    for at, station in enumerate(stations):
        here = place.below(at)
        if station.id in {other.id for other in stations[:at]}:
            here(("id",), "twice", given=station.id)
        context.area(station.area, ("area",), here)
        if not context.inside(station.lat, station.lon):
            here(("lat",), "outside", lat=station.lat, lon=station.lon)
        if not station.metrics:
            here(("metrics",), "no_metrics")
        _alarms(station, here)


def _alarms(station: Station, place: Place) -> None:
    for metric, levels in station.alarms.items():
        if metric not in station.metrics:
            place.unknown(("alarms", metric), "metric", metric, station.metrics)
        for at, (lower, upper) in enumerate(itertools.pairwise(levels), start=1):
            path = ("alarms", metric, at)
            if upper.value <= lower.value:
                place((*path, "value"), "alarm_order", value=upper.value, before=lower.value)
            if PRIORITIES.index(upper.priority) < PRIORITIES.index(lower.priority):
                place((*path, "priority"), "alarm_priority", priority=upper.priority, before=lower.priority)


def check_holidays(holidays: list[Holiday], place: Place) -> None:
    for row, holiday in enumerate(holidays):
        here = place.below(row)
        check_date(holiday.date, ("date",), here)
        if holiday.date in {other.date for other in holidays[:row]}:
            here(("date",), "twice", given=holiday.date)


def check_geo(value: Any, place: Place, context: Context, own: bool) -> None:
    """A GeoJSON FeatureCollection (RFC 7946: longitude first). ``own``: its area codes are this profile's."""
    features = value.get("features") if isinstance(value, dict) else None
    if not isinstance(features, list) or value.get("type") != "FeatureCollection":
        place((), "feature_collection")
        return
    for at, feature in enumerate(features):
        here = place.below("features", at)
        properties = feature.get("properties") if isinstance(feature, dict) else None
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        if not isinstance(geometry, dict) or not isinstance(properties, dict | None):
            here((), "feature")
            continue
        code = (properties or {}).get("code")
        if own and isinstance(code, str) and code:
            context.area(code, ("properties", "code"), here)
        elif code is not None and not isinstance(code, str):
            here(("properties", "code"), "code_text", given=code)
        points = _points(geometry.get("coordinates"))
        astray = next((point for point in points if not context.inside(point[1], point[0], MARGIN)), None)
        if astray is not None:
            here(("geometry", "coordinates"), "outside", lat=astray[1], lon=astray[0])


def _points(coordinates: Any) -> Iterator[list[float]]:
    """Every position of nested coordinates."""
    if not isinstance(coordinates, list) or not coordinates:
        return
    if isinstance(coordinates[0], int | float) and len(coordinates) > 1:
        yield coordinates
        return
    for inner in coordinates:
        yield from _points(inner)
