"""``/indicators/<id>``: the number, its course, its areas, and where it comes from."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from dash import dcc, html
from dash.development.base_component import Component

from ioc.core.errors import EngineError
from ioc.core.indicator import Indicator
from ioc.core.profile import Profile
from ioc.core.reading import Scene
from ioc.core.wall import Panel
from layouts import chrome, course, explain, figures, stage
from layouts.fill import Update, fill
from layouts.inert import inert
from layouts.panels import places
from layouts.panels.map import area_layer
from layouts.parts import Part, View, head, panel_part

if TYPE_CHECKING:
    from layouts.site import Site

RATE = 1.0
GRAPH = "indicator-graph"
MOST_ROWS = 15
SLOT = (1, 1, 6, 2)  # of no grid, but it says how wide a tile is


async def draw(site: Site, scene: Scene, key: str) -> Component | None:
    indicator = scene.profile.indicators.get(key)
    if indicator is None:
        return None
    words = figures.words_of(scene)
    drawn = [stage.draw_panel(panel, scene, slot=False) for panel in panels_of(scene.profile, indicator)]
    charts = [_chart(course.heading(words), dcc.Graph(id=GRAPH, **_LOOK)), *await _past(site, scene, indicator)]
    content = html.Div([drawn[0], *charts, *drawn[1:], explain.draw(scene, indicator)], className="indicator")
    page = chrome.around(site, scene, words.text(indicator.title), [content])
    return fill(page, [*_graph(key, scene), *explain.update(key, scene)])


def view(profile: Profile, key: str) -> View | None:
    indicator = profile.indicators.get(key)
    if indicator is None:
        return None
    feeds = figures.feeds_of(indicator)
    return View(
        f"indicators/{key}",
        [
            head(profile),
            *(panel_part(panel, profile) for panel in panels_of(profile, indicator)),
            Part(GRAPH, feeds, functools.partial(_graph, key)),
            Part(explain.NAME, feeds, functools.partial(explain.update, key)),
        ],
        RATE,
    )


_LOOK: Any = {"className": "graph", "responsive": True, "config": {"displayModeBar": False}}


def _graph(key: str, scene: Scene) -> list[Update]:
    return [(GRAPH, {"figure": course.recent(scene, scene.profile.indicators[key])})]


async def _past(site: Site, scene: Scene, indicator: Indicator) -> list[Component]:
    """The chart of the history, where there is one; a database that is away is said, not suffered."""
    words = figures.words_of(scene)
    title = words("pages.indicator.history", days=course.PAST_DAYS)
    try:
        found = await course.past(scene, indicator, site.history) if site.history is not None else None
    except EngineError:
        return [_chart(title, html.P(words("pages.indicator.no_history"), className="quiet", role="status"))]
    if found is None:
        return []
    return [_chart(title, dcc.Graph(id="indicator-past", figure=found, **_LOOK))]


def _chart(title: str, graph: Component) -> Component:
    return html.Section([html.H2(title, className="panel-title"), graph], className="panel panel-graph")


def panels_of(profile: Profile, indicator: Indicator) -> list[Panel]:
    """The number, its map, and a ranking for each dimension it may be broken down by."""
    panels = [Panel(id="now", type="tile", at=SLOT, title=figures.both("pages.indicator.now"), indicator=indicator.id)]
    if "area" in indicator.by and places.drawable(profile, area_layer(profile, indicator.id, 1)):
        title = figures.both("pages.indicator.areas")
        panels.append(Panel(id="places", type="map", at=SLOT, title=title, indicator=indicator.id))
    return panels + [_ranking(indicator, dimension) for dimension in indicator.by]


def _ranking(indicator: Indicator, dimension: str) -> Panel:
    key = f"pages.dimension.{dimension}"
    title = figures.both("pages.indicator.parts", dimension=(key, inert(dimension, 40)))
    return Panel(
        id=f"by-{dimension.replace('_', '-')}", type="ranking", at=SLOT, title=title, indicator=indicator.id,
        options={"by": dimension, "limit": MOST_ROWS},
    )  # fmt: skip
