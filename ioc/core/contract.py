"""Feed contracts as declared in ``profiles/<province>/feeds/*.yaml``: what a feed sends, and what is made of it.

Fields are written in the short notation of the event contracts, ``name[?]: type [range][, flag …]``::

    dossier_id: text
    level?: province|district|commune
    rating?: int 1..5
    applicant_phone?: text, PII
    new_status: $status          # a code list of the contract's ``codes``
    supporting?: "[org]"

Types: text, code, org, int, number, bool, time, date, period, duration, url, ``[T]`` (a list), ``a|b`` (a code list).
``number?`` as a type means that the value may be null though the field is there. Flags: PII.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec
from xxhash import xxh3_64_hexdigest

Text = dict[str, str]  # language → sentence
Name = Annotated[str, msgspec.Meta(min_length=1)]  # key of a mapping that isn't a Text

SCALARS = ("text", "code", "org", "int", "number", "bool", "time", "date", "period", "duration", "url")
_NOTATION = re.compile(
    r"^(\[)?([A-Za-z_]+|\$[a-z_]+|[A-Za-z0-9_]+(?:\|[A-Za-z0-9_]+)+)(\])?(\?)?(?:\s+(\S+)\.\.(\S+))?$"
)


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field of an event's data."""

    name: str
    type: str  # a scalar; "code" for every code list
    required: bool = True
    nullable: bool = False
    many: bool = False
    low: float | None = None
    high: float | None = None
    codes: tuple[str, ...] = ()
    pii: bool = False


class NotationError(ValueError):
    """A field isn't written in the notation; the message says what would be right."""


