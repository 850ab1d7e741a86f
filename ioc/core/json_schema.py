"""A feed's contract as JSON Schema (draft-07, which AsyncAPI's own schemas extend): what a sender may rely on.

What keeps to the schema is neither rejected nor, as far as a schema can tell, quarantined. It can't tell what depends
on the past (ids sent before, transitions), on the clock (times ahead) or on the order of two times.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ioc.core.cap import LARGEST as LARGEST_CAP
from ioc.core.contract import FeedContract, Field, Ranges, Text
from ioc.core.event import HEARTBEAT, IDENTIFIER, LONGEST_KEY
from ioc.core.plan import CAP_TYPES, JSON_TYPES, MODES
from ioc.core.profile import Profile
from ioc.core.shape import EXACT, bounds
from ioc.core.words import Words

Schema = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"
MOST = 2**63 - 1
MEDIA_TYPE = "application/schema+json"
_YEARS = r"^(?!0000|0001-01-0|9999-12-[23])"  # beyond, a clock of some zone has no year
TIME = (
    _YEARS
    + r"\d{4}-(0[1-9]|1[0-2])-\d{2}[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$"
)
DATE = _YEARS + r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"
_FORMATS: dict[str, Schema] = {
    "time": {"format": "date-time", "pattern": TIME, "maxLength": 40},
    "date": {"format": "date", "pattern": DATE},
    "period": {"pattern": r"^\d{4}(-Q[1-4]|-(0[1-9]|1[0-2])(-\d{2})?)?$"},
    "duration": {
        "format": "duration",
        "pattern": r"^P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$",
    },
    "url": {"format": "uri", "pattern": r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#]+\S*$", "maxLength": 2048},
}
_ALIKE = {"µ": "µμ", "μ": "µμ", "³": "3³", "3": "3³", "²": "2²", "2": "2²", "l": "lL", "L": "lL"}


class Bilingual:
    """Sentences in all languages, one paragraph each, Vietnamese first. ``words`` by language."""

    def __init__(self, words: Mapping[str, Words]) -> None:
        self._words = [words[language] for language in sorted(words, key=lambda name: (name != "vi", name))]

    def __call__(self, key: str, **values: object) -> str:
        return "\n\n".join(dict.fromkeys(words(f"contract.{key}", **values) for words in self._words))

    def text(self, text: Text) -> str:
        """A text of the profile on one line: ``Nhiệm vụ / Tasks``."""
        return " / ".join(dict.fromkeys(words.text(text) for words in self._words))


def schema(contract: FeedContract, profile: Profile, both: Bilingual) -> Schema:
    """The document of one feed: its events, and the heartbeats beside them."""
    feed = contract.feed
    return {
        "$schema": DRAFT,
        "$id": f"{profile.head.source_prefix}schema:{feed}",
        "title": both.text(contract.title),
        "description": both("feed", owner=_owner(contract, profile, both), cadence=contract.cadence or "—"),
        "if": {"properties": {"type": {"const": HEARTBEAT}}, "required": ["type"]},
        "then": {"$ref": f"#/definitions/{feed}_heartbeat"},
        "else": {"$ref": f"#/definitions/{feed}_event"},
        "definitions": definitions(contract, profile, both, "#/definitions/"),
    }


def definitions(contract: FeedContract, profile: Profile, both: Bilingual, at: str) -> dict[str, Schema]:
    """The feed's schemas by name, which refer to each other below ``at``."""
    feed = contract.feed
    found = {
        "areacode": _areas(profile, both),
        f"{feed}_data": data(contract, profile, both),
        f"{feed}_event": _event(contract, both, at),
        f"{feed}_heartbeat": _heartbeat(contract, both, at),
    }
    if contract.payload == "cap":
        found[f"{feed}_message"], found[f"{feed}_data"] = found[f"{feed}_data"], _cap(both, f"{at}{feed}_message")
    return found


def _owner(contract: FeedContract, profile: Profile, both: Bilingual) -> str:
    organisation = profile.organisations.get(contract.owner)
    return both.text(organisation.name) if organisation else contract.owner


def _areas(profile: Profile, both: Bilingual) -> Schema:
    codes = sorted({area.code for area in profile.areas})
    return {"type": ["string", "null"], "enum": [*codes, None], "description": both("attribute.areacode")}


def _head(contract: FeedContract, both: Bilingual, kind: str, at: str) -> dict[str, Schema]:
    """The attributes that events and heartbeats share."""
    return {
        "specversion": {"type": "string", "const": "1.0"},
        "id": {"type": "string", "pattern": f"^{IDENTIFIER.pattern}$", "description": both("attribute.id")},
        "source": {"type": "string", "enum": contract.source, "description": both("attribute.source")},
        "type": {"type": "string", "const": kind},
        "time": {"type": "string", **_FORMATS["time"], "description": both("attribute.time")},
        "subject": {"type": ["string", "null"], "description": both("attribute.subject")},
        "sequence": {"type": ["integer", "null"], **_whole(None), "description": both("attribute.sequence")},
        "areacode": {"$ref": f"{at}areacode"},
        "areaasof": {"type": ["string", "null"], "pattern": DATE[:-1], "description": both("attribute.areaasof")},
        "orgcode": {"type": ["string", "null"], "description": both("attribute.orgcode")},
        "entry": {"enum": ["auto", "manual", None], "description": both("attribute.entry")},
        "mode": {"enum": [*MODES, None], "description": both("attribute.mode")},
        "expiresat": {"type": ["string", "null"], **_FORMATS["time"], "description": both("attribute.expiresat")},
    }


