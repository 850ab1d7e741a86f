"""Walls, panels and map layers, declared in ``profiles/<province>/walls/*.yaml`` and ``layers.yaml``."""

from __future__ import annotations

from typing import Any, Literal

from ioc.core.contract import Strict, Text


class Panel(Strict, frozen=True, kw_only=True):
    """One panel. ``at`` is its slot: column, row, width, height in grid cells, counted from 1.

    ``type`` names a panel type of ``layouts/panels``; ``options`` are checked by that type. ``indicator`` and
    ``indicators`` name what it shows, ``feed`` or ``feeds`` where it lists entities or feed quality, ``layers`` the
    map's layers.
    """

    id: str
    type: str
    title: Text = {}
    at: tuple[int, int, int, int]
    indicator: str | None = None
    indicators: list[str] = []
    feeds: list[str] = []
    layers: list[str] = []
    options: dict[str, Any] = {}


class Wall(Strict, frozen=True, kw_only=True):
    """One wall: panels on a grid of ``columns`` × ``rows``. ``rate`` is the most frames a second."""

    id: str
    title: Text
    subtitle: Text = {}
    columns: int = 24
    rows: int = 12
    rate: float = 10.0
    order: int = 100
    panels: list[Panel]


class Layer(Strict, frozen=True, kw_only=True):
    """One map layer.

    ``choropleth`` colours areas of ``level`` by ``indicator``; ``lines`` and ``outline`` draw the GeoJSON file
    ``geo``; ``stations`` shows stations of ``kinds`` with their newest ``metric``; ``entities`` shows live entities of
    ``feed`` that have coordinates, open ones only, filtered by ``where``.
    """

    id: str
    title: Text
    kind: Literal["choropleth", "lines", "outline", "stations", "entities"]
    geo: str = ""
    level: int = 1
    indicator: str | None = None
    feed: str | None = None
    kinds: list[str] = []
    metric: str | None = None
    where: dict[str, list[str]] = {}
