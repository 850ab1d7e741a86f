"""An official map taken over into a profile: what is wrong with it, or the features as the profile keeps them.

Input is a decoded GeoJSON document (RFC 7946: WGS 84, longitude first). Output features carry ``code``, ``name`` and
``approximate: false``, positions in two dimensions, rings turned as the standard asks.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, TypeGuard

import msgspec

from ioc.core import ring as rings
from ioc.core.area import Area
from ioc.core.profile import Profile
from ioc.core.wall import Layer

MARGIN = 0.5  # degrees that a river may run beyond the profile's box
MOST_POSITIONS = 50_000  # every screen loads the map; ten times what a province drawn to 50 m needs
POLYGONS, LINES = ("Polygon", "MultiPolygon"), ("LineString", "MultiLineString")
WGS84 = ("CRS84", "EPSG::4326", "EPSG:4326")


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One reason to refuse: ``key`` of the sentences ``geo.<key>.is`` and ``.mend`` and their values.

    ``feature`` counts from 1; 0 for the document as a whole.
    """

    feature: int
    key: str
    values: dict[str, Any] = {}


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """The FeatureCollection to keep, empty when there are ``faults``."""

    collection: dict[str, Any]
    faults: list[Fault]


def take(document: Any, layer: Layer, profile: Profile, code_field: str = "code") -> Taken:
    """The map of ``layer`` from a document; areas are recognised by the text or number in ``code_field``.

    A choropleth needs one feature for each current unit of its level; an outline and lines may go without codes.
    """
    taker = _Taker(layer, profile, code_field)
    features = taker.features(document)
    if taker.faults:
        return Taken(collection={}, faults=taker.faults)
    return Taken(collection={"type": "FeatureCollection", "features": features}, faults=[])


