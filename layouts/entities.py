"""Reading the states of live entities: numbers that are numbers, stations with their newest values."""

from __future__ import annotations

from typing import Any

import msgspec

from ioc.core.area import AlarmLevel, Station
from ioc.core.freshness import aged, cadence_of, judge
from ioc.core.profile import Profile
from ioc.core.reading import Freshness, Scene


def field(entity: dict[str, Any], name: str) -> Any:
    """A field of the state or of what its contract keeps; None when there is none."""
    return entity.get(name)


def number(entity: dict[str, Any], name: str) -> float | None:
    """A field as a number; None when it isn't one."""
    value = field(entity, name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


class Gauge(msgspec.Struct, frozen=True, kw_only=True):
    """A station's newest value of one metric; ``level`` is the highest alarm level it has reached.

    A station is judged by its own age: one that fell silent has neither a present value nor a level.
    """

    station: Station
    value: float | None
    unit: str
    at: float | None
    freshness: Freshness
    since: float | None
    level: AlarmLevel | None


def gauges(scene: Scene, feed: str, kinds: list[str], metric: str) -> list[Gauge]:
    """The stations of ``kinds`` that measure ``metric``, each with its newest value; the worst first."""
    newest = {
        (str(field(entity, "station_id") or entity["id"].split("/")[0]), str(_metric(entity))): entity
        for entity in scene.entities(feed, open_only=False)
    }
    found = [
        _gauge(scene, feed, station, newest.get((station.id, metric)), metric)
        for station in scene.profile.stations.values()
        if (not kinds or station.kind in kinds) and metric in station.metrics
    ]
    return sorted(found, key=lambda gauge: (-_severity(gauge), gauge.station.name))


def _metric(entity: dict[str, Any]) -> Any:
    return field(entity, "metric") or entity["id"].rpartition("/")[2]


def _gauge(scene: Scene, feed: str, station: Station, entity: dict[str, Any] | None, metric: str) -> Gauge:
    if entity is None:
        return Gauge(station=station, value=None, unit="", at=None, freshness="none", since=None, level=None)
    at = entity.get("at")
    expires, cadence = entity.get("expires"), cadence_of(scene.profile.feeds[feed])
    if at is not None and expires is not None:
        cadence = max(cadence, expires - at)  # what was typed in needs no renewal before
    freshness, since = aged(*judge(at, scene.now, cadence, scene.clock), expires, scene.now)
    silent = freshness in ("offline", "none")
    value = None if silent else number(entity, "value")
    levels = [] if freshness == "stale" else station.alarms.get(metric, [])
    reached = [level for level in levels if value is not None and value >= level.value]
    return Gauge(
        station=station,
        value=value,
        unit=str(field(entity, "unit") or ""),
        at=at,
        freshness=freshness,
        since=since,
        level=max(reached, key=lambda level: level.value, default=None),
    )


def _severity(gauge: Gauge) -> int:
    return {"critical": 3, "high": 2, "low": 1}[gauge.level.priority] if gauge.level else 0


def station_feed(profile: Profile, named: list[str]) -> str:
    """The feed of stations: the one named, else the first whose area is found by its station."""
    if named:
        return named[0]
    return next((name for name, contract in profile.feeds.items() if contract.area_of == "station_id"), "")
