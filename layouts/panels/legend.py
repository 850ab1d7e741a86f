"""What the colours and shapes of a map mean."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from ioc.core.indicator import Indicator, Threshold
from ioc.core.reading import Scene
from ioc.core.wall import Layer
from ioc.core.words import Words
from layouts import figures

RAMP = 4


def state(indicator: Indicator, value: float | None, values: dict[str, float | None]) -> str:
    """The class of an area: the breached priority; a step of the ramp where the indicator has no threshold."""
    if value is None:
        return "unknown"
    if indicator.thresholds:
        return figures.priority_of(indicator, value) or ""
    most = max((abs(each) for each in values.values() if each is not None), default=0.0)
    return f"ramp-{min(int(RAMP * abs(value) / most), RAMP - 1)}" if most else "ramp-0"


def legend(scene: Scene, layers: list[Layer]) -> list[Component]:
    """One entry for each colour and shape of the layers."""
    entries: list[Component] = []
    for layer in layers:
        if layer.kind == "choropleth":
            entries += _areas(scene, scene.profile.indicators[str(layer.indicator)])
        elif layer.kind == "stations":
            entries += _levels(scene, layer)
        elif layer.kind == "entities":
            entries.append(_entry(html.I(className="map-dot"), figures.words_of(scene).text(layer.title)))
        elif layer.kind == "lines":
            entries.append(_entry(html.I(className="stroke"), figures.words_of(scene).text(layer.title)))
    return entries


def _areas(scene: Scene, indicator: Indicator) -> list[Component]:
    words = figures.words_of(scene)
    unit = words.text(indicator.unit)
    if not indicator.thresholds:
        ramp = html.Span([html.I(className=f"swatch ramp-{step}") for step in range(RAMP)])
        return [html.Span([words("panels.map.least"), " ", ramp, " ", words("panels.map.most")], className="entry")]
    mildest = min(indicator.thresholds, key=_severity)
    entries = [_swatch("", f"{figures.limit_text(words, indicator, mildest)} {unit}")]
    for limit in sorted(indicator.thresholds, key=_severity):
        entries.append(_swatch(limit.priority, f"{_breach(words, indicator, limit.above, limit.below)} {unit}"))
    return entries


def _severity(limit: Threshold) -> int:
    return -list(figures.MARKS).index(limit.priority)


def _breach(words: Words, indicator: Indicator, above: float | None, below: float | None) -> str:
    sign, value = (">", above) if above is not None else ("<", below)
    return f"{sign} {figures.bound(words, indicator, value)}"


def _swatch(kind: str, text: str) -> Component:
    return _entry(html.I(className=f"swatch area-{kind or 'calm'}"), text.rstrip())


def _levels(scene: Scene, layer: Layer) -> list[Component]:
    words = figures.words_of(scene)
    levels = {
        level.priority: words.text(level.name)
        for station in scene.profile.stations.values()
        if not layer.kinds or station.kind in layer.kinds
        for level in station.alarms.get(str(layer.metric), [])
    }
    return [
        _entry(figures.priority_sign(words, priority), words("panels.map.over", level=levels[priority]))
        for priority in figures.MARKS
        if priority in levels
    ]


def _entry(shape: Component, text: str) -> Component:
    return html.Span([shape, html.Span(text)], className="entry")
