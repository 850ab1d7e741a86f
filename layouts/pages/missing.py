"""An address without a page, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from ioc.core.reading import Scene
from layouts import figures
from layouts.inert import inert

if TYPE_CHECKING:
    from layouts.site import Site


def draw(site: Site, scene: Scene, name: str) -> Component:
    words = figures.words_of(scene)
    return html.Main(
        [
            html.H1(words("pages.missing.title")),
            html.P(words("pages.missing.text", address=f"/{inert(name, 80)}")),
            html.A(words("pages.missing.back"), href="/", className="button"),
        ],
        className="narrow",
    )
