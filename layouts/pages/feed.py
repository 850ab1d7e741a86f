"""``/feeds/<id>``: one feed for its owner, as sections; each is a file of ``layouts/feed`` and one line here."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Protocol

from dash import html
from dash.development.base_component import Component

from ioc.core.profile import Profile
from ioc.core.reading import Scene
from layouts import chrome, figures
from layouts.feed import contract, letters, past, summary, units
from layouts.fill import fill
from layouts.parts import Part, View, head

if TYPE_CHECKING:
    from layouts.site import Site

RATE = 0.5


class Section(Protocol):
    """``draw`` gives the section's skeleton (with what it asks of SQL, if anything); ``parts`` fill and update it.

    The ids of its components begin with the section's name.
    """

    def draw(self, site: Site, scene: Scene, feed: str) -> Component | Awaitable[Component]: ...

    def parts(self, profile: Profile, feed: str) -> list[Part]: ...


SECTIONS: tuple[Section, ...] = (summary, units, past, letters, contract)


async def draw(site: Site, scene: Scene, key: str) -> Component | None:
    known = scene.profile.feeds.get(key)
    if known is None:
        return None
    drawn = [await _drawn(section, site, scene, key) for section in SECTIONS]
    title = figures.words_of(scene).text(known.title)
    page = chrome.around(site, scene, title, [html.Div(drawn, className="feed-page")])
    updates = [
        update for section in SECTIONS for part in section.parts(scene.profile, key) for update in part.update(scene)
    ]
    return fill(page, updates)


async def _drawn(section: Section, site: Site, scene: Scene, key: str) -> Component:
    drawn = section.draw(site, scene, key)
    return await drawn if inspect.isawaitable(drawn) else drawn


def view(profile: Profile, key: str) -> View | None:
    if key not in profile.feeds:
        return None
    parts = [part for section in SECTIONS for part in section.parts(profile, key)]
    return View(f"feeds/{key}", [head(profile), *parts], RATE)
