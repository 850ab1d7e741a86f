"""One indicator broken down by a dimension, the worst first."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from ioc.core.contract import Strict
from ioc.core.indicator import Indicator
from ioc.core.reading import Reading, Scene
from ioc.core.wall import Panel
from ioc.core.words import Words
from layouts import figures
from layouts.fill import Update, attrs, wire
from layouts.panels.alerts import empty
from layouts.panels.kind import PanelType, indicator_feeds, panel_class


class RankingOptions(Strict, frozen=True, kw_only=True):
    """``by`` a dimension (unset: the indicator's first); areas are rolled up to ``level``; ``limit`` rows."""

    by: str = ""
    level: int = 1
    limit: int = 10


def draw(panel: Panel, scene: Scene, options: RankingOptions) -> Component:
    return html.Ol(id=f"{panel.id}-rows", className="items ranking", role="list")


def update(panel: Panel, scene: Scene, options: RankingOptions) -> list[Update]:
    words = figures.words_of(scene)
    indicator = scene.profile.indicators[str(panel.indicator)]
    by = options.by or (indicator.by[0] if indicator.by else "area")
    reading = scene.reading(indicator.id, by=by)
    known = ranked(indicator, breakdown(scene, reading, by, options.level))
    shown = known[: options.limit]
    rows = bars(scene, indicator, by, shown) if figures.known(reading) else []
    return [
        (panel.id, {"className": panel_class(panel, figures.state_class(reading.freshness))}),
        (f"{panel.id}-note", figures.age_props(scene, reading.at, reading.freshness, reading.since)),
        (f"{panel.id}-rows", {"children": wire(rows or [empty(words("panels.ranking.none"))])}),
    ]


def breakdown(scene: Scene, reading: Reading, by: str, level: int) -> dict[str, float | None]:
    """The reading's values by dimension; areas at the level asked for."""
    return scene.roll_up(reading, level) if by == "area" else reading.by


def ranked(indicator: Indicator, values: dict[str, float | None]) -> list[tuple[str, float]]:
    """Those with a value: the worst first where a direction is good, else the greatest first."""
    known = [(code, value) for code, value in values.items() if value is not None and code]
    if indicator.better == "higher":
        return sorted(known, key=lambda pair: (pair[1], pair[0]))
    return sorted(known, key=lambda pair: (-pair[1], pair[0]))


def bars(scene: Scene, indicator: Indicator, by: str, shown: list[tuple[str, float]]) -> list[Component]:
    """Rows of name, bar and value."""
    words = figures.words_of(scene)
    most = max((abs(value) for _, value in shown), default=0.0) or 1.0
    return [_bar(words, scene, indicator, by, code, value, most) for code, value in shown]


def _bar(
    words: Words, scene: Scene, indicator: Indicator, by: str, code: str, value: float, most: float
) -> Component:  # fmt: skip
    priority = figures.priority_of(indicator, value)
    name: list[Component] = [html.Span(figures.label(scene.profile, words, by, code))]
    if priority:
        name.insert(0, figures.priority_sign(words, priority))
    return html.Li(
        [
            html.Span(name, className="bar-name"),
            html.Span(
                html.I(style={"width": f"{100 * abs(value) / most:.1f}%"}),
                className="bar",
                **attrs({"aria-hidden": "true"}),
            ),
            html.B(figures.with_unit(words, indicator, value)),
        ],
        className=f"item bar-item {figures.state_class('live', priority)}".rstrip(),
    )


PANEL = PanelType(options=RankingOptions, draw=draw, update=update, feeds=indicator_feeds)
