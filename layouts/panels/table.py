"""A table: indicators by a dimension, or stations with their newest value, alarm level and time."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from ioc.core.contract import Strict
from ioc.core.indicator import Indicator
from ioc.core.profile import Profile
from ioc.core.reading import Scene
from ioc.core.wall import Panel
from ioc.core.words import NOTHING, Words
from layouts import entities, figures
from layouts.entities import Gauge
from layouts.fill import Update, attrs, wire
from layouts.panels.kind import PanelType, indicator_feeds, indicators_of, panel_class
from layouts.panels.ranking import breakdown, ranked


class TableOptions(Strict, frozen=True, kw_only=True):
    """Indicators ``by`` a dimension, areas at ``level``; or stations of ``kinds`` with their ``metric``.

    ``decimals`` are those of the metric; ``limit`` rows are shown.
    """

    by: str = "area"
    level: int = 1
    limit: int = 12
    kinds: list[str] = []
    metric: str = ""
    decimals: int = 2


def draw(panel: Panel, scene: Scene, options: TableOptions) -> Component:
    return html.Table(
        [html.Thead(html.Tr(_heads(panel, scene, options))), html.Tbody(id=f"{panel.id}-rows")], className="grid"
    )


def update(panel: Panel, scene: Scene, options: TableOptions) -> list[Update]:
    return _stations(panel, scene, options) if options.metric else _indicators(panel, scene, options)


def feeds(panel: Panel, profile: Profile) -> frozenset[str]:
    stations = {entities.station_feed(profile, panel.feeds)} if panel.options.get("metric") else set()
    return indicator_feeds(panel, profile) | (stations - {""})


def _heads(panel: Panel, scene: Scene, options: TableOptions) -> list[Component]:
    words = figures.words_of(scene)
    if options.metric:
        names = {"station": "", "value": "", "level": "", "at": "when"}
        return [_head(words(f"panels.table.{name}"), style) for name, style in names.items()]
    shown = [scene.profile.indicators[name] for name in indicators_of(panel)]
    return [_head(name) for name in (words("panels.table.name"), *(figures.title(words, each) for each in shown))]


def _head(name: str, style: str = "") -> Component:
    return html.Th(name, className=style, **attrs({"scope": "col"}))


def _stations(panel: Panel, scene: Scene, options: TableOptions) -> list[Update]:
    words = figures.words_of(scene)
    feed = entities.station_feed(scene.profile, panel.feeds)
    pulse = scene.pulse(feed)
    rows = [
        _station(words, scene, gauge, options)
        for gauge in entities.gauges(scene, feed, options.kinds, options.metric)[: options.limit]
    ]
    return [
        (panel.id, {"className": panel_class(panel, figures.state_class(pulse.freshness))}),
        (f"{panel.id}-note", figures.age_props(scene, pulse.at, pulse.freshness, pulse.since)),
        (f"{panel.id}-rows", {"children": wire(rows)}),
    ]


def _station(words: Words, scene: Scene, gauge: Gauge, options: TableOptions) -> Component:
    level = gauge.level
    value = f"{words.number(gauge.value, options.decimals)} {gauge.unit}" if gauge.value is not None else NOTHING
    river = [html.Span(f" · {gauge.station.river}", className="when")] if gauge.station.river else []
    spoken = words.text(level.name) if level else words("panels.table.normal") if gauge.value is not None else NOTHING
    sign = [figures.priority_sign(words, level.priority)] if level else []
    return html.Tr(
        [
            html.Th([gauge.station.name, *river], **attrs({"scope": "row"})),
            html.Td(value.rstrip()),
            html.Td([*sign, html.Span(spoken, className="level-name")]),
            html.Td(figures.moment(scene, gauge.at) if gauge.at is not None else NOTHING, className="when"),
        ],
        className=figures.state_class("live", level.priority) if level else "",
    )


def _indicators(panel: Panel, scene: Scene, options: TableOptions) -> list[Update]:
    words = figures.words_of(scene)
    shown = [scene.profile.indicators[name] for name in indicators_of(panel)]
    readings = [scene.reading(indicator.id, by=options.by) for indicator in shown]
    columns = [breakdown(scene, reading, options.by, options.level) for reading in readings]
    first = [code for code, _ in ranked(shown[0], columns[0])]
    others = {code for column in columns for code in column if code} - set(first)
    rows = [_row(words, scene, options.by, code, shown, columns) for code in [*first, *sorted(others)][: options.limit]]
    freshness = figures.worst([reading.freshness for reading in readings])
    oldest = min((reading.at for reading in readings if reading.at is not None), default=None)
    since = next((reading.since for reading in readings if reading.freshness == freshness), None)
    return [
        (panel.id, {"className": panel_class(panel, figures.state_class(freshness))}),
        (f"{panel.id}-note", figures.age_props(scene, oldest, freshness, since)),
        (f"{panel.id}-rows", {"children": wire(rows or [_empty(words, len(shown) + 1)])}),
    ]


def _row(
    words: Words, scene: Scene, by: str, code: str, shown: list[Indicator], columns: list[dict[str, float | None]]
) -> Component:
    cells = [_cell(words, indicator, column.get(code)) for indicator, column in zip(shown, columns, strict=True)]
    return html.Tr([html.Th(figures.label(scene.profile, words, by, code), **attrs({"scope": "row"})), *cells])


def _cell(words: Words, indicator: Indicator, value: float | None) -> Component:
    priority = figures.priority_of(indicator, value)
    sign = [figures.priority_sign(words, priority)] if priority else []
    return html.Td(
        [*sign, html.Span(figures.with_unit(words, indicator, value))], className=figures.state_class("live", priority)
    )


def _empty(words: Words, columns: int) -> Component:
    return html.Tr(html.Td(words("panels.table.none"), colSpan=columns, className="quiet"))


PANEL = PanelType(options=TableOptions, draw=draw, update=update, feeds=feeds)
