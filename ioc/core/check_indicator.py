"""What an indicator must hold to beyond its shape."""

from __future__ import annotations

import re

from ioc.core.check_context import AREA, STATUS, Context, FeedFacts, check_date
from ioc.core.check_document import Path, Place
from ioc.core.check_feed import check_duration, check_horizon
from ioc.core.contract import NotationError, seconds
from ioc.core.indicator import Indicator, Measure, Target, Threshold

WINDOWS = ("now", "today", "week", "month")
OVER_NUMBERS = ("sum", "mean", "min", "max", "last")
OVER_OPEN = ("open", "overdue", "due_soon", "age")
OVER_STATES = ("state", "reported")
PRIORITIES = ("low", "high", "critical")
MOST_DECIMALS = 6

_ID = re.compile(r"[a-z0-9][a-z0-9_-]*")


def check_id(identity: str, path: Path, place: Place) -> None:
    """The name of an indicator, a wall, a layer or a panel: it becomes part of addresses and keys."""
    if not _ID.fullmatch(identity):
        place(path, "id", given=identity)


def check_indicator(indicator: Indicator, place: Place, context: Context) -> None:
    check_id(indicator.id, ("id",), place)
    if indicator.group not in context.names["groups"]:
        place.unknown(("group",), "group", indicator.group, context.names["groups"])
    context.organisation(indicator.owner, ("owner",), place)
    check_duration(indicator.cadence, ("cadence",), place)
    if not 0 <= indicator.decimals <= MOST_DECIMALS:
        place(("decimals",), "decimals", given=indicator.decimals, most=MOST_DECIMALS)
    facts = [_measure(indicator.measure, place.below("measure"), context)]
    if indicator.base is not None:
        facts.append(_measure(indicator.base, place.below("base"), context))
    measures = [indicator.measure, *([indicator.base] if indicator.base is not None else [])]
    for at, name in enumerate(indicator.by):
        for fact, measure in zip(facts, measures, strict=True):
            if fact is not None and name not in _broken_down(measure, fact):
                place.unknown(("by", at), "dimension", name, _broken_down(measure, fact))
                break
    if indicator.target is not None:
        _target(indicator.target, indicator.better, place.below("target"))
    _thresholds(indicator.thresholds, indicator.better, place)


def _broken_down(measure: Measure, facts: FeedFacts) -> list[str]:
    """The names by which the measure may be broken down."""
    if measure.kind in OVER_OPEN:
        return facts.contract.entity.by
    if measure.kind in OVER_STATES:
        return [*facts.contract.entity.keep, AREA]
    return facts.contract.dimensions


def _filtered(measure: Measure, facts: FeedFacts) -> list[str]:
    """The names by which the measure may be filtered."""
    if measure.kind in OVER_STATES:
        return list(dict.fromkeys([*facts.contract.entity.keep, STATUS]))
    return _broken_down(measure, facts)


def _measure(measure: Measure, place: Place, context: Context) -> FeedFacts | None:
    _window(measure, place)
    if not context.named("feeds", measure.feed, ("feed",), place):
        return None
    facts = context.feeds.get(measure.feed)
    if facts is None:
        return None
    _number(measure, facts, place)
    _entity_of(measure, facts, place)
    filters = _filtered(measure, facts)
    for name, values in measure.where.items():
        if name not in filters:
            place.unknown(("where", name), "dimension", name, filters)
        else:
            known = facts.values_kept(name) if measure.kind in OVER_STATES else facts.values_of(name)
            _values(name, values, known, place, context)
    if measure.kind == "distinct" and measure.of is not None and measure.of not in filters:
        place.unknown(("of",), "dimension", measure.of, filters)
    return facts


def _window(measure: Measure, place: Place) -> None:
    if measure.window not in WINDOWS:
        try:
            length = seconds(measure.window)
        except NotationError:
            length = 0.0
        if length <= 0:
            place(("window",), "window", given=measure.window)
    check_horizon(measure.within, ("within",), place)


