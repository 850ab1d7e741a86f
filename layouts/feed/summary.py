"""What a feed is, how fresh it is, and its four figures: never averaged."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from ioc.core.profile import Profile
from ioc.core.reading import Scene
from ioc.core.words import Words
from layouts import figures
from layouts.fill import Update
from layouts.panels.feeds import FIGURES, bar_updates, four
from layouts.parts import Part

if TYPE_CHECKING:
    from layouts.site import Site

NAME = "summary"


def draw(site: Site, scene: Scene, feed: str) -> Component:
    words, contract = figures.words_of(scene), scene.profile.feeds[feed]
    owner = figures.organisation(scene.profile, words, contract.owner)
    bars = zip(FIGURES, four(NAME), strict=True)
    return html.Section(
        [
            html.P([html.Span(owner), html.Span(id=f"{NAME}-age", className="age")], className="quiet"),
            html.Div([_figure(words, name, bar) for name, bar in bars], className="figures"),
        ],
        id=NAME,
        className="panel",
    )


def _figure(words: Words, name: str, bar: Component) -> Component:
    title = html.B(words(f"states.quality.{name}").capitalize())
    share = html.Span(id=f"{NAME}-{name}-text")
    return html.Div([title, share, html.Span(bar, className="four one")], className="figure")


def parts(profile: Profile, feed: str) -> list[Part]:
    return [Part(NAME, frozenset({feed}), functools.partial(update, feed))]


def update(feed: str, scene: Scene) -> list[Update]:
    words, pulse = figures.words_of(scene), scene.pulse(feed)
    return [
        (f"{NAME}-age", figures.age_props(scene, pulse.at, pulse.freshness, pulse.since)),
        *bar_updates(NAME, pulse),
        *[(f"{NAME}-{each}-text", {"children": words.share(getattr(pulse, each), 1)}) for each in FIGURES],
    ]
