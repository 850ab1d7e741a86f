"""A contract's envelope and data as msgspec structs: one typed decode at C speed does most of the validation.

There are two of each: strict for the fast way, loose for what has to be judged with care.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec

from ioc.core.contract import FeedContract, Field

UNSET = msgspec.UNSET
EXACT = float(2**63)  # integers beyond can't be carried exactly
EARLIEST = datetime(1, 1, 3, tzinfo=UTC).timestamp()  # beyond, a clock of some zone has no year for it
LATEST = datetime(9999, 12, 29, tzinfo=UTC).timestamp()
TEXTS = ("text", "code", "org", "time", "date", "period", "duration", "url")

# What CloudEvents and its registered extensions may carry besides the contract's own attributes.
PASSED_BY = ("dataschema", "traceparent", "tracestate", "partitionkey", "correlationid", "recordedtime", "dataref")
EXTENSIONS = ("areacode", "areaasof", "orgcode", "entry", "mode", "expiresat")

_MOMENT = msgspec.json.Decoder(Annotated[datetime, msgspec.Meta(tz=True)])
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_PERIOD = re.compile(r"(\d{4})(-Q[1-4]|-(0[1-9]|1[0-2])(-\d{2})?)?")
_DURATION = re.compile(r"P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")
_MINUTES = {f"T{hour:02}:{minute:02}": 60.0 * (60 * hour + minute) for hour in range(24) for minute in range(60)}
_SECONDS = {f":{second:02}": float(second) for second in range(60)}
_OFFSET = re.compile(r"[+-]\d\d:\d\d|Z", re.ASCII)
_URL = re.compile(r"https?://[^\s/?#]+[^\s]*", re.IGNORECASE)


class Times(dict[str, float]):
    """RFC 3339 text with an offset → POSIX seconds; remembers what it read. Raises ValueError.

    Most seconds come once, but their days, minutes and offsets come again and again: a text of known parts is the sum
    of what they stand for, which is five times quicker than reading it.
    """

    LIMIT = 20_000

    def __init__(self) -> None:
        super().__init__()
        self._days: dict[str, float] = {}
        self._offsets: dict[str, float] = {}

    def __missing__(self, text: str) -> float:
        try:
            moment = self._days[text[:10]] + _MINUTES[text[10:16]] + _SECONDS[text[16:19]] - self._offsets[text[19:]]
        except KeyError:
            moment = self._read(text)
        if len(self) >= self.LIMIT:
            self.clear()
        self[text] = moment
        return moment

    def _read(self, text: str) -> float:
        if len(text) > 40 or '"' in text or "\\" in text or text[10:11] not in ("T", "t"):
            raise ValueError(text[:40])
        read: datetime = _MOMENT.decode(f'"{text}"')
        if not EARLIEST <= read.timestamp() <= LATEST:
            raise ValueError(text)
        if len(self._days) >= self.LIMIT:
            self._days.clear()
        self._days[text[:10]] = datetime(read.year, read.month, read.day, tzinfo=UTC).timestamp()
        offset = read.utcoffset()
        if offset is not None and _OFFSET.fullmatch(text, 19):
            self._offsets[text[19:]] = offset.total_seconds()
        return read.timestamp()


def is_date(text: str) -> bool:
    """YYYY-MM-DD of the calendar."""
    if not _DATE.fullmatch(text):
        return False
    try:
        datetime.strptime(text, "%Y-%m-%d")
    except ValueError:
        return False
    return True


def _is_period(text: str) -> bool:
    found = _PERIOD.fullmatch(text)
    return bool(found) and (len(text) < 10 or is_date(text))


FORMATS: dict[str, Callable[[str], bool]] = {
    "date": is_date,
    "period": _is_period,
    "duration": lambda text: bool(_DURATION.fullmatch(text)),
    "url": lambda text: bool(_URL.fullmatch(text)) and len(text) <= 2_048,
}


def data_struct(feed: str, fields: dict[str, Field], strict: bool) -> type[msgspec.Struct]:
    """The struct of a contract's data. An absent optional field is UNSET."""
    wanted = [(field.name, _type(field, strict), *([] if field.required else [UNSET])) for field in fields.values()]
    return msgspec.defstruct(f"{feed}_data", wanted, kw_only=True, gc=False, forbid_unknown_fields=True)


