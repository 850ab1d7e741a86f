"""What a panel type is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from dash.development.base_component import Component

from ioc.core.contract import Strict
from ioc.core.profile import Profile
from ioc.core.reading import Scene
from ioc.core.wall import Panel
from layouts.figures import feeds_of
from layouts.fill import Update

Options = Any  # the type's own struct; each file of this folder names it


@dataclass(frozen=True, kw_only=True)
class PanelType:
    """``draw`` gives the body's skeleton; ``update`` the props of its ids, of ``<panel>-title`` and ``<panel>-note``,
    and of the panel itself; ``feeds`` names what it rests on. ``options`` checks ``panel.options``."""

    options: type[Strict]
    draw: Callable[[Panel, Scene, Options], Component]
    update: Callable[[Panel, Scene, Options], list[Update]]
    feeds: Callable[[Panel, Profile], frozenset[str]]

    def options_of(self, panel: Panel) -> Options:
        """The panel's options. Raises :class:`msgspec.ValidationError` for a key or value that isn't right."""
        return msgspec.convert(panel.options, self.options)


def indicators_of(panel: Panel) -> list[str]:
    """The indicators a panel names."""
    return ([panel.indicator] if panel.indicator else []) + panel.indicators


def indicator_feeds(panel: Panel, profile: Profile) -> frozenset[str]:
    """The feeds of the indicators a panel names, and those it names itself."""
    found = (profile.indicators[name] for name in indicators_of(panel) if name in profile.indicators)
    return frozenset(panel.feeds).union(*(feeds_of(indicator) for indicator in found))


def every_feed(_: Panel, profile: Profile) -> frozenset[str]:
    """A panel over the whole board."""
    return frozenset(profile.feeds)


def panel_class(panel: Panel, state: str = "") -> str:
    """The class names of a panel's frame."""
    return f"panel panel-{panel.type} {state}".rstrip()
