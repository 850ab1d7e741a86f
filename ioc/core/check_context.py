"""What the declarations of one profile may refer to."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from ioc.core.area import Area, Organisation, Station
from ioc.core.check_document import Path, Place
from ioc.core.contract import FeedContract, Field
from ioc.core.indicator import Indicator
from ioc.core.profile import ProfileHead
from ioc.core.source import SourceOptions
from ioc.core.wall import Layer, Wall

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
AREA = "area"
STATUS = "status"

# Dimensions that every event has from its envelope; the values, where they are a list.
ENVELOPE: dict[str, tuple[str, ...]] = {
    AREA: (),
    "organisation": (),
    "source": (),
    "mode": ("actual", "exercise", "test"),
    "entry": ("auto", "manual"),
}
YES_NO = ("yes", "no")


class FeedFacts:
    """What other declarations may refer to in a feed. ``fields`` lacks the ``unreadable`` ones."""

    def __init__(self, contract: FeedContract, fields: dict[str, Field]) -> None:
        self.contract = contract
        self.fields = fields
        self.unreadable = {name.removesuffix("?") for name in contract.fields} - fields.keys()
        self.names = {*fields, *self.unreadable, *contract.derived, *ENVELOPE}

    def values_of(self, dimension: str) -> tuple[str, ...]:
        """The values a dimension may take; empty when any text is right."""
        if dimension in self.contract.derived:
            return YES_NO
        field = self.fields.get(dimension)
        if field is None:
            return ENVELOPE.get(dimension, ())
        return YES_NO if field.type == "bool" else field.codes

    def values_kept(self, name: str) -> tuple[str, ...]:
        """The values of something kept of an entity, or of its status; empty when any text is right."""
        entity = self.contract.entity
        field = self.fields.get(name if name in entity.keep or name != STATUS else entity.status or "")
        return field.codes if field is not None else ()


class Context:
    """Everything decoded so far, and the names that exist even where a file couldn't be decoded.

    A name in ``names`` without a value is not reported again where it is referred to: its own file says what is wrong.
    So ``area_codes`` is empty, and checks nothing, when a row of the areas can't be read.
    """

    def __init__(
        self, names: Mapping[str, Collection[str]], panel_types: Mapping[str, type] | None,
        source_types: Mapping[str, type[SourceOptions]] | None = None,
    ) -> None:  # fmt: skip
        self.names = names
        self.panel_types = panel_types
        self.source_types = source_types
        self.head: ProfileHead | None = None
        self.box: tuple[float, float, float, float] | None = None
        self.feeds: dict[str, FeedFacts] = {}
        self.indicators: dict[str, Indicator] = {}
        self.layers: dict[str, Layer] = {}
        self.walls: dict[str, Wall] = {}
        self.areas: list[Area] = []
        self.area_codes: set[str] = set()
        self.former: set[tuple[str, str]] = set()
        self.organisations: dict[str, Organisation] | None = None
        self.stations: dict[str, Station] = {}
        self.geo: dict[str, Any] = {}

    @property
    def source_prefix(self) -> str:
        return self.head.source_prefix if self.head else "urn:vn:…"

    def named(self, kind: str, name: str, path: Path, place: Place) -> bool:
        """Whether a feed, an indicator, a wall or a layer of this name exists; says so when not."""
        if name not in self.names[kind]:
            place.unknown(path, kind, name, self.names[kind])
            return False
        return True

    def organisation(self, code: str, path: Path, place: Place) -> None:
        if self.organisations is not None and code not in self.organisations:
            place.unknown(path, "organisation", code, self.organisations)

    def area(self, code: str, path: Path, place: Place) -> None:
        if self.area_codes and code not in self.area_codes:
            place.unknown(path, "area", code, self.area_codes)

    def inside(self, lat: float, lon: float, margin: float = 0.0) -> bool:
        """Whether a point lies in the profile's box, widened by ``margin`` degrees; true while the box isn't known."""
        if self.box is None:
            return True
        west, south, east, north = self.box
        return south - margin <= lat <= north + margin and west - margin <= lon <= east + margin


def check_date(text: str, path: Path, place: Place) -> bool:
    """A day as YYYY-MM-DD."""
    try:
        good = bool(_DATE.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        good = False
    if not good:
        place(path, "date", given=text)
    return good
