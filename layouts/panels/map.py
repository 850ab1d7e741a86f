"""The map: areas coloured by an indicator, lines, stations and entities, without any tile server.

What changes is sent as ``hideout`` or ``data`` of a layer, which leaves the viewport alone; ``assets/map.js`` draws.
"""

from __future__ import annotations

from typing import Any

import dash_leaflet as dl
from dash import html
from dash.development.base_component import Component

from ioc.core.contract import Strict
from ioc.core.profile import Profile
from ioc.core.reading import Freshness, Scene
from ioc.core.wall import Layer, Panel
from layouts import entities, figures
from layouts.fill import Update, attrs
from layouts.panels import legend, places
from layouts.panels.kind import PanelType, indicator_feeds, panel_class

MOST_POINTS = 600
ROOMY = 8  # rows of a wall's grid


class MapOptions(Strict, frozen=True, kw_only=True):
    """``names`` writes the areas' names; ``interactive`` lets a person move the map; ``decimals`` of stations,
    ``level`` of the areas of the panel's own indicator."""

    names: bool = True
    level: int = 1
    interactive: bool = False
    decimals: int = 2


def layers_of(panel: Panel, profile: Profile, level: int = 1) -> list[Layer]:
    """The panel's layers in their order, the first at the bottom; an ``indicator`` of its own colours the areas.

    Raises KeyError for an unknown layer or indicator.
    """
    own = [area_layer(profile, panel.indicator, level)] if panel.indicator else []
    return own + [profile.layers[name] for name in panel.layers]


def area_layer(profile: Profile, indicator: str, level: int) -> Layer:
    """A layer of areas coloured by an indicator."""
    title = profile.indicators[indicator].title
    return Layer(id="areas", title=title, kind="choropleth", level=level, indicator=indicator)


def draw(panel: Panel, scene: Scene, options: MapOptions) -> Component:
    words = figures.words_of(scene)
    layers = layers_of(panel, scene.profile, options.level)
    west, south, east, north = places.extent(scene.profile, layers)
    titles = ", ".join(words.text(layer.title) for layer in layers)
    return html.Div(
        [
            html.Div(
                dl.Map(
                    [part for layer in layers for part in _draw_layer(panel, scene, layer, options)],
                    bounds=[[south, west], [north, east]], boundsOptions={"padding": [4, 4]}, zoomSnap=0,
                    zoomControl=options.interactive, dragging=options.interactive, touchZoom=options.interactive,
                    scrollWheelZoom=options.interactive, doubleClickZoom=options.interactive, boxZoom=False,
                    keyboard=False, attributionControl=False, trackViewport=False, zoomAnimation=False,
                    eventHandlers={"resize": {"variable": "iocMap.refit"}}, className="map-canvas",
                ),
                className="map",
                role="img",
                **attrs({"data-bounds": f"{south},{west},{north},{east}",
                         "aria-label": words("panels.map.described", layers=titles)}),
            ),
            html.Div(legend.legend(scene, layers), className="map-legend"),
        ],
        className="map-frame",
    )  # fmt: skip


def _draw_layer(panel: Panel, scene: Scene, layer: Layer, options: MapOptions) -> list[Component]:
    name = f"{panel.id}-{layer.id}"
    if layer.kind == "choropleth":
        shapes = places.areas(scene.profile, layer)
        parts = [_geojson(f"{name}-areas", shapes, style=_function("area"))]
        if options.names:
            points = places.area_points(scene.profile, shapes)
            parts.append(_geojson(f"{name}-names", points, pointToLayer=_function("name")))
        return parts
    if layer.kind in ("lines", "outline"):
        return [_geojson(name, places.file(scene.profile, layer), style=_function(layer.kind))]
    if layer.kind == "stations":
        points = places.station_points(scene.profile, layer)
        return [_geojson(f"{name}-stations", points, pointToLayer=_function("station"))]
    return [_geojson(f"{name}-entities", places.collection([]), pointToLayer=_function("dot"))]


def _geojson(name: str, data: dict[str, Any], **functions: Any) -> Component:
    component: Component = dl.GeoJSON(id=name, data=data, interactive=False, **functions)
    return component


def _function(name: str) -> dict[str, str]:
    return {"variable": f"iocMap.{name}"}