def _event(contract: FeedContract, both: Bilingual, at: str) -> Schema:
    kinds = CAP_TYPES if contract.payload == "cap" else JSON_TYPES
    return {
        "type": "object",
        "title": both.text(contract.title),
        "properties": {
            **_head(contract, both, f"vn.ioc.{contract.feed}.v1", at),
            "datacontenttype": {"type": ["string", "null"], "pattern": _media_types(kinds), "examples": [kinds[0]]},
            "data": {"$ref": f"{at}{contract.feed}_data"},
        },
        "required": ["specversion", "id", "source", "type", "time", "data"],
    }


def _heartbeat(contract: FeedContract, both: Bilingual, at: str) -> Schema:
    counts = {
        "last_sequence": {"type": ["integer", "null"], **_whole(None), "description": both("heartbeat.last_sequence")},
        "sent_since": {"type": "integer", **_whole(None), "description": both("heartbeat.sent_since")},
    }
    head = _head(contract, both, HEARTBEAT, at)
    head["areacode"] = {"type": ["string", "null"]}
    head["entry"] = head["mode"] = head["expiresat"] = {"type": ["string", "null"]}
    head.pop("areaasof")
    return {
        "type": "object",
        "title": "heartbeat",
        "description": both("heartbeat.is"),
        "properties": {**head, "data": {"type": ["object", "null"], "properties": counts}},
        "required": ["specversion", "id", "source", "type", "time"],
    }


def _cap(both: Bilingual, fields: str) -> Schema:
    return {
        "type": "string", "contentMediaType": "application/cap+xml", "maxLength": LARGEST_CAP,
        "description": both("cap", fields=fields.rpartition("/")[2]),
    }  # fmt: skip


def data(contract: FeedContract, profile: Profile, both: Bilingual) -> Schema:
    """The data of a feed's events."""
    fields = contract.parsed()
    properties = {name: _field(field, both) for name, field in fields.items()}
    key = fields.get(contract.entity.key[0])
    if key is not None and key.type == "text":
        properties[key.name] |= {"pattern": r"\S", "maxLength": LONGEST_KEY, "description": both("key")}
    rules = _place_rules(contract, profile)
    if contract.ranges is not None:
        ranged = properties[contract.ranges.field]
        if contract.ranges.sentinels:
            ranged |= {"not": {"enum": [_plain(value) for value in contract.ranges.sentinels]}}
        rules += _range_rules(contract.ranges)
    found: Schema = {"type": "object", "properties": properties}
    found["required"] = [name for name, field in fields.items() if field.required]
    return found | ({"allOf": rules} if rules else {})


def _field(field: Field, both: Bilingual) -> Schema:
    found = _scalar(field)
    if field.many:
        found = {"type": "array", "items": found}
    if field.nullable:
        found["type"] = [found["type"], "null"]
        if "enum" in found:
            found["enum"] = [*found["enum"], None]
    if field.type in ("time", "date", "period", "duration", "org"):
        found["description"] = both(f"type.{field.type}")
    if field.pii:
        found |= {"x-pii": True, "description": both("pii")}
    return found


def _scalar(field: Field) -> Schema:
    if field.type == "bool":
        return {"type": "boolean"}
    if field.type == "int":
        return {"type": "integer", **_whole(field)}
    if field.type == "number":
        low, high = bounds(field)
        return {"type": "number", "minimum": _plain(low), "maximum": min(_plain(high), MOST)}
    if field.codes:
        return {"type": "string", "enum": list(field.codes)}
    return {"type": "string", **_FORMATS.get(field.type, {})}


def _whole(field: Field | None) -> Schema:
    low, high = bounds(field) if field is not None else (-EXACT, EXACT)
    return {"minimum": math.ceil(low), "maximum": min(math.floor(high), MOST)}


def _plain(value: float) -> int | float:
    return int(value) if value == int(value) else value


def _place_rules(contract: FeedContract, profile: Profile) -> list[Schema]:
    """Where both coordinates are there, they are in the province."""
    if contract.coordinates is None:
        return []
    lat, lon = contract.coordinates.lat, contract.coordinates.lon
    west, south, east, north = profile.head.bbox
    both = {name: {"type": "number"} for name in (lat, lon)}
    inside = {lat: {"minimum": south, "maximum": north}, lon: {"minimum": west, "maximum": east}}
    return [{"if": {"properties": both, "required": [lat, lon]}, "then": {"properties": inside}}]


def _range_rules(ranges: Ranges) -> list[Schema]:
    """Unit and plausible range, by code."""
    found = []
    for code, known in ranges.table.items():
        limits: Schema = {ranges.field: {"minimum": _plain(known.low), "maximum": _plain(known.high)}}
        limits[ranges.field] |= {"x-unit": known.unit} if known.unit else {}
        if known.unit:
            limits[ranges.unit] = {"pattern": _unit(known.unit), "examples": [known.unit]}
        when = {"properties": {ranges.by: {"const": code}}, "required": [ranges.by]}
        found.append({"if": when, "then": {"properties": limits}})
    return found


def _unit(unit: str) -> str:
    """A unit in the spellings that are taken for it: µ has two code points, and ³ is written 3 on some loggers."""
    letters = (f"[{_ALIKE[letter]}]" if letter in _ALIKE else _literal(letter) for letter in unit if letter != " ")
    return "^\\s*" + "\\s*".join(letters) + "\\s*$"


def _media_types(kinds: tuple[str, ...]) -> str:
    """One of these, in any case, with or without parameters."""
    written = ("".join(f"[{c.upper()}{c}]" if c.isalpha() else _literal(c) for c in kind) for kind in kinds)
    return f"^\\s*({'|'.join(written)})\\s*(;.*)?$"


def _literal(letter: str) -> str:
    return "\\" + letter if letter in r"\^$.|?*+()[]{}/" else letter
