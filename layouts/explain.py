"""«Giải thích con số này»: formula, source, owner, cut-off, quality, limits with their legal basis."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from ioc.core.indicator import Indicator, Threshold
from ioc.core.reading import Scene
from ioc.core.words import Words
from layouts import figures
from layouts.fill import Update
from layouts.panels.feeds import FIGURES

NAME = "explain"
LIVE = ("cutoff", "freshness", "events", "quality")


def draw(scene: Scene, indicator: Indicator) -> Component:
    """The section; what changes with the data has the ids ``explain-<name>``."""
    words = figures.words_of(scene)
    rows = [
        (name, value) for name, value in _declared(words, scene, indicator) if value
    ]  # fmt: skip
    live = [_pair(words, name, html.Dd(id=f"{NAME}-{name}")) for name in LIVE]
    return html.Section(
        [
            html.H2(words("pages.indicator.explain"), id=NAME),
            html.Dl(
                [
                    *[part for name, value in rows for part in _pair(words, name, html.Dd(value))],
                    *[part for pair in live for part in pair],
                ],
                className="explained",
            ),
        ],
        className="panel explain",
    )


def update(indicator: str, scene: Scene) -> list[Update]:
    """Cut-off, state, number of events, and the quality of the feeds behind the number."""
    words, declared = figures.words_of(scene), scene.profile.indicators[indicator]
    reading = scene.reading(indicator)
    zone = scene.profile.head.timezone
    mark = figures.entry_mark(words, scene, reading)
    entry = f" · {mark}" if mark else ""
    if mark and reading.expires is not None:
        entry += f" · {words('pages.indicator.holds_until', time=words.moment(reading.expires, zone))}"
    state = (
        f"{words(f'states.freshness.{reading.freshness}')}. {words(f'states.freshness_meaning.{reading.freshness}')}"
    )
    return [
        (f"{NAME}-cutoff", {"children": words.moment(reading.at, zone) + entry}),
        (f"{NAME}-freshness", {"children": state[:1].upper() + state[1:]}),
        (f"{NAME}-events", {"children": words.number(reading.events)}),
        (f"{NAME}-quality", {"children": "; ".join(_quality(words, scene, feed) for feed in _feeds(declared))}),
    ]


def _feeds(indicator: Indicator) -> list[str]:
    return sorted(figures.feeds_of(indicator))


def _quality(words: Words, scene: Scene, feed: str) -> str:
    pulse = scene.pulse(feed)
    shares = ", ".join(
        f"{words(f'states.quality.{figure}')} {words.share(getattr(pulse, figure))}" for figure in FIGURES
    )
    return f"{words.text(scene.profile.feeds[feed].title)}: {shares}"


def _declared(words: Words, scene: Scene, indicator: Indicator) -> list[tuple[str, Any]]:
    owner = scene.profile.organisations.get(indicator.owner)
    goal = indicator.target
    return [
        ("formula", words.text(indicator.formula)),
        ("source", words.text(indicator.source)),
        ("owner", words.text(owner.name) if owner else indicator.owner),
        ("basis", indicator.basis),
        ("target", _target(words, indicator) + (f" ({goal.basis})" if goal and goal.basis else "")),
        ("thresholds", [_threshold(words, indicator, limit) for limit in indicator.thresholds]),
        ("cadence", indicator.cadence),
        ("category", words(f"pages.indicator.categories.{indicator.category}")),
        ("standard", indicator.standard_ref),
    ]


def _target(words: Words, indicator: Indicator) -> str:
    goal = indicator.target
    if goal is None or (goal.at_least is None and goal.at_most is None):
        return ""
    sign, value = ("≥", goal.at_least) if goal.at_least is not None else ("≤", goal.at_most)
    return f"{sign} {figures.with_unit(words, indicator, value)}"


def _threshold(words: Words, indicator: Indicator, limit: Threshold) -> Component:
    sign, value = (">", limit.above) if limit.above is not None else ("<", limit.below)
    parts = [
        f"{words(f'states.priority.{limit.priority}')}: {sign} {figures.with_unit(words, indicator, value)}",
        limit.basis or words("pages.indicator.no_basis"),
        words("pages.indicator.valid_from", date=limit.valid_from) if limit.valid_from else "",
    ]
    text = " · ".join(part for part in parts if part)
    return html.Div([figures.priority_sign(words, limit.priority), html.Span(text)], className="limit-row")


def _pair(words: Words, name: str, value: Component) -> tuple[Component, Component]:
    return html.Dt(words(f"pages.indicator.{name}")), value
