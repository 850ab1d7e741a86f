"""One indicator as a number with its age, comparison, target and a line of its last hours."""

from __future__ import annotations

import math

from dash import html
from dash.development.base_component import Component

from ioc.core.contract import Strict
from ioc.core.indicator import Indicator
from ioc.core.reading import Reading, Scene
from ioc.core.wall import Panel
from ioc.core.words import NOTHING, Words
from layouts import figures
from layouts.fill import Update, attrs
from layouts.panels.kind import PanelType, indicator_feeds, panel_class

POINTS = 48
LETTERS, AGE_LETTERS = 6.9, 11.5  # letters of a title in one column of a wall; those that the age takes


class TileOptions(Strict, frozen=True, kw_only=True):
    """``spark`` hours of line (0: none; unset: as the board keeps it)."""

    spark: float | None = None


def draw(panel: Panel, scene: Scene, options: TileOptions) -> Component:
    words = figures.words_of(scene)
    indicator = scene.profile.indicators[str(panel.indicator)]
    name = panel.id
    spark = [] if options.spark == 0 else [_line(name)]
    return html.Div(
        [
            html.Div(
                [
                    html.B(id=f"{name}-value", className="value"),
                    html.Span(words.text(indicator.unit), className="unit"),
                    html.Span(id=f"{name}-sign"),
                ],
                className="tile-value",
            ),
            html.Div(
                [
                    html.Div(
                        [
                            html.Span(id=f"{name}-delta", className="delta"),
                            html.Span(id=f"{name}-goal", className="goal"),
                        ]
                    ),
                    *spark,
                ],
                className="tile-foot",
            ),
        ],
        className="tile",
    )


def _line(name: str) -> Component:
    return html.Div(id=f"{name}-spark", className="spark", **attrs({"aria-hidden": "true"}))


def update(panel: Panel, scene: Scene, options: TileOptions) -> list[Update]:
    words = figures.words_of(scene)
    indicator = scene.profile.indicators[str(panel.indicator)]
    reading = scene.reading(indicator.id)
    name = panel.id
    priority = reading.priority if figures.known(reading) else None
    updates: list[Update] = [
        (
            name,
            {
                "className": panel_class(
                    panel, f"{figures.state_class(reading.freshness, priority)}{_size(panel, scene)}"
                )
            },
        ),
        (f"{name}-note", figures.age_props(scene, reading.at, reading.freshness, reading.since)),
        (
            f"{name}-value",
            {"children": figures.value_text(words, indicator, reading.value) if figures.known(reading) else NOTHING},
        ),
        (f"{name}-sign", figures.sign_props(words, reading.freshness, priority)),
        (f"{name}-delta", {"children": _second_line(words, scene, indicator, reading)}),
        (f"{name}-goal", {"children": _third_line(words, scene, indicator, reading)}),
    ]
    if options.spark != 0:
        updates.append((f"{name}-spark", {"data-spark": spark_text(scene, indicator, reading, options.spark)}))
    return updates


def _size(panel: Panel, scene: Scene) -> str:
    """A title that is too long for one line of its slot is set smaller, over the whole width."""
    words = figures.words_of(scene)
    title = words.text(panel.title) or figures.title(words, scene.profile.indicators[str(panel.indicator)])
    return " long-title" if len(title) > LETTERS * panel.at[2] - AGE_LETTERS else ""


def _second_line(words: Words, scene: Scene, indicator: Indicator, reading: Reading) -> str:
    if reading.freshness == "none":
        return words("panels.tile.none")
    if reading.freshness == "offline":
        since = reading.since or reading.at
        return words("panels.tile.offline", age=words.age(scene.now - since if since is not None else None))
    return figures.comparison(words, indicator, reading)


def _third_line(words: Words, scene: Scene, indicator: Indicator, reading: Reading) -> str:
    if reading.freshness == "none":
        return words("panels.tile.none_next", source=words.text(indicator.source))
    marks = (figures.goal(words, indicator, reading), figures.entry_mark(words, scene, reading))
    return " · ".join(mark for mark in marks if mark)


def spark_text(scene: Scene, indicator: Indicator, reading: Reading, hours: float | None) -> str:
    """Values with ``;`` between, an unknown one empty; ``assets/spark.js`` draws them."""
    values = reading.spark
    if hours is not None:
        step = hours * 3600 / POINTS
        end = math.ceil(scene.now / step) * step  # whole steps: the line moves on once a step, not at every frame
        values = scene.series(indicator.id, end - POINTS * step, end, step)
    return ";".join(figures.compact(value) for value in values)


PANEL = PanelType(options=TileOptions, draw=draw, update=update, feeds=indicator_feeds)
