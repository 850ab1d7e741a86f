"""Foreign objects into the data of events, by a declared mapping.

Nothing is dropped here. What can't be made right is passed on as it came, so that the feed's own validation refuses
it with the same reason, where its owner sees it and can have it replayed; the faults found are told beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal, DecimalException
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from xxhash import xxh3_128_hexdigest

from ioc.core.contract import FeedContract, Field
from ioc.core.foreign_time import read_time
from ioc.core.source import Mapping, Rule, Written

ABSENT: Any = msgspec.UNSET
PART = re.compile(r"\{([^{}]*)\}")
UNFIT = (ValueError, TypeError, DecimalException)  # a value can't be what it should
FIGURES = ("int", "number")
MOMENTS = ("time", "date")
_IDENTIFIER = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_FIGURE = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?")
_LONGEST_FIGURE = 60
_MARGIN = 50  # levels of nesting
_canonical = msgspec.json.Encoder(order="deterministic").encode


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What a value lacked. ``reason`` is that of the refusal to expect (``ioc.core.outcome``)."""

    field: str
    reason: str
    found: str = ""


class Mapped(msgspec.Struct, frozen=True, kw_only=True):
    """One foreign object as parts of an event. ``at`` is the event time in POSIX seconds, ``time`` its text."""

    id: str
    time: str
    at: float
    data: Any
    subject: str = ""  # empty: the entity's key
    area: str = ""
    organisation: str = ""
    faults: tuple[Fault, ...] = ()


def identifier(text: str) -> str:
    """The text where it may be an event's id, else its digest: other texts have other ids."""
    return text if _IDENTIFIER.fullmatch(text) else xxh3_128_hexdigest(text.encode("utf-8", "surrogatepass"))


def digest(value: Any) -> str:
    """The same for equal values, whatever the order of their keys."""
    return xxh3_128_hexdigest(_canonical(value))


def document(raw: bytes | str) -> Any:
    """A JSON document as plain values, integers of any size exact. Raises ValueError; too deep is no document."""
    try:
        value = probe = msgspec.json.decode(raw)
        for _ in range(_MARGIN):
            probe = [probe]
        _canonical(probe)  # what was read can be written again, also from deeper in the program
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)[:80]) from error
    return value


def look_up(value: Any, parts: Iterable[str]) -> Any:
    """What a path leads to, or :data:`ABSENT`."""
    for part in parts:
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return ABSENT
    return value


def path_parts(path: str) -> tuple[str, ...]:
    """``a.0.b`` → its parts; ``.`` is the object itself."""
    return () if path == "." else tuple(path.split("."))


