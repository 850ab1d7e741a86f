"""The views by name: the page's path without its first slash."""

from __future__ import annotations

from collections.abc import Callable

from ioc.core.profile import Profile
from layouts.pages import brief, feeds, home, indicator, upload, wall
from layouts.parts import View

_VIEWS: dict[str, Callable[[Profile, str], View | None]] = {
    "": home.view,
    "wall": wall.view,
    "brief": brief.view,
    "indicators": indicator.view,
    "feeds": feeds.view,
    "upload": upload.view,
}


def view(profile: Profile, name: str) -> View | None:
    """The view of a page (``wall/<id>``, ``brief``, ``indicators/<id>``, ``feeds/<id>``); None: no such page."""
    kind, _, key = name.strip("/").partition("/")
    find = _VIEWS.get(kind)
    return find(profile, key) if find else None
