"""What a feed is, how fresh it is, and its four figures with what each rests on: never averaged."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from ioc.core.contract import seconds
from ioc.core.feed_quality import FIGURES, SPANS, Quality, Span
from ioc.core.profile import Profile
from ioc.core.reading import Scene
from ioc.core.words import Words
from layouts import figures
from layouts.feed import told
from layouts.fill import Update, attrs, wire
from layouts.panels.feeds import bar
from layouts.parts import Part

if TYPE_CHECKING:
    from layouts.site import Site

NAME = "summary"


def draw(site: Site, scene: Scene, feed: str) -> Component:
    words, contract = figures.words_of(scene), scene.profile.feeds[feed]
    owner = figures.organisation(scene.profile, words, contract.owner)
    cadence = words.age(seconds(contract.cadence)) if contract.cadence else words("quality.on_event")
    facts = [words("quality.owner", owner=owner), words("quality.cadence", cadence=cadence)]
    head = [
        html.P(
            [
                *(html.Span(f"{fact} · ") for fact in facts),
                html.Span(id=f"{NAME}-situation"),
                html.Span(id=f"{NAME}-age", className="age"),
                html.Span(id=f"{NAME}-lag"),
            ],
            className="feed-facts",
        ),
        _switch(words),
    ]
    cards = [_figure(words, span, name) for span in SPANS for name in FIGURES]
    return html.Section([html.Div(head, className="feed-head"), html.Div(cards, className="figures")],
                        id=NAME, className="panel")  # fmt: skip


def _switch(words: Words) -> Component:
    """Which period the page shows; ``assets/feed.js`` switches, both are kept up to date."""
    buttons = [
        html.Button(words(f"quality.{span}"), className="button span-button",
                    **attrs({"data-span": span, "aria-pressed": "true" if span == SPANS[0] else "false"}))
        for span in SPANS
    ]  # fmt: skip
    return html.Div(buttons, className="span-switch", role="group", **attrs({"aria-label": words("quality.span")}))


def _figure(words: Words, span: Span, figure: str) -> Component:
    name = f"{NAME}-{span}-{figure}"
    return html.Div(
        [
            html.H2(words(f"states.quality.{figure}").capitalize(), title=words(f"states.quality_meaning.{figure}")),
            html.Span(id=f"{name}-text", className="figure-share"),
            html.Span(html.I(id=f"{name}-bar"), className="four one", **attrs({"aria-hidden": "true"})),
            html.Div(id=f"{name}-why", className="figure-why"),
        ],
        className=f"figure of-{span}",
    )


def parts(profile: Profile, feed: str) -> list[Part]:
    return [Part(NAME, frozenset({feed}), functools.partial(update, feed))]


def update(feed: str, scene: Scene) -> list[Update]:
    words, pulse = figures.words_of(scene), scene.pulse(feed)
    return [
        (f"{NAME}-situation", {"children": words(f"quality.situation.{pulse.situation}")}),
        (f"{NAME}-age", figures.age_props(scene, pulse.at, pulse.freshness, pulse.since)),
        (f"{NAME}-lag", {"children": words("quality.lag", n=words.number(pulse.lag)) if pulse.lag else ""}),
        *[
            part
            for span in SPANS
            for figure in FIGURES
            for part in _update(words, scene, feed, span, figure, scene.quality(feed, span))
        ],
    ]


def _update(words: Words, scene: Scene, feed: str, span: Span, figure: str, quality: Quality) -> list[Update]:
    name = f"{NAME}-{span}-{figure}"
    grade = quality.grade(figure, scene.profile.head.quality)
    share = scene.pulse(feed).liveness if figure == "liveness" else quality.share(figure)
    shown = words(f"quality.grade.{grade}")
    text = shown if figure == "liveness" or share is None else f"{words.share(share, 1)} · {shown}"
    why = [html.P(sentence) for sentence in told.sentences(scene, feed, figure, quality)]
    return [
        (f"{name}-text", {"children": text}),
        (f"{name}-bar", bar(share, grade)),
        (f"{name}-why", {"children": wire(why)}),
    ]
