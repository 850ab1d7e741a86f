"""Administrative units and organisations: versioned data, because codes are reused after a merger."""

from __future__ import annotations

from typing import Literal

from ioc.core.contract import Strict, Text


class Area(Strict, frozen=True, kw_only=True):
    """One unit in one period. ``code`` + ``valid_from`` is the key (GSO codes; ``valid_to`` empty: still valid).

    ``level`` counts from 0 (the province); ``population`` in persons, ``area_km2`` in km², 0 where not known.
    ``lat``/``lon`` is a point inside, for labels.
    """

    code: str
    name: str
    level: int
    kind: str
    parent: str
    valid_from: str
    valid_to: str = ""
    population: int = 0
    area_km2: float = 0.0
    lat: float = 0.0
    lon: float = 0.0


class Crosswalk(Strict, frozen=True, kw_only=True):
    """Share ``weight`` (0..1] of the old unit that went to the new one; ``basis`` says how it is known."""

    old: str
    old_valid_from: str
    new: str
    new_valid_from: str
    weight: float
    basis: str


class Organisation(Strict, frozen=True, kw_only=True):
    """One organisation. ``names`` are the other spellings under which events name it."""

    code: str
    name: Text
    short: Text = {}
    kind: Literal["province", "department", "district", "commune", "company", "other"] = "department"
    area: str = ""
    head: Text = {}
    names: list[str] = []


class AlarmLevel(Strict, frozen=True, kw_only=True):
    """One alarm level of a station's metric (river: báo động I, II, III), in the metric's unit."""

    name: Text
    value: float
    priority: Literal["critical", "high", "low"]


class Station(Strict, frozen=True, kw_only=True):
    """One measuring station and its alarm levels by metric."""

    id: str
    name: str
    kind: Literal["river", "rain", "air", "water"]
    river: str = ""
    area: str
    lat: float
    lon: float
    metrics: list[str]
    alarms: dict[str, list[AlarmLevel]] = {}
    basis: str = ""
