"""The last 30 days of a feed's four figures, each its own course."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from ioc.core.errors import EngineError
from ioc.core.feed_quality import FIGURES
from ioc.core.profile import Profile
from ioc.core.quality_hours import Day
from ioc.core.reading import Scene
from ioc.core.window import midnight
from ioc.core.words import Words
from layouts import figures
from layouts.fill import attrs
from layouts.parts import Part

if TYPE_CHECKING:
    from layouts.site import Site

NAME = "past"
DAYS = 30
DAY = 86_400.0


async def draw(site: Site, scene: Scene, feed: str) -> Component:
    """Read once, when the page is opened: an hour adds little to thirty days."""
    words = figures.words_of(scene)
    start = midnight(scene.now, scene.profile.head.timezone) - (DAYS - 1) * DAY
    content: list[Component]
    try:
        found = [] if site.history is None else await _days(site, scene, feed, start)
    except EngineError:
        content = [html.P(words("quality.past.away"), className="quiet", role="status")]
    else:
        content = _courses(words, scene, found, start)
    title = html.H2(words("quality.past.title", days=DAYS), className="panel-title")
    return html.Section([title, *content], id=NAME, className="panel")


async def _days(site: Site, scene: Scene, feed: str, start: float) -> list[Day]:
    days: list[Day] = await site.history.quality.days(feed, start, scene.now, scene.profile.head.timezone)
    return days


def parts(profile: Profile, feed: str) -> list[Part]:
    return []


def _courses(words: Words, scene: Scene, days: Sequence[Day], start: float) -> list[Component]:
    if not days:
        return [html.P(words("quality.past.none"), className="quiet")]
    return [html.Div([_course(words, scene, figure, days, start) for figure in FIGURES], className="pasts")]


def _course(words: Words, scene: Scene, figure: str, days: Sequence[Day], start: float) -> Component:
    values: list[float | None] = [None] * DAYS
    for day in days:
        share = share_of(day, figure)
        values[min(max(round((day.at - start) / DAY), 0), DAYS - 1)] = None if share is None else round(100 * share, 2)
    name = words(f"states.quality.{figure}").capitalize()
    title = words("quality.past.live", figure=name) if figure == "liveness" else name
    known = [value for value in values if value is not None]
    last = words.share(known[-1] / 100, 1) if known else words("quality.past.none")
    content = {
        "start": start - DAY, "step": DAY, "now": start + (DAYS - 1) * DAY, "zone": scene.profile.head.timezone,
        "language": scene.language, "decimals": 1, "lines": [values], "names": [f"{name} (%)"], "limits": [],
        "nothing": words("quality.past.none"),
    }  # fmt: skip
    chart = html.Div(className="chart", role="img", **attrs({
        "data-trend": json.dumps(content, ensure_ascii=False, separators=(",", ":")), "aria-label": f"{title}: {last}",
    }))  # fmt: skip
    return html.Div([html.B(title), chart], className="past")


def share_of(day: Day, figure: str) -> float | None:
    """One figure of a day, 0..1."""
    if figure == "validity":
        return day.tally.validity()
    if figure == "cleanliness":
        return day.tally.cleanliness()
    return day.completeness if figure == "completeness" else day.liveness
