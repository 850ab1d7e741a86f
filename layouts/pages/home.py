"""``/``: where to go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from ioc.core.profile import Profile
from ioc.core.reading import Scene
from layouts import chrome, figures
from layouts.pages.wall import ordered
from layouts.parts import View, head

if TYPE_CHECKING:
    from layouts.site import Site


def draw(site: Site, scene: Scene, key: str) -> Component | None:
    if key:
        return None
    words = figures.words_of(scene)
    walls = [
        _door(f"/wall/{wall.id}", words.text(wall.title), words.text(wall.subtitle)) for wall in ordered(scene.profile)
    ]
    doors = [
        _door("/brief", words("pages.brief.title"), words("pages.brief.who")),
        _door("/feeds", words("pages.feeds.title"), words("pages.feeds.who")),
    ]
    return chrome.around(
        site,
        scene,
        words.text(scene.profile.head.province),
        [
            html.H2(words("pages.home.walls")),
            html.Div(walls, className="doors"),
            html.H2(words("pages.home.desks")),
            html.Div(doors, className="doors"),
            html.P(words.text(scene.profile.head.geo_note), className="quiet"),
        ],
    )


def view(profile: Profile, key: str) -> View | None:
    return None if key else View("", [head(profile)], 1.0)


def _door(href: str, title: str, detail: str) -> Component:
    return html.A([html.B(title), html.Span(detail)], href=href, className="door")