def _number(measure: Measure, facts: FeedFacts, place: Place) -> None:
    """A measure names a number exactly where it takes one."""
    contract = facts.contract
    if measure.kind in OVER_NUMBERS:
        _needed(measure, "number", contract.numbers, "number", place)
    elif measure.kind == "state":
        _needed(measure, "number", contract.entity.keep, "kept", place)
    elif measure.kind == "distinct" and measure.of is None:
        place((), "needs", kind=measure.kind, name="of")
    elif measure.kind == "reported":
        _reported(measure, facts, place)
    elif measure.number is not None and measure.kind not in OVER_STATES:
        place(("number",), "no_number", kind=measure.kind)


def _reported(measure: Measure, facts: FeedFacts, place: Place) -> None:
    """A reported indicator is found by its code among the entities; ``value`` is its number unless named."""
    if measure.code is None:
        place((), "needs", kind=measure.kind, name="code")
    for name in ("code", measure.number or "value"):
        if name not in facts.contract.entity.keep:
            place(("kind",), "entity_lacks", kind=measure.kind, feed=measure.feed, name=f"keep: [{name}]")


def _needed(measure: Measure, name: str, known: list[str], what: str, place: Place) -> None:
    if measure.number is None:
        place((), "needs", kind=measure.kind, name=name)
    elif measure.number not in known:
        place.unknown((name,), what, measure.number, known)


def _entity_of(measure: Measure, facts: FeedFacts, place: Place) -> None:
    entity = facts.contract.entity
    if measure.kind in ("overdue", "due_soon") and entity.due is None:
        place(("kind",), "entity_lacks", kind=measure.kind, feed=measure.feed, name="due")
    if measure.kind == "age" and entity.since is None:
        place(("kind",), "entity_lacks", kind=measure.kind, feed=measure.feed, name="since")
    if measure.kind in OVER_STATES and not entity.live:
        place(("kind",), "entity_lacks", kind=measure.kind, feed=measure.feed, name="live: true")


def _values(name: str, values: list[str], known: tuple[str, ...], place: Place, context: Context) -> None:
    for at, value in enumerate(values):
        if name == AREA:
            context.area(value, ("where", name, at), place)
        elif known and value and value not in known:
            place.unknown(("where", name, at), "code", value, known)
    if not values:
        place(("where", name), "empty_filter")


def _target(target: Target, better: str, place: Place) -> None:
    if (target.at_least is None) == (target.at_most is None):
        place((), "one_side", first="at_least", second="at_most")
    elif better == "higher" and target.at_most is not None:
        place(("at_most",), "direction", better=better, right="at_least")
    elif better == "lower" and target.at_least is not None:
        place(("at_least",), "direction", better=better, right="at_most")
    if target.due:
        check_date(target.due, ("due",), place)


def _thresholds(thresholds: list[Threshold], better: str, place: Place) -> None:
    for at, threshold in enumerate(thresholds):
        below = place.below("thresholds", at)
        if (threshold.above is None) == (threshold.below is None):
            below((), "one_side", first="above", second="below")
        elif better == "higher" and threshold.above is not None:
            below(("above",), "direction", better=better, right="below")
        elif better == "lower" and threshold.below is not None:
            below(("below",), "direction", better=better, right="above")
        if threshold.valid_from:
            check_date(threshold.valid_from, ("valid_from",), below)
    for side, sign in (("above", 1), ("below", -1)):
        _order(thresholds, side, sign, place)


def _order(thresholds: list[Threshold], side: str, sign: int, place: Place) -> None:
    """Of the limits valid from one day, a graver one lies further out, and each priority has one limit."""
    limits = [(at, limit) for at, limit in enumerate(thresholds) if getattr(limit, side) is not None]
    for at, limit in limits:
        for _, other in limits:
            if other is limit or other.valid_from != limit.valid_from:
                continue
            rank, others = PRIORITIES.index(limit.priority), PRIORITIES.index(other.priority)
            value, bound = getattr(limit, side), getattr(other, side)
            if rank > others and sign * value <= sign * bound:
                place(("thresholds", at, side), "order", priority=limit.priority, value=value,
                      other=other.priority, bound=bound)  # fmt: skip
            elif rank == others and thresholds.index(other) < at:
                place(("thresholds", at, "priority"), "twice", given=limit.priority)
