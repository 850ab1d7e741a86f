"""A view: what a page shows live, as parts that each depend on some feeds and update some components."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

from ioc.core.profile import Profile
from ioc.core.reading import Scene
from ioc.core.wall import Panel
from layouts import header, stage
from layouts.fill import Update
from layouts.panels import PANELS


@dataclass(frozen=True)
class Part:
    """``update`` gives the props of the part's components at the moment of a scene; it changes with ``feeds``."""

    id: str
    feeds: frozenset[str]
    update: Callable[[Scene], list[Update]]


@dataclass(frozen=True)
class View:
    """A page's parts; ``rate`` is the most frames a second."""

    name: str
    parts: list[Part]
    rate: float = 2.0


def head(profile: Profile) -> Part:
    """The header counts alerts of every feed."""
    return Part("head", frozenset(profile.feeds), header.update)


def panel_part(panel: Panel, profile: Profile) -> Part:
    """A panel as a part; one of an unknown type or indicator shows its error and depends on nothing."""
    kind = PANELS.get(panel.type)
    feeds = kind.feeds(panel, profile) if kind else frozenset()
    return Part(panel.id, feeds, functools.partial(stage.update_panel, panel))
