"""What a feed contract must hold to beyond its shape."""

from __future__ import annotations

import re

from ioc.core.check_context import ENVELOPE, Context, FeedFacts
from ioc.core.check_document import Path, Place
from ioc.core.check_reporting import check_reporting
from ioc.core.contract import SCALARS, Entity, FeedContract, Field, NotationError, Ranges, parse_field, seconds
from ioc.core.entry_mapping import BESIDE
from ioc.core.workdays import working_days

AREA_CODE = "areacode"
MOMENTS = ("time", "date")
FIGURES = ("int", "number")
COUNTED_BY = ("code", "org", "text", "bool", "int", "period")  # others take endlessly many values
MOST_PARTITIONS = 1024

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\??")
_SOURCE = re.compile(r"urn:vn:[a-z0-9][a-z0-9-]*(:[A-Za-z0-9][A-Za-z0-9._-]*)+")
_KIND = re.compile(r"^\[?(\$?[A-Za-z_]+)\]?\??(?:\s|,|$)")


def check_feed(contract: FeedContract, place: Place, context: Context) -> FeedFacts:
    """Check one contract; what the rest may refer to."""
    facts = FeedFacts(contract, _fields(contract, place))
    _head(contract, place, context)
    _cells(facts, place)
    _rules(facts, place)
    if contract.ranges is not None:
        _ranges(contract.ranges, facts, place.below("ranges"))
    if contract.reporting is not None:
        check_reporting(contract.reporting, contract, place.below("reporting"), context)
    _entity(contract.entity, facts, place.below("entity"))
    return facts


def check_duration(text: str, path: Path, place: Place) -> None:
    """A duration in the short form or in ISO 8601."""
    try:
        seconds(text)
    except NotationError:
        place(path, "duration", given=text)


def check_horizon(text: str, path: Path, place: Place) -> None:
    """How far ahead: a duration, or a number of working days."""
    if working_days(text) is None:
        check_duration(text, path, place)


def _head(contract: FeedContract, place: Place, context: Context) -> None:
    if not _NAME.fullmatch(contract.feed):
        place(("feed",), "feed_name", given=contract.feed)
    context.organisation(contract.owner, ("owner",), place)
    check_duration(contract.cadence, ("cadence",), place)
    check_duration(contract.holds, ("holds",), place)
    if not 1 <= contract.partitions <= MOST_PARTITIONS:
        place(("partitions",), "partitions", given=contract.partitions, most=MOST_PARTITIONS)
    if contract.dedupe < 1:
        place(("dedupe",), "at_least_one", given=contract.dedupe)
    for name, value in (("workday", contract.rate.workday), ("weekend", contract.rate.weekend)):
        if value < 0:
            place(("rate", name), "negative", given=value)
    if not contract.source:
        place(("source",), "no_source", prefix=context.source_prefix)
    for at, source in enumerate(contract.source):
        if not _SOURCE.fullmatch(source):
            place(("source", at), "source", given=source, prefix=context.source_prefix)


def _fields(contract: FeedContract, place: Place) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    for name, codes in contract.codes.items():
        if not codes:
            place(("codes", name), "no_codes")
        for at, code in enumerate(codes):
            if code in codes[:at]:
                place(("codes", name, at), "twice", given=code)
    for name, text in contract.fields.items():
        path = ("fields", name)
        if not _FIELD_NAME.fullmatch(name):
            place(path, "field_name", given=name)
        if name.removesuffix("?") in fields:
            place(path, "twice", given=name.removesuffix("?"))
        try:
            field = parse_field(name, text, contract.codes)
        except NotationError:
            _notation(text, contract, path, place)
            continue
        if field.low is not None and field.high is not None and field.low > field.high:
            place(path, "range_reversed", low=field.low, high=field.high)
        fields[field.name] = field
    return fields


def _notation(text: str, contract: FeedContract, path: Path, place: Place) -> None:
    """Why the notation can't be read: an unknown list, an unknown type, or else its form."""
    kind = _KIND.match(text)
    if kind and kind[1].startswith("$") and kind[1][1:] not in contract.codes:
        place.unknown(path, "code_list", kind[1][1:], contract.codes)
    elif kind and not kind[1].startswith("$") and kind[1] not in SCALARS:
        place.unknown(path, "type", kind[1], SCALARS)
    else:
        place(path, "notation", given=text)


