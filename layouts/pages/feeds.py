"""``/feeds``: every feed with its four figures, counts by outcome, lag and reasons; ``/feeds/<id>`` is one of them."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from ioc.core.outcome import OUTCOMES
from ioc.core.profile import Profile
from ioc.core.reading import FeedPulse, Scene
from ioc.core.words import NOTHING, Words
from layouts import chrome, figures
from layouts.feed import contract
from layouts.fill import Update, attrs, fill
from layouts.pages import feed
from layouts.panels.feeds import FIGURES, bar_updates, four
from layouts.parts import Part, View, head

if TYPE_CHECKING:
    from layouts.site import Site

RATE = 1.0


def draw(site: Site, scene: Scene, key: str) -> Component | Awaitable[Component | None]:
    return feed.draw(site, scene, key) if key else _all(site, scene)


def _all(site: Site, scene: Scene) -> Component:
    words = figures.words_of(scene)
    names = [
        words("pages.feeds.feed"),
        words("pages.feeds.newest"),
        *(words(f"states.quality.{figure}").capitalize() for figure in FIGURES),
        *(words(f"states.outcome.{outcome}").capitalize() for outcome in OUTCOMES),
        words("pages.feeds.lag"),
        words("pages.feeds.reasons"),
    ]
    table = html.Table(
        [
            html.Caption(words("pages.feeds.today"), className="quiet"),
            html.Thead(html.Tr([html.Th(name, **attrs({"scope": "col"})) for name in names])),
            html.Tbody([_row(words, scene, name) for name in scene.profile.feeds]),
        ],
        className="grid feed-table",
    )
    panel = html.Div([table, contract.links(words)], className="panel wide")
    link = html.P(html.A(words("upload.link"), href="/upload", className="button"))
    page = chrome.around(site, scene, words("pages.feeds.title"), [link, panel])
    return fill(page, update(scene))


def view(profile: Profile, key: str) -> View | None:
    return (
        feed.view(profile, key)
        if key
        else View("feeds", [head(profile), Part("feeds", frozenset(profile.feeds), update)], RATE)
    )


def _row(words: Words, scene: Scene, name: str) -> Component:
    known = scene.profile.feeds[name]
    owner = figures.organisation(scene.profile, words, known.owner)
    bars = four(f"feed-{name}")
    shares = [
        html.Td([html.Span(id=f"feed-{name}-{figure}-text"), html.Span(bar, className="four one")])
        for figure, bar in zip(FIGURES, bars, strict=True)
    ]
    counts = [html.Td(id=f"feed-{name}-{outcome}") for outcome in OUTCOMES]
    return html.Tr(
        [
            html.Th(
                [html.A(words.text(known.title), href=f"/feeds/{name}"), html.Span(owner, className="quiet")],
                id=name,
                **attrs({"scope": "row"}),
            ),
            html.Td(html.Span(id=f"feed-{name}-age", className="age")),
            *shares,
            *counts,
            html.Td(id=f"feed-{name}-lag"),
            html.Td(id=f"feed-{name}-reasons", className="reasons"),
        ],
        id=f"feed-{name}",
    )


def update(scene: Scene) -> list[Update]:
    words = figures.words_of(scene)
    return [part for name in scene.profile.feeds for part in _feed(words, scene, scene.pulse(name))]


def _feed(words: Words, scene: Scene, pulse: FeedPulse) -> list[Update]:
    name = f"feed-{pulse.feed}"
    reasons = sorted(pulse.reasons.items(), key=lambda pair: -pair[1])
    told = ", ".join(f"{_reason(words, reason)}: {words.number(count)}" for reason, count in reasons[:4])
    return [
        (name, {"className": figures.state_class(pulse.freshness)}),
        (f"{name}-age", figures.age_props(scene, pulse.at, pulse.freshness, pulse.since)),
        *bar_updates(name, pulse),
        *[(f"{name}-{each}-text", {"children": words.share(getattr(pulse, each), 1)}) for each in FIGURES],
        *[(f"{name}-{each}", {"children": words.number(pulse.outcomes.get(each, 0))}) for each in OUTCOMES],
        (f"{name}-lag", {"children": words.number(pulse.lag)}),
        (f"{name}-reasons", {"children": told or NOTHING}),
    ]


def _reason(words: Words, reason: str) -> str:
    key = f"states.reason.{reason}"
    return words(key) if words.has(key) else reason
