"""The part of an event that repeats: codes, organisation, area, dimensions. Judged once for each combination.

A feed sends few combinations of source, station, metric, agency, status … and endlessly many ids, times and numbers.
The first kind is judged here, at leisure, and remembered; the second is checked for each event in ``ioc.core.event``.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from ioc.core.cell import SEPARATOR
from ioc.core.contract import FeedContract, Field, Range
from ioc.core.places import Places
from ioc.core.refusal import Refusal, quarantined, rejected
from ioc.core.shape import UNSET, is_date
from ioc.core.text import LONGEST_LINE, one_line

ENVELOPE = ("source", "areacode", "areaasof", "orgcode", "entry", "mode", "type", "datacontenttype", "specversion")
JSON_TYPES = ("application/json", "application/cloudevents+json")
CAP_TYPES = ("application/cap+xml", "application/xml", "text/xml")
MOST_LINES = 20_000
MODES = ("actual", "exercise", "test")


class Who:
    """Whose events they are: source, organisation and area. One object for each, so that counting is quick.

    ``untidy``: a name or code isn't written as the profile has it. ``manual``: they were typed in.
    """

    __slots__ = ("area", "manual", "organisation", "source", "untidy")

    def __init__(self, source: str, organisation: str, area: str, untidy: bool = False, manual: bool = False) -> None:
        self.source = source
        self.organisation = organisation
        self.area = area
        self.untidy = untidy
        self.manual = manual


class Plan:
    """What one combination means: where its events count, and how their numbers are judged.

    ``refusal`` is set when the combination itself is refused. ``values`` are the dimension values, None where they are
    derived from times or numbers of each event.
    """

    __slots__ = (
        "also", "area", "codes", "key", "manual", "mode", "organisation", "places", "previous", "range", "refusal",
        "source", "status", "values", "who",
    )  # fmt: skip

    def __init__(self) -> None:
        self.source = self.area = self.organisation = ""
        self.mode = "actual"
        self.manual = False
        self.status: str | None = None
        self.previous: str | None = None
        self.range: Range | None = None
        self.refusal: Refusal | None = None
        self.who = Who("", "", "")
        self.key: str | None = None
        self.values: list[str | None] = []
        self.also: dict[str, str] = {}
        self.codes: dict[str, str] = {}
        self.places: dict[tuple[str, ...], tuple[str, list[str]]] = {}

    def place(self, derived: tuple[str, ...], names: list[str], by: list[str]) -> tuple[str, list[str]]:
        """Tail of the cell address, and values of the ``by`` dimensions, for one set of derived values."""
        rest = iter(derived)
        values = [next(rest) if value is None else value for value in self.values]
        held = self.also | dict(zip(names, values, strict=True))
        found = (SEPARATOR + SEPARATOR.join(values) if values else "", [held[name] for name in by])
        self.places[derived] = found
        return found


class Planner:
    """Makes the plans of one contract under one profile."""

    def __init__(self, contract: FeedContract, fields: dict[str, Field], places: Places) -> None:
        self.contract = contract
        self.fields = fields
        self.places = places
        self.apart = _apart(contract, fields)
        self.fixed = _fixed_fields(contract, fields, self.apart)
        together = attrgetter(*ENVELOPE, *(f"data.{name}" for name in self.fixed))
        self.together: Callable[[Any], tuple[Any, ...]] = together
        self._whos: dict[tuple[str, str, str, bool, bool], Who] = {}
        self._lines: dict[str, tuple[str, str, str]] = {}
        self.type = f"vn.ioc.{contract.feed}.v1"
        self.sources = frozenset(contract.source)

    def plan(self, combination: tuple[Any, ...]) -> Plan:
        """Judge one combination, taken from an event by ``together``; what is absent is UNSET."""
        head = dict(zip(ENVELOPE, combination, strict=False))
        fixed = zip(self.fixed, combination[len(ENVELOPE) :], strict=True)
        body = {name: value for name, value in fixed if value is not UNSET}
        plan = Plan()
        plan.source = head["source"]
        plan.manual = head["entry"] == "manual"
        plan.mode = head["mode"] if head["mode"] in MODES else "actual"
        try:
            self._check_head(head)
            self._fill(plan, head, body)
        except Refusal as refusal:
            refusal.plan = plan
            plan.refusal = refusal
        untidy = plan.refusal is None and self._untidy(plan, head, body)
        place = (plan.source, plan.organisation, plan.area, untidy, plan.manual)
        plan.who = self._whos.setdefault(place, Who(*place))
        return plan

    def line(self, value: Any) -> str:
        """A text as it is counted; empty where it is absent."""
        return self._line(value)[0] if value.__class__ is str else ""

    def _check_head(self, head: dict[str, Any]) -> None:
        if head["specversion"] != "1.0":
            raise rejected("envelope", f"specversion={head['specversion'][:20]!r} wanted='1.0'")
        if head["type"] != self.type:
            raise rejected("envelope", f"type={head['type'][:80]!r} wanted={self.type!r}")
        kind = head["datacontenttype"]
        wanted = CAP_TYPES if self.contract.payload == "cap" else JSON_TYPES
        if isinstance(kind, str) and kind.partition(";")[0].strip().lower() not in wanted:
            raise rejected("envelope", f"datacontenttype={kind[:60]!r} wanted={wanted[0]!r}")
        for name, codes in (("entry", ("auto", "manual")), ("mode", MODES)):
            if isinstance(head[name], str) and head[name] not in codes:
                raise quarantined("unknown_enum", f"{name}={head[name][:40]!r} wanted={'|'.join(codes)}")
        if isinstance(head["areaasof"], str) and not is_date(head["areaasof"][:10]):
            raise rejected("bad_time", "areaasof: wanted=YYYY-MM-DD")

    def _fill(self, plan: Plan, head: dict[str, Any], body: dict[str, Any]) -> None:
        contract = self.contract
        plan.codes = self._codes(body)
        plan.organisation = self._organisation(head, body)
        plan.area = self._area(head, body)
        if head["source"] not in self.sources:
            raise quarantined("unknown_source", f"source={head['source'][:80]!r}")
        self._check_codes(body)
        if isinstance(head["areacode"], str) and not plan.area:
            raise quarantined("unknown_enum", f"areacode={head['areacode'][:20]!r}")
        if contract.ranges is not None:
            plan.range = contract.ranges.table.get(plan.codes.get(contract.ranges.by, ""))
            unit = body.get(contract.ranges.unit)
            if plan.range is not None and plan.range.unit and unit is not None and not same_unit(unit, plan.range.unit):
                raise quarantined("unit_mismatch", f"unit={unit[:20]!r} wanted={plan.range.unit!r}")
        if contract.entity.status is not None:
            plan.status = plan.codes.get(contract.entity.status)
        if contract.entity.previous is not None:
            plan.previous = plan.codes.get(contract.entity.previous)
        plan.values = [self._dimension(name, plan) for name in contract.dimensions]
        plan.also = {name: self._dimension(name, plan) or "" for name in contract.entity.by}
        if all(name in plan.codes for name in contract.entity.key):
            plan.key = self._key(plan.codes, body)

    def _key(self, codes: dict[str, str], body: dict[str, Any]) -> str:
        """The entity id, where it repeats as well. Raises Refusal: cut short, two entities would be one."""
        names = self.contract.entity.key
        if not codes[names[0]] or any(len(str(body[name])) > LONGEST_LINE for name in names):
            raise rejected("schema", f"{names[0]}: wanted=1..{LONGEST_LINE} characters")
        return "/".join(codes[name] for name in names)

    def _codes(self, body: dict[str, Any]) -> dict[str, str]:
        """Every fixed value as the text by which it is counted; an organisation as its code where it is known."""
        found = {}
        for name, value in body.items():
            if value is None:
                continue
            if isinstance(value, bool):
                found[name] = "yes" if value else "no"
                continue
            text, organisation, _ = self._line(str(value))
            named = name == self.contract.organisation_of or self.fields[name].type == "org"
            found[name] = organisation if named and organisation else text
        return found

    def _line(self, text: str) -> tuple[str, str, str]:
        """A text on one line, and the organisation and the area that it names, or empty; remembered."""
        known = self._lines.get(text)
        if known is None:
            if len(self._lines) >= MOST_LINES:
                self._lines.clear()
            line = one_line(text)
            known = self._lines[text] = (line, self.places.organisation(line), self.places.area_by(line))
        return known

    def _check_codes(self, body: dict[str, Any]) -> None:
        for name, value in body.items():
            field = self.fields[name]
            if field.type != "code" or value is None or not field.codes:
                continue
            if value not in field.codes:
                raise quarantined("unknown_enum", f"{name}={str(value)[:40]!r} wanted={'|'.join(field.codes)[:200]}")

    def _organisation(self, head: dict[str, Any], body: dict[str, Any]) -> str:
        if isinstance(head["orgcode"], str):
            found = self._line(head["orgcode"])[1]
            if found:
                return found
        named = body.get(self.contract.organisation_of or "")
        return self._line(named)[1] if isinstance(named, str) else ""

    def _area(self, head: dict[str, Any], body: dict[str, Any]) -> str:
        if isinstance(head["areacode"], str):
            as_of = head["areaasof"][:10] if isinstance(head["areaasof"], str) else None
            return self.places.area(head["areacode"], as_of)
        named = body.get(self.contract.area_of or "")
        return self._line(named)[2] if isinstance(named, str) else ""

    def _untidy(self, plan: Plan, head: dict[str, Any], body: dict[str, Any]) -> bool:
        """Whether a text isn't in its plain form, or names a unit otherwise than the profile writes it.

        A name that fits no unit is untidy too, unless codes beside it tell whose the event is.
        """
        if any(isinstance(text, str) and one_line(text) != text for text in (*body.values(), head["orgcode"])):
            return True
        nowhere = not (plan.organisation or plan.area)
        for name in (self.contract.organisation_of, self.contract.area_of):
            text = body.get(name or "")
            if isinstance(text, str) and not self.places.written(text):
                _, organisation, area = self._line(text)
                if nowhere or organisation or area:
                    return True
        return False

    def _dimension(self, name: str, plan: Plan) -> str | None:
        if name in self.contract.derived:
            return None
        if name in ("area", "organisation", "source", "mode"):
            return str(getattr(plan, name))
        if name == "entry":
            return "manual" if plan.manual else "auto"
        return plan.codes.get(name, "")


def same_unit(found: str, wanted: str) -> bool:
    """µ has two code points, and ³ is written 3 on some loggers."""
    return _plain_unit(found) == _plain_unit(wanted)


def _plain_unit(unit: str) -> str:
    plain = one_line(unit).replace("\u00b5", "\u03bc").replace("³", "3").replace("²", "2").replace(" ", "")
    return plain.replace("l", "L")


def _apart(contract: FeedContract, fields: dict[str, Field]) -> list[str]:
    """Free texts by which only entities are counted: in combinations with all the rest they would be too many."""
    elsewhere = {*contract.dimensions, *contract.entity.key, contract.organisation_of, contract.area_of}
    return [
        name
        for name in contract.entity.by
        if name in fields and fields[name].type == "text" and not fields[name].many and name not in elsewhere
    ]


def _fixed_fields(contract: FeedContract, fields: dict[str, Field], apart: list[str]) -> list[str]:
    """The fields that repeat: code lists, organisations, truth values, dimensions and what finds place and unit."""
    roles = {*contract.dimensions, *contract.entity.by, contract.organisation_of, contract.area_of}
    roles |= {contract.entity.status, contract.entity.previous}
    roles -= set(apart)
    if contract.ranges is not None:
        roles |= {contract.ranges.by, contract.ranges.unit}
    return [
        name
        for name, field in fields.items()
        if not field.many and (field.type in ("code", "org", "bool") or name in roles)
    ]
