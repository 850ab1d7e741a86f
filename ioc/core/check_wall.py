"""What walls and map layers must hold to beyond their shape."""

from __future__ import annotations

import re
from typing import get_args, get_type_hints

from ioc.core.area import Station
from ioc.core.check_context import AREA, ENVELOPE, STATUS, Context
from ioc.core.check_document import Place
from ioc.core.check_indicator import check_id
from ioc.core.check_shape import decode
from ioc.core.wall import Layer, Panel, Wall
from ioc.core.words import Words

MOST_CELLS = 200
MOST_RATE = 10.0
DRAWN = ("lines", "outline")
STATION_KINDS: tuple[str, ...] = get_args(get_type_hints(Station)["kind"])

_PANEL_ID = re.compile(r"[a-z0-9-]+")


def check_wall(wall: Wall, place: Place, context: Context, words: Words) -> None:
    check_id(wall.id, ("id",), place)
    for name in ("columns", "rows"):
        if not 1 <= getattr(wall, name) <= MOST_CELLS:
            place((name,), "grid_size", given=getattr(wall, name), most=MOST_CELLS)
    if not 0 < wall.rate <= MOST_RATE:
        place(("rate",), "rate", given=wall.rate, most=MOST_RATE)
    for at, panel in enumerate(wall.panels):
        below = place.below("panels", at)
        _panel(panel, below, context, words)
        _slot(panel, wall, below)
        for other in wall.panels[:at]:
            if other.id == panel.id:
                below(("id",), "twice", given=panel.id)
            if _overlap(panel.at, other.at):
                below(("at",), "overlap", other=other.id)


def _panel(panel: Panel, place: Place, context: Context, words: Words) -> None:
    if not _PANEL_ID.fullmatch(panel.id):
        place(("id",), "panel_id", given=panel.id)
    if panel.indicator is not None:
        context.named("indicators", panel.indicator, ("indicator",), place)
    for kind in ("indicators", "feeds", "layers"):
        for at, name in enumerate(getattr(panel, kind)):
            context.named(kind, name, (kind, at), place)
    if context.panel_types is None:
        return
    if panel.type not in context.panel_types:
        place.unknown(("type",), "panel_type", panel.type, context.panel_types)
    else:
        decode(panel.options, context.panel_types[panel.type], place.below("options"), words)


def _slot(panel: Panel, wall: Wall, place: Place) -> None:
    column, row, width, height = panel.at
    if min(panel.at) < 1:
        place(("at",), "slot_small", given=list(panel.at))
    elif column + width - 1 > wall.columns or row + height - 1 > wall.rows:
        place(("at",), "slot_outside", given=list(panel.at), right=column + width - 1, bottom=row + height - 1,
              columns=wall.columns, rows=wall.rows)  # fmt: skip


def _overlap(one: tuple[int, int, int, int], two: tuple[int, int, int, int]) -> bool:
    return (
        one[0] < two[0] + two[2] and two[0] < one[0] + one[2] and one[1] < two[1] + two[3] and two[1] < one[1] + one[3]
    )


def check_layer(layer: Layer, place: Place, context: Context) -> None:
    check_id(layer.id, ("id",), place)
    if layer.geo and layer.geo not in context.names["geo"]:
        place.unknown(("geo",), "geo", layer.geo, context.names["geo"])
    if layer.kind == "choropleth":
        _choropleth(layer, place, context)
    elif layer.kind in DRAWN and not layer.geo:
        place((), "needs", kind=layer.kind, name="geo")
    elif layer.kind == "stations":
        _stations(layer, place, context)
    elif layer.kind == "entities":
        _entities(layer, place, context)


def _choropleth(layer: Layer, place: Place, context: Context) -> None:
    if layer.indicator is None:
        place((), "needs", kind=layer.kind, name="indicator")
    elif context.named("indicators", layer.indicator, ("indicator",), place):
        indicator = context.indicators.get(layer.indicator)
        if indicator is not None and AREA not in indicator.by:
            place(("indicator",), "no_areas", indicator=layer.indicator)
    levels = {area.level for area in context.areas}
    if levels and layer.level not in levels:
        place(("level",), "no_level", given=layer.level, levels=", ".join(map(str, sorted(levels))))


def _stations(layer: Layer, place: Place, context: Context) -> None:
    if not layer.kinds:
        place((), "needs", kind=layer.kind, name="kinds")
    for at, kind in enumerate(layer.kinds):
        if kind not in STATION_KINDS:
            place.unknown(("kinds", at), "station_kind", kind, STATION_KINDS)
    metrics = {metric for station in context.stations.values() for metric in station.metrics}
    if layer.metric is not None and metrics and layer.metric not in metrics:
        place.unknown(("metric",), "metric", layer.metric, metrics)


def _entities(layer: Layer, place: Place, context: Context) -> None:
    if layer.feed is None:
        place((), "needs", kind=layer.kind, name="feed")
        return
    if not context.named("feeds", layer.feed, ("feed",), place):
        return
    facts = context.feeds.get(layer.feed)
    if facts is None:
        return
    entity = facts.contract.entity
    if not entity.live:
        place(("feed",), "entity_lacks", kind=layer.kind, feed=layer.feed, name="live: true")
    for name in ("lat", "lon"):
        if name not in entity.keep:
            place(("feed",), "entity_lacks", kind=layer.kind, feed=layer.feed, name=f"keep: [{name}]")
    known = list(dict.fromkeys([*entity.keep, STATUS, AREA, "organisation", "mode"]))
    for name, values in layer.where.items():
        if name not in known:
            place.unknown(("where", name), "kept", name, known)
            continue
        codes = ENVELOPE.get(name) or facts.values_kept(name)
        for at, value in enumerate(values):
            if codes and value not in codes:
                place.unknown(("where", name, at), "code", value, codes)
