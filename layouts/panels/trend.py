"""The course of one or more indicators with axes and limits, drawn in the page by ``assets/spark.js``."""

from __future__ import annotations

import json
import math

from dash import html
from dash.development.base_component import Component

from ioc.core.contract import NotationError, Strict, seconds
from ioc.core.indicator import Indicator
from ioc.core.reading import Scene
from ioc.core.wall import Panel
from ioc.core.words import Words
from layouts import figures
from layouts.fill import Update
from layouts.panels.kind import PanelType, indicator_feeds, indicators_of, panel_class

POINTS = 96


class TrendOptions(Strict, frozen=True, kw_only=True):
    """``hours`` back from now in steps of ``step`` (a duration; unset: 96 steps)."""

    hours: float = 24
    step: str = ""


def draw(panel: Panel, scene: Scene, options: TrendOptions) -> Component:
    shown = [scene.profile.indicators[name] for name in indicators_of(panel)]
    return html.Div(
        [
            html.Div(legend(scene, shown, options.hours), className="legend"),
            html.Div(id=f"{panel.id}-chart", className="chart", role="img"),
        ],
        className="trend",
    )


def update(panel: Panel, scene: Scene, options: TrendOptions) -> list[Update]:
    words = figures.words_of(scene)
    shown = [scene.profile.indicators[name] for name in indicators_of(panel)]
    readings = [scene.reading(indicator.id) for indicator in shown]
    freshness = figures.worst([reading.freshness for reading in readings])
    oldest = min((reading.at for reading in readings if reading.at is not None), default=None)
    since = next((reading.since for reading in readings if reading.freshness == freshness), None)
    span = span_text(words, options.hours)
    return [
        (panel.id, {"className": panel_class(panel, figures.state_class(freshness))}),
        (f"{panel.id}-note", figures.age_props(scene, oldest, freshness, since)),
        (
            f"{panel.id}-chart",
            {
                "data-trend": chart(scene, shown, options.hours, step_of(options)),
                "aria-label": words(
                    "panels.trend.described",
                    title=", ".join(words.text(indicator.title) for indicator in shown),
                    span=span,
                    value=", ".join(
                        figures.with_unit(words, indicator, reading.value)
                        for indicator, reading in zip(shown, readings, strict=True)
                    ),
                ),
            },
        ),
    ]


def step_of(options: TrendOptions) -> float:
    """The step in seconds. Raises :class:`NotationError` for a step that is longer than the span."""
    step = seconds(options.step) or options.hours * 3600 / POINTS
    if step > options.hours * 3600:
        raise NotationError(f"step '{options.step}' is longer than {options.hours:g} hours")
    return step


def span_text(words: Words, hours: float) -> str:
    """``48 giờ qua``."""
    if hours > 48:
        return words("panels.trend.days", n=words.number(hours / 24))
    return words("panels.trend.hours", n=words.number(hours))


def legend(scene: Scene, shown: list[Indicator], hours: float) -> list[Component]:
    """A key for each line, the unit and the span."""
    words = figures.words_of(scene)
    keys: list[Component] = [
        html.Span([html.I(className=f"key line-{at}"), figures.title(words, each)])
        for at, each in enumerate(shown)
        if len(shown) > 1
    ]
    units = list(dict.fromkeys(words.text(each.unit) for each in shown))
    return [*keys, html.Span(" · ".join([*filter(None, units), span_text(words, hours)]))]


def chart(scene: Scene, shown: list[Indicator], hours: float, step: float) -> str:
    """What ``assets/spark.js`` needs to draw, as JSON: start and step in POSIX s, lines of values, limits."""
    words = figures.words_of(scene)
    end = math.ceil(scene.now / step) * step
    count = max(round(hours * 3600 / step), 1)
    lines = [scene.series(indicator.id, end - count * step, end, step) for indicator in shown]
    limits = [
        {"at": value, "priority": limit.priority, "text": figures.limit_text(words, indicator, limit)}
        for indicator in shown[:1]
        for limit in indicator.thresholds
        if (value := limit.above if limit.above is not None else limit.below) is not None
    ]
    content = {
        "start": end - count * step,
        "step": step,
        "now": end,
        "zone": scene.profile.head.timezone,
        "language": scene.language,
        "decimals": shown[0].decimals if shown else 0,
        "lines": [[None if value is None else float(figures.compact(value)) for value in line] for line in lines],
        "names": [figures.title(words, indicator) for indicator in shown],
        "limits": limits,
        "nothing": words("panels.trend.none"),
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


PANEL = PanelType(options=TrendOptions, draw=draw, update=update, feeds=indicator_feeds)