def update(panel: Panel, scene: Scene, options: MapOptions) -> list[Update]:
    updates: list[Update] = []
    seen: list[tuple[Freshness, float | None, float | None]] = []
    for layer in layers_of(panel, scene.profile, options.level):
        name = f"{panel.id}-{layer.id}"
        if layer.kind == "choropleth":
            updates += _choropleth(scene, layer, name, options, seen)
        elif layer.kind == "stations":
            updates.append((f"{name}-stations", {"hideout": _stations(scene, layer, options, panel.at[3] >= ROOMY)}))
            seen.append(_pulse(scene, entities.station_feed(scene.profile, [layer.feed] if layer.feed else [])))
        elif layer.kind == "entities":
            updates.append((f"{name}-entities", {"data": _entities(scene, layer)}))
            seen.append(_pulse(scene, str(layer.feed)))
    return [*_frame(panel, scene, seen), *updates]


def _frame(
    panel: Panel, scene: Scene, seen: list[tuple[Freshness, float | None, float | None]]
) -> list[Update]:  # fmt: skip
    """The map is as fresh as the worst of its layers."""
    freshness, at, since = max(seen, key=lambda one: figures.ORDER.index(one[0]), default=("none", None, None))
    return [
        (panel.id, {"className": panel_class(panel, figures.state_class(freshness))}),
        (f"{panel.id}-note", figures.age_props(scene, at, freshness, since)),
    ]


def _pulse(scene: Scene, feed: str) -> tuple[Freshness, float | None, float | None]:
    pulse = scene.pulse(feed)
    return pulse.freshness, pulse.at, pulse.since


def _choropleth(
    scene: Scene, layer: Layer, name: str, options: MapOptions, seen: list[tuple[Freshness, float | None, float | None]]
) -> list[Update]:
    """Class and text of each area; a calm area is named without a number, so that the abnormal stand out."""
    words = figures.words_of(scene)
    indicator = scene.profile.indicators[str(layer.indicator)]
    reading = scene.reading(indicator.id, by="area")
    seen.append((reading.freshness, reading.at, reading.since))
    values = scene.roll_up(reading, layer.level) if figures.known(reading) else {}
    states = {code: legend.state(indicator, value, values) for code, value in values.items() if value is not None}
    loud = {
        code: figures.with_unit(words, indicator, value)
        for code, value in values.items()
        if not indicator.thresholds or states.get(code)
    }
    updates: list[Update] = [(f"{name}-areas", {"hideout": {"states": states}})]
    if options.names:
        updates.append((f"{name}-names", {"hideout": {"values": loud, "states": states}}))
    return updates


def _stations(scene: Scene, layer: Layer, options: MapOptions, roomy: bool) -> dict[str, dict[str, str]]:
    """Priority and text of each station; on a small map the shape alone says the level, as the legend explains."""
    words = figures.words_of(scene)
    feed = entities.station_feed(scene.profile, [layer.feed] if layer.feed else [])
    shown = {}
    for gauge in entities.gauges(scene, feed, layer.kinds, str(layer.metric)):
        if gauge.freshness in ("stale", "offline", "none"):
            shown[gauge.station.id] = {"state": gauge.freshness, "text": _silent(scene, gauge)}
            continue
        value = f"{gauge.station.name} {words.number(gauge.value, options.decimals)} {gauge.unit}".rstrip()
        over = f" > {words.text(gauge.level.name)}" if gauge.level and roomy else ""
        shown[gauge.station.id] = {
            "state": gauge.level.priority if gauge.level else "",
            "text": value + over,
        }
    return shown


def _silent(scene: Scene, gauge: entities.Gauge) -> str:
    """``Phả Lại — từ 21:10``; nothing for a station that was never heard."""
    if gauge.since is None:
        return ""
    since = figures.words_of(scene)("units.since", time=figures.moment(scene, gauge.since))
    return f"{gauge.station.name} — {since}"


def _entities(scene: Scene, layer: Layer) -> dict[str, Any]:
    """The open entities of a feed that have coordinates and pass the layer's filter."""
    points = []
    for entity in scene.entities(str(layer.feed)):
        lat, lon = entities.number(entity, "lat"), entities.number(entity, "lon")
        wanted = all(str(entities.field(entity, key)) in values for key, values in layer.where.items())
        if lat is not None and lon is not None and wanted:
            points.append(places.point(entity["id"], round(lat, 5), round(lon, 5)))
    return places.collection(points[-MOST_POINTS:])


def feeds(panel: Panel, profile: Profile) -> frozenset[str]:
    found = set(indicator_feeds(panel, profile))
    for layer in (profile.layers[name] for name in panel.layers if name in profile.layers):
        if layer.indicator in profile.indicators:
            found |= figures.feeds_of(profile.indicators[layer.indicator])
        if layer.kind == "stations":
            found.add(entities.station_feed(profile, [layer.feed] if layer.feed else []))
        elif layer.feed:
            found.add(layer.feed)
    return frozenset(found - {""})


PANEL = PanelType(options=MapOptions, draw=draw, update=update, feeds=feeds)
