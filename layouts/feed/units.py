"""A feed's figures for each organisation and each area, the worst first; the last hour and today."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from ioc.core.feed_quality import DIMENSIONS, FIGURES, SPANS, Dimension, Quality, Span
from ioc.core.grade import WORST, Grade, QualityLimits
from ioc.core.profile import Profile
from ioc.core.reading import Scene
from ioc.core.words import NOTHING, Words
from layouts import figures
from layouts.feed import told
from layouts.fill import Update, attrs, wire
from layouts.panels.feeds import STATES
from layouts.parts import Part

if TYPE_CHECKING:
    from layouts.site import Site

NAME = "units"
SHARES = FIGURES[:-1]
MOST_CAUSES = 2


def draw(site: Site, scene: Scene, feed: str) -> Component:
    words = figures.words_of(scene)
    return html.Div([_section(words, dimension) for dimension in DIMENSIONS], id=NAME, className="feed-units")


def _section(words: Words, dimension: Dimension) -> Component:
    tables = [_table(words, dimension, span) for span in SPANS]
    title = html.H2(words(f"quality.units.{dimension}"), className="panel-title")
    return html.Section([title, html.P(words("quality.units.sort"), className="quiet"), *tables],
                        className="panel wide")  # fmt: skip


def _table(words: Words, dimension: Dimension, span: Span) -> Component:
    names = [
        words(f"quality.units.name.{dimension}"), words("quality.units.received"),
        *(words(f"states.quality.{figure}").capitalize() for figure in SHARES),
        words("quality.units.state"), words("quality.units.newest"), words("quality.units.causes"),
    ]  # fmt: skip
    heads = [html.Th(html.Button(name, className="sorter"), **attrs({"scope": "col"})) for name in names]
    return html.Table(
        [
            html.Caption(words(f"quality.{span}"), className="quiet"),
            html.Thead(html.Tr(heads)),
            html.Tbody(id=f"{NAME}-{dimension}-{span}-rows"),
        ],
        className=f"grid units-table sortable of-{span}",
    )


def parts(profile: Profile, feed: str) -> list[Part]:
    return [Part(NAME, frozenset({feed}), functools.partial(update, feed))]


def update(feed: str, scene: Scene) -> list[Update]:
    words = figures.words_of(scene)
    return [
        (f"{NAME}-{dimension}-{span}-rows", {"children": wire(rows(words, scene, feed, span, dimension))})
        for dimension in DIMENSIONS
        for span in SPANS
    ]


def rows(words: Words, scene: Scene, feed: str, span: Span, dimension: Dimension) -> list[Component]:
    """A row for each unit, the worst first; one that says so when there is none."""
    units, limits = scene.quality_by(feed, span, dimension), scene.profile.head.quality
    if not units:
        return [html.Tr(html.Td(words("quality.units.empty"), colSpan=4 + len(SHARES), className="quiet"))]
    worst_first = sorted(units.items(), key=lambda pair: (_rank(pair[1], limits), pair[0]))
    return [_row(words, scene, dimension, code, unit, limits) for code, unit in worst_first]


def _rank(unit: Quality, limits: QualityLimits) -> tuple[int, float, int]:
    """Of the worst grade first, then of the least share, then of the most events."""
    grades = [WORST.index(unit.grade(figure, limits)) for figure in FIGURES]
    shares = [share for figure in SHARES if (share := unit.share(figure)) is not None]
    return min(grades), min(shares, default=1.0), -unit.tally.total


def _row(
    words: Words, scene: Scene, dimension: Dimension, code: str, unit: Quality, limits: QualityLimits
) -> Component:
    name = figures.label(scene.profile, words, dimension, code) if code else words(f"quality.units.unknown.{dimension}")
    faults = unit.tally.unclean() | unit.tally.invalid()
    event = unit.signs.event
    return html.Tr(
        [
            html.Th(name, **attrs({"scope": "row"})),
            _cell(words.number(unit.tally.received), unit.tally.received),
            *(_share(words, unit.share(figure), unit.grade(figure, limits)) for figure in SHARES),
            _cell(words(f"quality.situation.{unit.situation}"), unit.cadences, unit.grade("liveness", limits)),
            _cell(figures.moment(scene, event) if event is not None else NOTHING, event),
            html.Td(told.causes(words, faults, MOST_CAUSES) or NOTHING, className="reasons"),
        ]
    )


def _share(words: Words, share: float | None, grade: Grade) -> Component:
    return _cell(words.share(share, 1), share, grade)


def _cell(text: str, value: float | None, grade: Grade = "none") -> Component:
    """``data-value`` is what the column is sorted by; nothing known comes last."""
    state = "" if grade == "none" else STATES[grade]
    return html.Td(text, className=state, **attrs({"data-value": "" if value is None else f"{value:.12g}"}))