def as_text(value: Any) -> str:
    """A scalar as codes and templates write it: ``true``, ``12``, ``1.5``; others as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return _canonical(value).decode()


class Reader:
    """A mapping made ready for one contract. ``zone`` is that of times without offset."""

    def __init__(self, mapping: Mapping, contract: FeedContract, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        fields = contract.parsed()
        self._fields = [
            (name, self._getter(written), _rule(written), fields[name]) for name, written in mapping.fields.items()
        ]
        self._required = {field.name for field in fields.values() if field.required and not field.nullable}
        self._time = mapping.time
        self._get_time = self._getter(mapping.time) if mapping.time is not None else None
        self._get_area = self._getter(mapping.area) if mapping.area is not None else None
        self._get_organisation = self._getter(mapping.organisation) if mapping.organisation is not None else None
        self._identify = _template(mapping.id) if mapping.id else None

    def read(self, item: Any, received: float) -> Mapped:
        """The event's parts. ``received``, POSIX seconds, is the event time of an object that has none."""
        faults: list[Fault] = []
        data: dict[str, Any] = {}
        for name, get, rule, field in self._fields:
            value = self._value(get(item), rule, field, faults)
            if value is not ABSENT:
                data[name] = value
        time, at = self._moment(item, received, faults)
        return Mapped(
            id=self._id(item, time),
            time=time,
            at=at,
            data=data,
            area=_code(self._get_area, item),
            organisation=_code(self._get_organisation, item),
            faults=tuple(faults),
        )

    def _getter(self, written: Written) -> Callable[[Any], Any]:
        """Takes the value out of an object, with ``map`` and ``default``; unknown codes come through as they are."""
        rule = _rule(written)
        take = _take(rule)
        codes, default = rule.map, ABSENT if rule.default is None else rule.default

        def get(item: Any) -> Any:
            value = take(item)
            if value is ABSENT or value is None:
                return value if default is ABSENT else default
            if not codes:
                return value
            known = codes.get(as_text(value), default)
            return value if known is ABSENT else known

        return get

    def _value(self, value: Any, rule: Rule, field: Field, faults: list[Fault]) -> Any:
        """The value in the field's type; as it came, with a fault, where it can't be."""
        if value is ABSENT or value is None:
            if field.name in self._required:
                faults.append(Fault(field=field.name, reason="schema"))
            return value
        try:
            if field.many and isinstance(value, list):
                return [self._shaped(item, rule, field) for item in value]
            return self._shaped(value, rule, field)
        except UNFIT:
            reason = "bad_time" if field.type in MOMENTS else "wrong_type"
            faults.append(Fault(field=field.name, reason=reason, found=as_text(value)[:40]))
            return value

    def _shaped(self, value: Any, rule: Rule, field: Field) -> Any:
        if field.type in FIGURES:
            return figure(value, rule, whole=field.type == "int")
        if field.type in MOMENTS:
            moment = self._read(value, rule)
            return moment.date().isoformat() if field.type == "date" else moment.isoformat()
        if field.type == "bool":
            if not isinstance(value, bool):
                raise TypeError(as_text(value)[:40])
            return value
        if isinstance(value, bool | dict | list):
            raise TypeError(as_text(value)[:40])
        return as_text(value)

    def _read(self, value: Any, rule: Rule) -> datetime:
        return read_time(value, rule.format, ZoneInfo(rule.zone) if rule.zone else self._zone)

    def _moment(self, item: Any, received: float, faults: list[Fault]) -> tuple[str, float]:
        if self._get_time is None or self._time is None:
            return datetime.fromtimestamp(received, self._zone).isoformat(), received
        value = self._get_time(item)
        try:
            moment = self._read(value, _rule(self._time))
        except UNFIT:
            found = "absent" if value is ABSENT else as_text(value)[:40]
            faults.append(Fault(field="time", reason="bad_time", found=found))
            return found, received
        return moment.isoformat(), moment.timestamp()

    def _id(self, item: Any, time: str) -> str:
        """The template's text; without one, or with a hole in it, a digest of the object and its time."""
        text = self._identify(item) if self._identify is not None else ABSENT
        return digest([item, time]) if text is ABSENT else identifier(text)


def figure(value: Any, rule: Rule, *, whole: bool) -> int | float:
    """A number, or a text that is one, scaled. Integers stay exact. Raises :data:`UNFIT`."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(as_text(value)[:40])
    text = _plain(value, rule.decimal) if isinstance(value, str) else ""
    if rule.scale != 1.0 or rule.offset != 0.0:
        scaled = Decimal(text or str(value)) * Decimal(str(rule.scale)) + Decimal(str(rule.offset))
        number: int | float = float(scaled)
    elif text:
        number = int(text) if text.lstrip("+-").isdigit() else float(text)
    else:
        number = value  # type: ignore[assignment]
    if isinstance(number, float) and number - number != 0:
        raise ValueError(as_text(value)[:40])
    return int(number) if whole and isinstance(number, float) and number.is_integer() else number


def _plain(text: str, mark: str) -> str:
    """The figure as Python writes it: ``1.234,5`` with the mark ``,`` is ``1234.5``. Raises ValueError."""
    plain = text.strip()
    if mark == ",":
        plain = plain.replace(".", "").replace(",", ".")
    if len(plain) > _LONGEST_FIGURE or not _FIGURE.fullmatch(plain):
        raise ValueError(text[:40])
    return plain


def _rule(written: Written) -> Rule:
    return Rule(path=written) if isinstance(written, str) else written


def _take(rule: Rule) -> Callable[[Any], Any]:
    if rule.template:
        return _template(rule.template)
    if rule.const is not None:
        return lambda _: rule.const
    parts = path_parts(rule.path)
    return lambda item: look_up(item, parts)


def _template(text: str) -> Callable[[Any], Any]:
    """Fills a template; :data:`ABSENT` when one of its paths leads nowhere."""
    pieces = PART.split(text)
    texts, paths = pieces[::2], [path_parts(path) for path in pieces[1::2]]

    def fill(item: Any) -> Any:
        values = [look_up(item, parts) for parts in paths]
        if any(value is ABSENT or value is None for value in values):
            return ABSENT
        return texts[0] + "".join(as_text(value) + after for value, after in zip(values, texts[1:], strict=True))

    return fill


def _code(get: Callable[[Any], Any] | None, item: Any) -> str:
    value = get(item) if get is not None else ABSENT
    return "" if value is ABSENT or value is None else as_text(value)
