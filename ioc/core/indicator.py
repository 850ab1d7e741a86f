"""Indicators: views over cells and entity counts, declared in ``profiles/<province>/indicators/*.yaml``.

A measure takes cells or entities of one feed, filtered by ``where`` (dimension → accepted values):

=========  ============================================================================================
count      events in the window
sum, mean, min, max   of ``number`` over the cells of the window
last       newest ``number`` by event time (over all that pass the filter: the worst or the sum, see ``across``)
distinct   how many different values of dimension ``of`` were seen in the window
open       entities open now
overdue    open entities whose due time has passed
due_soon   open entities due within ``within`` (default the profile's): a duration, or ``2wd`` for working days
age        mean age of open entities, in ``unit`` hours
ratio      100 × ``measure`` ÷ ``base`` (both :class:`Measure`)
state      a number of the live entities' states: ``across`` of field ``number``
reported   newest value of the entity ``code`` of a feed of reported indicators
=========  ============================================================================================
"""

from __future__ import annotations

from typing import Literal

from ioc.core.contract import Strict, Text

MeasureKind = Literal[
    "count", "sum", "mean", "min", "max", "last", "distinct",
    "open", "overdue", "due_soon", "age", "state", "reported",
]  # fmt: skip


class Measure(Strict, frozen=True, kw_only=True):
    """One quantity over one feed. ``window``: now, today, week, month, or a duration (15m, 1h, 24h)."""

    kind: MeasureKind
    feed: str
    where: dict[str, list[str]] = {}
    number: str | None = None
    of: str | None = None
    across: Literal["sum", "mean", "min", "max"] = "sum"
    window: str = "today"
    within: str = ""
    code: str | None = None


class Threshold(Strict, frozen=True, kw_only=True):
    """A limit with its legal basis. ``above``/``below`` state when the priority holds; ``valid_from`` is a date."""

    priority: Literal["critical", "high", "low"]
    above: float | None = None
    below: float | None = None
    basis: str = ""
    valid_from: str = ""


class Target(Strict, frozen=True, kw_only=True):
    """What is aimed at: ``at_least`` or ``at_most``, with its basis (a plan, a decision)."""

    at_least: float | None = None
    at_most: float | None = None
    basis: str = ""
    due: str = ""


class Indicator(Strict, frozen=True, kw_only=True):
    """One indicator. ``measure`` alone, or 100 × ``measure`` ÷ ``base`` when ``base`` is given.

    ``group`` is one of the profile's groups (a module), ``category`` one of the five of 7146/VPCP-KSTT: input,
    process, result, impact, composite. ``by`` lists the dimensions it may be broken down by; ``area`` draws a map.
    ``better`` says which direction is good. ``decimals`` are shown. ``per`` scales (per 1,000 people …).
    """

    id: str
    title: Text
    short: Text = {}
    group: str
    category: Literal["input", "process", "result", "impact", "composite"] = "result"
    unit: Text
    decimals: int = 0
    scale: float = 1.0
    measure: Measure
    base: Measure | None = None
    by: list[str] = []
    better: Literal["higher", "lower", "neutral"] = "neutral"
    target: Target | None = None
    thresholds: list[Threshold] = []
    source: Text
    owner: str
    cadence: str = ""
    formula: Text
    basis: str = ""
    standard_ref: str = ""
