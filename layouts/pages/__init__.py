"""The pages by address: one file each, and one line here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from ioc.core.reading import Scene
from layouts import figures
from layouts.fill import attrs
from layouts.pages import home, missing, wall

if TYPE_CHECKING:
    from layouts.site import Site

Page = Callable[["Site", Scene, str], Component | None]

PAGES: dict[str, Page] = {
    "": home.draw,
    "wall": wall.draw,
}


def page(site: Site, pathname: str, scene: Scene) -> Component:
    """The page of ``pathname`` (``/wall/<id>``); a page with a way back where there is none."""
    name = pathname.strip("/")
    kind, _, key = name.partition("/")
    draw = PAGES.get(kind)
    content = draw(site, scene, key) if draw else None
    words = figures.words_of(scene)
    return html.Div(
        content or missing.draw(site, scene, name),
        id="view",
        className=f"page page-{kind or 'home'}" if content else "page page-missing",
        **attrs(
            {
                "data-view": name,
                "data-language": scene.language,
                "data-now": f"{scene.now:.3f}",
                "data-speed": f"{scene.clock.speed:g}",
                "data-live": words.sentences["wall.live"],
                "data-lost": words.sentences["wall.lost"],
                "data-ages": "|".join(
                    words.sentences[f"units.age.{unit}"]
                    for unit in ("second", "seconds", "minute", "minutes", "hour", "hours", "day", "days")
                ),
                "data-date": words.sentences["units.weekday_date"],
                "data-months": "|".join(words(f"units.month.{month}") for month in range(1, 13)),
                "data-weekdays": "|".join(
                    words(f"units.weekday.{day}") for day in ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
                ),
            }
        ),
    )