def _cells(facts: FeedFacts, place: Place) -> None:
    contract = facts.contract
    for at, name in enumerate(contract.dimensions):
        path = ("dimensions", at)
        field = facts.fields.get(name)
        if name not in facts.names:
            place.unknown(path, "dimension", name, facts.names)
        elif field is not None and field.pii:
            place(path, "personal", given=name)
        elif field is not None and field.many:
            place(path, "many_values", given=name)
        elif field is not None and field.type not in COUNTED_BY:
            place(path, "field_type", given=name, type=field.type, wanted="/".join(COUNTED_BY))
        if name in contract.dimensions[:at]:
            place(path, "twice", given=name)
    for at, name in enumerate(contract.numbers):
        _field(name, ("numbers", at), FIGURES, facts, place)
        if name in contract.numbers[:at]:
            place(("numbers", at), "twice", given=name)


def _field(name: str, path: Path, kinds: tuple[str, ...], facts: FeedFacts, place: Place) -> None:
    """The field exists and is of one of the kinds (none: of any)."""
    field = facts.fields.get(name)
    if field is None:
        if name not in facts.unreadable:
            place.unknown(path, "field", name, facts.fields)
    elif kinds and field.type not in kinds:
        place(path, "field_type", given=name, type=field.type, wanted="/".join(kinds))


def _rules(facts: FeedFacts, place: Place) -> None:
    contract = facts.contract
    for name, derived in contract.derived.items():
        if name in facts.fields or name in ENVELOPE:
            place(("derived", name), "twice", given=name)
        for side in ("left", "right"):
            _field(getattr(derived, side), ("derived", name, side), (*MOMENTS, *FIGURES), facts, place)
    for at, order in enumerate(contract.orders):
        for side in ("earlier", "later"):
            _field(getattr(order, side), ("orders", at, side), MOMENTS, facts, place)
    if contract.coordinates is not None:
        for side in ("lat", "lon"):
            _field(getattr(contract.coordinates, side), ("coordinates", side), FIGURES, facts, place)
    for name in contract.headings:
        if name not in BESIDE:
            _field(name, ("headings", name), (), facts, place)
    for name in ("area_of", "organisation_of"):
        if value := getattr(contract, name):
            _field(value, (name,), (), facts, place)


def _ranges(ranges: Ranges, facts: FeedFacts, place: Place) -> None:
    _field(ranges.field, ("field",), FIGURES, facts, place)
    _field(ranges.by, ("by",), ("code",), facts, place)
    _field(ranges.unit, ("unit",), (), facts, place)
    codes = facts.values_of(ranges.by)
    for code, row in ranges.table.items():
        if codes and code not in codes:
            place.unknown(("table", code), "code", code, codes)
        if row.low > row.high:
            place(("table", code, "low"), "range_reversed", low=row.low, high=row.high)


def _entity(entity: Entity, facts: FeedFacts, place: Place) -> None:
    if not entity.key:
        place(("key",), "no_key")
    for at, name in enumerate(entity.key):
        if name != AREA_CODE:
            _field(name, ("key", at), (), facts, place)
    for name in ("due", "since"):
        if value := getattr(entity, name):
            _field(value, (name,), MOMENTS, facts, place)
    for at, name in enumerate(entity.by):
        if name not in facts.names:
            place.unknown(("by", at), "dimension", name, facts.names)
        elif name in facts.contract.derived and name not in facts.contract.dimensions:
            place(("by", at), "derived_by", given=name)
    for at, name in enumerate(entity.keep):
        _field(name, ("keep", at), (), facts, place)
        if name in facts.fields and facts.fields[name].pii:
            place(("keep", at), "personal", given=name)
    _status(entity, facts, place)


def _status(entity: Entity, facts: FeedFacts, place: Place) -> None:
    if entity.status is None:
        for name in ("previous", "transitions", "open"):
            if getattr(entity, name):
                place((name,), "needs_status", name=name)
        return
    _field(entity.status, ("status",), ("code",), facts, place)
    if entity.previous:
        _field(entity.previous, ("previous",), ("code",), facts, place)
    known = facts.values_of(entity.status)
    if not known:
        return
    for at, status in enumerate(entity.open):
        if status not in known:
            place.unknown(("open", at), "status", status, known)
    for old, following in entity.transitions.items():
        if old not in known:
            place.unknown(("transitions", old), "status", old, known)
        for at, new in enumerate(following):
            if new not in known:
                place.unknown(("transitions", old, at), "status", new, known)