def parse_field(name: str, text: str, codes: dict[str, list[str]]) -> Field:
    """Read one field. ``codes`` are the contract's code lists. Raises :class:`NotationError`."""
    head, *flags = (part.strip() for part in text.split(","))
    found = _NOTATION.match(head)
    if not found:
        raise NotationError(f"'{text}' is no field type; write for example 'text', 'int 1..5', 'a|b' or '[org]'")
    opened, kind, closed, nullable, low, high = found.groups()
    if bool(opened) != bool(closed):
        raise NotationError(f"'{text}' has only one bracket; write '[{kind}]'")
    values: tuple[str, ...] = ()
    if kind.startswith("$"):
        if kind[1:] not in codes:
            raise NotationError(f"'{kind}' names no code list; codes has {sorted(codes)}")
        values, kind = tuple(codes[kind[1:]]), "code"
    elif "|" in kind:
        values, kind = tuple(kind.split("|")), "code"
    elif kind not in SCALARS:
        raise NotationError(f"'{kind}' is no type; one of {', '.join(SCALARS)}, '$list' or 'a|b'")
    unknown = [flag for flag in flags if flag != "PII"]
    if unknown:
        raise NotationError(f"'{unknown[0]}' is no flag; only PII is")
    try:
        bounds = (None, None) if low is None else (float(low), float(high))
    except ValueError:
        raise NotationError(f"'{low}..{high}' is no range; write for example '0..100'") from None
    optional = name.endswith("?")
    return Field(
        name=name.removesuffix("?"),
        type=kind,
        required=not optional,
        nullable=optional or bool(nullable),
        many=bool(opened),
        low=bounds[0],
        high=bounds[1],
        codes=values,
        pii="PII" in flags,
    )


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of everything declared in a profile: an unknown key is an error."""


class Range(Strict, frozen=True, kw_only=True):
    """Unit and plausible range of one code of a ``ranges`` table."""

    unit: str
    low: float
    high: float


class Ranges(Strict, frozen=True, kw_only=True):
    """The plausible range of ``field`` depends on the code in ``by``; ``unit`` names the unit field."""

    field: str
    by: str
    unit: str
    sentinels: list[float] = []
    table: dict[str, Range]


class Coordinates(Strict, frozen=True, kw_only=True):
    """Names of the latitude and longitude fields (WGS 84, degrees)."""

    lat: str = "lat"
    lon: str = "lon"


class Order(Strict, frozen=True, kw_only=True):
    """``earlier`` must not be after ``later`` (both times; unchecked when one is absent)."""

    earlier: str
    later: str


class Derived(Strict, frozen=True, kw_only=True):
    """A dimension computed from an event: ``yes`` when ``left`` ≤ ``right``, ``no`` when not, empty when one is absent.

    ``left`` and ``right`` name time or number fields.
    """

    left: str
    right: str


class Entity(Strict, frozen=True, kw_only=True):
    """What the events are about, and the state of it that is kept.

    ``key`` fields form the identity (joined with ``/``; ``areacode`` of the envelope may be one). ``open`` lists the
    statuses that count as open (none: everything is open until it expires); ``due`` and ``since`` name time or date
    fields. ``by`` are the dimensions of the clock-driven counts, ``keep`` the fields kept in the state. ``live`` sends
    the states to the screens: for feeds of at most some thousand entities.
    """

    key: list[str]
    status: str | None = None
    previous: str | None = None
    transitions: dict[str, list[str]] = {}
    open: list[str] = []
    due: str | None = None
    since: str | None = None
    by: list[str] = []
    keep: list[str] = []
    live: bool = False


class Rate(Strict, frozen=True, kw_only=True):
    """Events a day of a province of 2 million people; what the simulator draws from."""

    workday: float = 0
    weekend: float = 0
    shape: Literal["office", "round-the-clock", "evening", "daily"] = "round-the-clock"


class Reporting(Strict, frozen=True, kw_only=True):
    """Which units are due to send something, so that those that don't are seen.

    ``dimension`` tells the units apart: ``area``, ``organisation`` or one of the contract's dimensions. ``of`` says
    who is due: ``stations`` and ``organisations`` of the profile (of one ``kind``, where given), its ``areas`` of
    ``level``, or ``known``: whatever was seen in the last two days. Each is due once in ``every`` (at most a day), by
    default the contract's cadence; with ``workdays`` only on working days.
    """

    dimension: str
    of: Literal["stations", "organisations", "areas", "known"]
    kind: str = ""
    level: int = 1
    every: str = ""
    workdays: bool = False


class FeedContract(Strict, frozen=True, kw_only=True):
    """One feed. ``fields`` hold the short notation; :meth:`parsed` gives them as :class:`Field`.

    ``cadence`` is an ISO 8601 duration or the short form ``5m``/``1h``; empty means "when something happens" (then only
    heartbeats tell that the feed lives). ``source`` is the allow-list. ``dimensions`` are field names, derived names
    and ``area``; ``numbers`` are fields summed and compared in cells. ``dedupe`` counts the newest ids remembered in
    each partition. ``area_of`` names the field whose value finds the area when the envelope has no area code: a
    station or an organisation. ``headings`` are the columns under which a field is found in typed-in forms, the first
    one as people call it; ``time``, ``areacode`` and ``orgcode`` are those of the envelope. ``holds`` is how long a
    typed-in value holds (default: two cadences, a day at least). ``payload`` is ``cap`` where data is a CAP 1.2 XML
    text.
    ``lost_log`` says what happens when the event log has lost events that weren't read: always an alarm, and then the
    feed goes on behind them, or stops until it is rebuilt.
    """

    feed: str
    title: Text
    owner: str
    source: list[str]
    cadence: str = ""
    partitions: int = 1
    lost_log: Literal["go_on", "stop"] = "go_on"
    payload: Literal["json", "cap"] = "json"
    rate: Rate = Rate()
    dedupe: int = 100_000
    fields: dict[Name, str]
    codes: dict[str, list[str]] = {}
    dimensions: list[str] = []
    numbers: list[str] = []
    derived: dict[str, Derived] = {}
    ranges: Ranges | None = None
    coordinates: Coordinates | None = None
    orders: list[Order] = []
    area_of: str | None = None
    organisation_of: str | None = None
    reporting: Reporting | None = None
    headings: dict[Name, list[str]] = {}
    holds: str = ""
    entity: Entity

    @property
    def topic(self) -> str:
        return f"ioc.{self.feed}"

    @property
    def dead_letter_topic(self) -> str:
        return f"ioc.{self.feed}.dlq"

    @property
    def shape(self) -> str:
        """A digest of what cells and entity states are made of: under another one they can't be added up."""
        entity = self.entity
        told = (self.dimensions, self.numbers, entity.key, entity.status, entity.open, entity.by, entity.due)
        return str(xxh3_64_hexdigest(msgspec.json.encode(told)))

    def parsed(self) -> dict[str, Field]:
        """The fields by name. Raises :class:`NotationError` for the first that can't be read."""
        fields = (parse_field(name, text, self.codes) for name, text in self.fields.items())
        return {field.name: field for field in fields}


_SHORT = re.compile(r"^(\d+(?:\.\d+)?)(s|m|h|d)$")
_ISO = re.compile(r"^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_ISO_SECONDS = (31_536_000, 2_592_000, 604_800, 86_400, 3_600, 60, 1)


def seconds(duration: str) -> float:
    """A duration in seconds: ``5m``, ``90s`` or ISO 8601 (a year as 365 days, a month as 30). Empty is 0."""
    if not duration:
        return 0.0
    if short := _SHORT.match(duration):
        return float(short[1]) * _SECONDS[short[2]]
    iso = _ISO.match(duration)
    if not iso or duration in ("P", "PT"):
        raise NotationError(f"'{duration}' is no duration; write for example '5m', '1h', 'PT15M' or 'P1D'")
    return float(sum(int(part or 0) * size for part, size in zip(iso.groups(), _ISO_SECONDS, strict=True)))
