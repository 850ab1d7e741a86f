"""``/wall/<id>``: the panels of a wall, and no chrome but the header."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from ioc.core.profile import Profile
from ioc.core.reading import Scene
from ioc.core.wall import Wall
from ioc.core.words import Words
from layouts import figures, header, notices, stage
from layouts.fill import attrs
from layouts.parts import View, head, panel_part

if TYPE_CHECKING:
    from layouts.site import Site


def draw(site: Site, scene: Scene, key: str) -> Component | None:
    """The wall, or None when there is none of that name."""
    wall = scene.profile.walls.get(key)
    if wall is None:
        return None
    words = figures.words_of(scene)
    order = ordered(scene.profile)
    head = scene.profile.head
    place = words("wall.place", province=words.text(head.province), title=words.text(wall.title))
    return html.Div(
        [
            header.draw(scene, words.text(head.centre), place, notices.notices(site, words)),
            html.Main(
                [stage.draw_panel(panel, scene) for panel in wall.panels],
                className="wall",
                style={"--columns": wall.columns, "--rows": wall.rows},
                **attrs({"aria-label": words.text(wall.title)}),
            ),
            _keys(scene, order, wall),
        ],
        className="screen",
    )


def view(profile: Profile, key: str) -> View | None:
    wall = profile.walls.get(key)
    if wall is None:
        return None
    return View(f"wall/{key}", [head(profile), *(panel_part(panel, profile) for panel in wall.panels)], wall.rate)


def ordered(profile: Profile) -> list[Wall]:
    """The walls in the order of the keyboard and of rotation."""
    return sorted(profile.walls.values(), key=lambda wall: (wall.order, wall.id))


def _keys(scene: Scene, order: list[Wall], wall: Wall) -> Component:
    """What ``assets/keys.js`` needs to turn the walls, and the help that ``?`` shows."""
    words = figures.words_of(scene)
    keys = ("next", "hold", "resume", "full", "help")
    return html.Dialog(
        [
            html.H2(words("wall.keys.title")),
            html.Dl(
                [
                    part
                    for key in keys
                    for part in (html.Dt(words(f"wall.keys.{key}.key")), html.Dd(words(f"wall.keys.{key}.does")))
                ]
            ),
            html.P(id="keys-state", role="status"),
        ],
        id="keys",
        className="keys",
        **attrs(
            {
                "data-walls": " ".join(f"/wall/{each.id}" for each in order),
                "data-here": f"/wall/{wall.id}",
                "data-held": words("wall.held"),
                "data-rotating": words("wall.rotating"),
            }
        ),
    )


def _key(words: Words, key: str) -> tuple[Component, Component]:
    return html.Dt(words(f"wall.keys.{key}.key")), html.Dd(words(f"wall.keys.{key}.does"))