def envelope_struct(contract: FeedContract, data: Any, strict: bool) -> type[msgspec.Struct]:
    """The struct of a CloudEvents document around ``data``."""
    optional = str | None | msgspec.UnsetType
    passed = str | int | float | bool | optional  # never raw JSON: it could be nested without end
    exact: dict[str, tuple[str, ...]] = {
        "specversion": ("1.0",), "type": (f"vn.ioc.{contract.feed}.v1",), "datacontenttype": ("application/json",),
        "entry": ("auto", "manual"), "mode": ("actual", "exercise", "test"),
    }  # fmt: skip
    known: dict[str, Any] = {name: Literal[codes] for name, codes in exact.items()} if strict else {}
    wanted: list[Any] = [(name, known.get(name, str)) for name in ("specversion", "id", "source", "type", "time")]
    wanted += [("data", data)]
    for name in ("subject", "datacontenttype", *EXTENSIONS):
        wanted.append((name, known[name] | msgspec.UnsetType if name in known else optional, UNSET))
    if strict:  # a value that expires was typed in: rare, so it goes the careful way
        wanted[-1] = ("expiresat", None | msgspec.UnsetType, UNSET)
    wanted += [("sequence", int | None | msgspec.UnsetType, UNSET)]
    wanted += [(name, passed, UNSET) for name in PASSED_BY]
    return msgspec.defstruct(f"{contract.feed}_event", wanted, kw_only=True, gc=False, forbid_unknown_fields=True)


def _type(field: Field, strict: bool) -> Any:
    kind: Any = {"int": int, "number": int | float, "bool": bool}.get(field.type, str)
    if strict and field.type in ("int", "number"):
        kind = _bounded(field)
    if strict and field.codes:
        kind = Literal[field.codes]
    if field.many:
        kind = list[kind]
    if field.nullable:
        kind = kind | None
    return kind if field.required else kind | msgspec.UnsetType


def _bounded(field: Field) -> Any:
    """A number within what the field allows, or else within what is carried exactly."""
    low, high = bounds(field)
    whole = Annotated[int, msgspec.Meta(ge=max(math.ceil(low), -(2**63)), le=min(math.floor(high), 2**63 - 1))]
    if field.type == "int":
        return whole
    return whole | Annotated[float, msgspec.Meta(ge=low, le=high)]


def bounds(field: Field) -> tuple[float, float]:
    """Least and greatest value of a number."""
    return -EXACT if field.low is None else field.low, EXACT if field.high is None else field.high


def expected(field: Field, value: Any) -> bool:
    """Whether a decoded JSON value has the field's type."""
    if value is None:
        return field.nullable
    if field.many:
        return isinstance(value, list) and all(_is_scalar(field, item) for item in value)
    return _is_scalar(field, value)


def _is_scalar(field: Field, value: Any) -> bool:
    if field.type == "bool":
        return isinstance(value, bool)
    if field.type == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    if field.type == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)


def contract_structs(
    contract: FeedContract, strict: bool = True
) -> tuple[type[msgspec.Struct], type[msgspec.Struct], dict[str, Field]]:
    """Envelope struct, data struct and fields of a contract; a CAP event's data is its XML text.

    The strict ones know every code, so that decoding checks them and a code is one object with a known hash; the loose
    ones take any text, so that an unknown code can be judged.
    """
    fields = contract.parsed()
    data = data_struct(contract.feed, fields, strict)
    return envelope_struct(contract, str if contract.payload == "cap" else data, strict), data, fields
