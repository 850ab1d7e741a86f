"""The outline of an area as a short polygon: from the profile's GeoJSON, else a box around its middle."""

from __future__ import annotations

import math
from typing import Any

from ioc.core.profile import Profile

CORNERS = 24
KM_PER_DEGREE = 111.0

Ring = list[tuple[float, float]]


def outline(profile: Profile, code: str) -> Ring:
    """A closed ring of (lat, lon), at most ``CORNERS`` + 1 points; the province's bounding box for an unknown area."""
    for collection in profile.geo.values():
        for feature in collection.get("features", []):
            if str(feature.get("properties", {}).get("code", "")) == code:
                ring = _longest(feature.get("geometry") or {})
                if len(ring) >= 4:
                    return _thinned(ring)
    return _box(profile, code)


def _longest(geometry: dict[str, Any]) -> Ring:
    """The longest outer ring of a (multi)polygon, as (lat, lon); empty for anything else."""
    coordinates = geometry.get("coordinates", [])
    kind = geometry.get("type")
    rings = coordinates[:1] if kind == "Polygon" else []
    if kind == "MultiPolygon":
        rings = [part[0] for part in coordinates]
    return [(lat, lon) for lon, lat, *_ in max(rings, key=len, default=[])]


def _thinned(ring: Ring) -> Ring:
    points = ring[:-1]
    step = max(1, math.ceil(len(points) / CORNERS))
    kept = points[::step]
    return [*kept, kept[0]]


def _box(profile: Profile, code: str) -> Ring:
    area = profile.current_areas().get(code)
    if area is None or not area.lat:
        west, south, east, north = profile.head.bbox
    else:
        half = math.sqrt(area.area_km2 or 10.0) / 2 / KM_PER_DEGREE
        west, south, east, north = area.lon - half, area.lat - half, area.lon + half, area.lat + half
    return [(south, west), (south, east), (north, east), (north, west), (south, west)]
