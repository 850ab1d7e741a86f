"""A province as data: everything of one profile, resolved and indexed.

Reading the files is the edge's work (``ioc.profile_files``); checking them is ``ioc.core.check``.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ioc.core.area import Area, Crosswalk, Organisation, Station
from ioc.core.contract import FeedContract, Strict, Text
from ioc.core.grade import QualityLimits
from ioc.core.indicator import Indicator
from ioc.core.source import Source
from ioc.core.wall import Layer, Wall


class Group(Strict, frozen=True, kw_only=True):
    """One group of indicators: a module of the centre."""

    id: str
    title: Text
    order: int = 100


class Holiday(Strict, frozen=True, kw_only=True):
    """A public holiday; ``work`` is true for a weekend day that is worked instead."""

    date: str
    name: Text
    work: bool = False


class ProfileHead(Strict, frozen=True, kw_only=True):
    """``profile.yaml``. ``bbox`` is west, south, east, north in degrees; ``as_of`` the date whose areas are shown.

    ``view`` is the part of ``bbox`` that maps show first, where an island far out would make all else small.

    ``area_words`` are the words that stand before the name of a unit of each kind: ``ward: [phường, p.]``.

    ``quality`` sets other limits for the four figures of the feeds' quality.

    ``demo`` names the scenario that a trial of the centre plays; without one it waits for real feeds.

    ``base`` names a sibling folder whose feeds, indicators, walls, layers, geo, organisations, stations and holidays
    hold where this profile has no file of that name.
    """

    id: str
    title: Text
    centre: Text
    province: Text
    timezone: str
    as_of: str
    source_prefix: str
    bbox: tuple[float, float, float, float]
    view: tuple[float, float, float, float] | None = None
    geo_note: Text
    groups: list[Group]
    area_words: dict[str, list[str]] = {}
    due_soon: str = "P7D"
    home_wall: str
    default_language: str = "vi"
    demo: str = ""
    base: str = ""
    quality: QualityLimits = QualityLimits()


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """All of a profile. ``geo`` maps file names of ``geo/`` to decoded GeoJSON; ``digest`` changes with any byte."""

    head: ProfileHead
    feeds: dict[str, FeedContract]
    indicators: dict[str, Indicator]
    walls: dict[str, Wall]
    layers: dict[str, Layer]
    areas: list[Area]
    crosswalk: list[Crosswalk]
    organisations: dict[str, Organisation]
    stations: dict[str, Station]
    holidays: dict[str, Holiday]
    geo: dict[str, Any]
    digest: str
    sources: dict[str, Source] = {}

    def areas_at(self, date: str) -> dict[str, Area]:
        """Code → unit valid on ``date`` (YYYY-MM-DD)."""
        return {
            area.code: area
            for area in self.areas
            if area.valid_from <= date and (not area.valid_to or date <= area.valid_to)
        }

    def current_areas(self) -> dict[str, Area]:
        """Code → unit of the hierarchy that the screens show."""
        return self.areas_at(self.head.as_of)

    def roll_up(self, code: str, level: int) -> str:
        """The unit of ``level`` that holds ``code``, or empty when unknown."""
        areas = self.current_areas()
        area = areas.get(code)
        while area is not None and area.level > level:
            area = areas.get(area.parent)
        return area.code if area is not None and area.level == level else ""

    def shown_areas(self, level: int) -> dict[str, str]:
        """Code → the unit of ``level`` that holds it, for every current unit at or below that level."""
        areas = self.current_areas()
        found: dict[str, str] = {}
        for area in sorted(areas.values(), key=lambda area: area.level):
            if area.level == level:
                found[area.code] = area.code
            elif area.parent in found:
                found[area.code] = found[area.parent]
        return found

    def children(self, code: str) -> list[Area]:
        """The units directly below ``code``."""
        return [area for area in self.current_areas().values() if area.parent == code]
