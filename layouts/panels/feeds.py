"""The quality of every feed as four bars: đúng, đủ, sạch, sống."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from ioc.core.contract import Strict
from ioc.core.feed_quality import FIGURES as FIGURES
from ioc.core.grade import Grade
from ioc.core.profile import Profile
from ioc.core.reading import FeedPulse, Scene
from ioc.core.wall import Panel
from ioc.core.words import Words
from layouts import figures
from layouts.fill import Update, attrs
from layouts.panels.kind import PanelType

STATES: dict[Grade, str] = {
    "good": "", "fair": "is-high", "poor": "is-critical", "lost": "is-critical", "none": "is-none",
}  # fmt: skip


class FeedOptions(Strict, frozen=True, kw_only=True):
    """It has none: which share is good stands in ``profile.yaml``."""


def named(panel: Panel, profile: Profile) -> list[str]:
    """The feeds the panel names, else all."""
    return [name for name in panel.feeds or profile.feeds if name in profile.feeds]


def draw(panel: Panel, scene: Scene, options: FeedOptions) -> Component:
    words = figures.words_of(scene)
    names = named(panel, scene.profile)
    head = html.Div(
        [html.B(words("panels.feeds.head")), html.Span(words("panels.feeds.order"))], className="feeds-head"
    )
    cards = [
        card(words, f"{panel.id}-{name}", words.text(scene.profile.feeds[name].title), f"/feeds/{name}")
        for name in names
    ]
    return html.Div([head, *cards], className="feeds", style={"--count": len(names)})


def card(words: Words, name: str, title: str, href: str) -> Component:
    """A feed's name and age over four bars; ids are ``<name>``, ``<name>-age`` and ``<name>-<figure>``."""
    return html.A(
        [
            html.Span(title, className="feed-name"),
            html.Span(id=f"{name}-age", className="age feed-age"),
            html.Span(four(name), className="four", **attrs({"aria-hidden": "true"})),
            html.Span(
                [html.Span(words(f"states.quality.{figure}")) for figure in FIGURES],
                className="four-words",
                **attrs({"aria-hidden": "true"}),
            ),
        ],
        id=name,
        className="feed",
        href=href,
    )


def four(name: str) -> list[Component]:
    """The bars of one feed."""
    return [html.I(id=f"{name}-{figure}") for figure in FIGURES]


def update(panel: Panel, scene: Scene, options: FeedOptions) -> list[Update]:
    updates: list[Update] = []
    for feed in named(panel, scene.profile):
        pulse = scene.pulse(feed)
        name = f"{panel.id}-{feed}"
        updates.append((name, card_props(scene, pulse)))
        updates.append((f"{name}-age", figures.age_props(scene, pulse.at, pulse.freshness, pulse.since)))
        updates += bar_updates(name, pulse)
    return updates


def card_props(scene: Scene, pulse: FeedPulse) -> dict[str, Any]:
    """Class and spoken text of a feed's card."""
    words = figures.words_of(scene)
    text = spoken(words, words.text(scene.profile.feeds[pulse.feed].title), pulse)
    return {"className": f"feed {figures.state_class(pulse.freshness)}".rstrip(), "title": text, "aria-label": text}


def bar_updates(name: str, pulse: FeedPulse) -> list[Update]:
    """The four bars: class by the grade, width by the share."""
    return [(f"{name}-{figure}", bar(getattr(pulse, figure), pulse.grades.get(figure, "none"))) for figure in FIGURES]


def bar(share: float | None, grade: Grade) -> dict[str, Any]:
    """Props of one bar."""
    if share is None:
        return {"className": STATES["none"], "style": {"--share": "0%"}}
    return {"className": STATES[grade], "style": {"--share": f"{100 * share:.0f}%"}}


def spoken(words: Words, title: str, pulse: FeedPulse) -> str:
    """All of it in words: ``Một cửa: đúng 99 %, …``."""
    shares = {figure: words.share(getattr(pulse, figure)) for figure in FIGURES}
    return words("panels.feeds.spoken", feed=title, freshness=words(f"states.freshness.{pulse.freshness}"), **shares)


def feeds(panel: Panel, profile: Profile) -> frozenset[str]:
    return frozenset(named(panel, profile))


PANEL = PanelType(options=FeedOptions, draw=draw, update=update, feeds=feeds)