class _Taker:
    def __init__(self, layer: Layer, profile: Profile, code_field: str) -> None:
        self.faults: list[Fault] = []
        self._layer = layer
        self._field = code_field
        self._types = LINES if layer.kind == "lines" else POLYGONS
        self._units = {code: area for code, area in profile.current_areas().items() if area.level == layer.level}
        self._by_number = {int(code): code for code in self._units if code.isdigit()}
        west, south, east, north = profile.head.bbox
        margin = MARGIN if layer.kind == "lines" else 0.0
        self._box = (west - margin, south - margin, east + margin, north + margin)

    def _refuse(self, feature: int, key: str, **values: Any) -> None:
        self.faults.append(Fault(feature=feature, key=key, values=values))

    def features(self, document: Any) -> list[dict[str, Any]]:
        given = document.get("features") if isinstance(document, dict) else None
        if not isinstance(given, list) or document.get("type") != "FeatureCollection":
            self._refuse(0, "no_collection")
            return []
        system = _system(document)
        if system and not system.endswith(WGS84):
            self._refuse(0, "system", given=system)
            return []
        if not given:
            self._refuse(0, "empty")
            return []
        total = sum(1 for feature in given if isinstance(feature, dict) for _ in _positions(_coordinates(feature)))
        if total > MOST_POSITIONS:
            self._refuse(0, "heavy", given=total, most=MOST_POSITIONS)
            return []
        taken = [self._feature(at, feature) for at, feature in enumerate(given, start=1)]
        kept = [feature for feature in taken if feature is not None]
        if self._layer.kind == "choropleth":
            self._complete(given)
        return sorted(kept, key=lambda feature: str(feature["properties"].get("code", "")))

    def _feature(self, at: int, feature: Any) -> dict[str, Any] | None:
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        if not isinstance(geometry, dict) or not isinstance(geometry.get("coordinates"), list):
            self._refuse(at, "no_geometry")
            return None
        if geometry.get("type") not in self._types:
            self._refuse(at, "geometry_type", given=str(geometry.get("type")), wanted=" / ".join(self._types))
            return None
        before = len(self.faults)
        coordinates = self._coordinates(at, str(geometry["type"]), geometry["coordinates"])
        properties = self._properties(at, feature.get("properties"))
        if len(self.faults) > before:
            return None
        kind = str(geometry["type"])
        return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}

    def _properties(self, at: int, given: Any) -> dict[str, Any]:
        given = given if isinstance(given, dict) else {}
        area = self._area(given.get(self._field))
        if area is not None:
            return {"code": area.code, "name": area.name, "approximate": False}
        if self._layer.kind == "choropleth":
            code = given.get(self._field)
            if code is None:
                fields = ", ".join(_likely(given, self._units, self._by_number)) or ", ".join(map(str, given)) or "–"
                self._refuse(at, "no_code", field=self._field, fields=fields)
            else:
                self._refuse(at, "unknown_code", given=code, level=self._layer.level)
        name = given.get("name")
        if self._layer.kind == "outline" and len(self._units) == 1:
            only = next(iter(self._units.values()))
            return {"code": only.code, "name": only.name, "approximate": False}
        return {**({"name": name} if isinstance(name, str) else {}), "approximate": False}

    def _area(self, value: Any) -> Area | None:
        """A unit by its code, written as text or as a number, with or without leading zeros."""
        text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
        return self._units.get(text) or self._units.get(self._by_number.get(int(text), "") if text.isdigit() else "")

    def _complete(self, given: list[Any]) -> None:
        """Each unit once: a missing one would be a hole in the map, a second one would be coloured twice."""
        seen: set[str] = set()
        for at, feature in enumerate(given, start=1):
            properties = feature.get("properties") if isinstance(feature, dict) else None
            area = self._area(properties.get(self._field)) if isinstance(properties, dict) else None
            if area is not None and area.code in seen:
                self._refuse(at, "twice", code=area.code, name=area.name)
            seen |= {area.code} if area is not None else set()
        missing = [area for code, area in sorted(self._units.items()) if code not in seen]
        if missing and not any(fault.key in ("no_code", "unknown_code") for fault in self.faults):
            names = ", ".join(f"{area.name} ({area.code})" for area in missing[:5])
            self._refuse(0, "missing", count=len(missing), names=names)

    def _coordinates(self, at: int, kind: str, coordinates: list[Any]) -> list[Any]:
        parts = coordinates if kind.startswith("Multi") else [coordinates]
        taken = [self._line(at, part) if kind in LINES else self._polygon(at, part) for part in parts]
        return taken if kind.startswith("Multi") else taken[0]

    def _polygon(self, at: int, given: Any) -> list[rings.Ring]:
        if not isinstance(given, list) or not given:
            self._refuse(at, "position")
            return []
        kept = []
        for number, part in enumerate(given):
            ring = self._line(at, part)
            key, where = rings.fault(ring) if ring else ("", None)
            if key and where:
                self._refuse(at, key, lon=where[0], lat=where[1])
            elif ring:
                kept.append(rings.turned(ring, counterclockwise=number == 0))
        return kept

    def _line(self, at: int, given: Any) -> rings.Ring:
        """The positions of a line or ring; empty, and a fault, at the first that can't be where it is said to be."""
        line: rings.Ring = []
        for position in given if isinstance(given, list) and len(given) > 1 else [None]:
            if not _is_position(position):
                self._refuse(at, "position")
                return []
            lon, lat = position[:2]
            key = self._misplaced(lon, lat)
            if key:
                self._refuse(at, key, lon=lon, lat=lat)
                return []
            line.append((lon, lat))
        return line

    def _misplaced(self, lon: float, lat: float) -> str:
        """What is wrong with a position; '' for none."""
        west, south, east, north = self._box
        if west <= lon <= east and south <= lat <= north:
            return ""
        if west <= lat <= east and south <= lon <= north:
            return "swapped"
        return "projected" if abs(lon) > 180 or abs(lat) > 90 else "outside"


def _is_position(position: Any) -> TypeGuard[list[float]]:
    if not isinstance(position, list) or len(position) < 2:
        return False
    pair = position[:2]
    return all(isinstance(n, int | float) and not isinstance(n, bool) and math.isfinite(n) for n in pair)


def _system(document: dict[str, Any]) -> str:
    """The name of the coordinate system, as GeoJSON of 2008 had it; empty where none is named."""
    crs = document.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    return str(properties.get("name", "")) if isinstance(properties, dict) else ""


def _coordinates(feature: dict[str, Any]) -> Any:
    geometry = feature.get("geometry")
    return geometry.get("coordinates") if isinstance(geometry, dict) else None


def _positions(coordinates: Any) -> Iterator[None]:
    if isinstance(coordinates, list) and coordinates:
        if isinstance(coordinates[0], list):
            for inner in coordinates:
                yield from _positions(inner)
        else:
            yield None


def _likely(properties: dict[str, Any], units: Iterable[str], numbers: dict[int, str]) -> list[str]:
    """The fields that hold the code of a unit."""
    known = {*units, *map(str, numbers)}
    return [str(name) for name, value in properties.items() if str(value).strip() in known]
