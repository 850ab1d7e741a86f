"""GeoJSON of a map's layers: areas with their codes, label points, stations, entities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ioc.core.profile import Profile
from ioc.core.wall import Layer

Extent = tuple[float, float, float, float]


def collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    """A GeoJSON FeatureCollection."""
    return {"type": "FeatureCollection", "features": features}


def point(key: str, lat: float, lon: float, **properties: Any) -> dict[str, Any]:
    """A GeoJSON point; ``id`` is its key in ``hideout``."""
    return {
        "type": "Feature",
        "properties": {"id": key, **properties},
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
    }


def file(profile: Profile, layer: Layer) -> dict[str, Any]:
    """The layer's GeoJSON. Raises :class:`LookupError` that names the missing file."""
    if layer.geo not in profile.geo:
        raise LookupError(f"layer {layer.id}: geo/{layer.geo or '<file>'} isn't in the profile")
    found: dict[str, Any] = profile.geo[layer.geo]
    return found


def areas(profile: Profile, layer: Layer) -> dict[str, Any]:
    """The shapes of the layer's level, from its file or the first one that has them."""
    codes = {code for code, area in profile.current_areas().items() if area.level == layer.level}
    candidates = [file(profile, layer)] if layer.geo else list(profile.geo.values())
    for shapes in candidates:
        found = [shape for shape in shapes.get("features", []) if str(shape["properties"].get("code")) in codes]
        if found:
            return collection(found)
    raise LookupError(f"layer {layer.id}: no file of geo/ has shapes with codes of level {layer.level}")


def drawable(profile: Profile, layer: Layer) -> bool:
    """Whether there are shapes for the layer."""
    try:
        return bool(areas(profile, layer))
    except LookupError:
        return False


def area_points(profile: Profile, shapes: dict[str, Any]) -> dict[str, Any]:
    """One label point inside each shape: the area's own, else the middle of the shape."""
    known = profile.current_areas()
    points = []
    for shape in shapes["features"]:
        code = str(shape["properties"]["code"])
        area = known[code]
        west, south, east, north = bounds([shape])
        lat, lon = (area.lat, area.lon) if area.lat else ((south + north) / 2, (west + east) / 2)
        points.append(point(code, lat, lon, name=area.name))
    return collection(points)


def station_points(profile: Profile, layer: Layer) -> dict[str, Any]:
    """The stations of the layer's kinds that measure its metric."""
    return collection(
        [
            point(station.id, station.lat, station.lon, name=station.name)
            for station in profile.stations.values()
            if (not layer.kinds or station.kind in layer.kinds)
            and (not layer.metric or layer.metric in station.metrics)
        ]
    )


def extent(profile: Profile, layers: list[Layer]) -> Extent:
    """West, south, east, north: the profile's view, else of the areas shown, else of the profile."""
    if profile.head.view is not None:
        return profile.head.view
    for layer in layers:
        if layer.kind == "choropleth":
            return bounds(areas(profile, layer)["features"])
        if layer.kind == "outline":
            return bounds(file(profile, layer)["features"])
    return profile.head.bbox


def bounds(features: Iterable[dict[str, Any]]) -> Extent:
    """The box around all coordinates."""
    pairs = [pair for feature in features for pair in _pairs(feature["geometry"]["coordinates"])]
    lons, lats = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return min(lons), min(lats), max(lons), max(lats)


def _pairs(coordinates: Any) -> Iterator[tuple[float, float]]:
    if isinstance(coordinates[0], int | float):
        yield coordinates[0], coordinates[1]
        return
    for inner in coordinates:
        yield from _pairs(inner)
