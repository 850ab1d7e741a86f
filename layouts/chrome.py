"""Header, links and frame of the pages that aren't walls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from ioc.core.reading import Scene
from layouts import figures, header, notices
from layouts.fill import attrs

if TYPE_CHECKING:
    from layouts.site import Site


def around(site: Site, scene: Scene, subtitle: str, content: Sequence[Component]) -> Component:
    """``content`` below the header with its links."""
    words = figures.words_of(scene)
    return html.Div(
        [
            html.A(words("pages.skip"), href="#content", className="skip"),
            header.draw(
                scene, words.text(scene.profile.head.centre), subtitle, notices.notices(site, words), _links(scene)
            ),
            html.Main(list(content), id="content", className="content"),
        ],
        className="sheet",
    )


def _links(scene: Scene) -> Component:
    words = figures.words_of(scene)
    other = "en" if scene.language == "vi" else "vi"
    home_wall = scene.profile.head.home_wall
    return html.Nav(
        [
            html.A(words("pages.home.title"), href="/"),
            html.A(words("pages.wall"), href=f"/wall/{home_wall}"),
            html.A(words("pages.brief.title"), href="/brief"),
            html.A(words("pages.feeds.title"), href="/feeds"),
            html.Span(className="space"),
            html.A(words("pages.other_language"), href=f"?lang={other}", lang=other),
            html.A(words("pages.other_theme"), href="?theme=", className="theme-switch"),
        ],
        className="head-links",
        **attrs({"aria-label": words("pages.links")}),
    )
