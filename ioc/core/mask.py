"""Refused events as they may be shown: personal data hidden, and nothing in them invisible.

Hidden are the fields that a contract flags PII, every text in a field that the contract doesn't know (a misspelt name
of a personal field is still personal), and what looks like a telephone, identity or insurance number or a mail address.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from ioc.core.contract import Field

HIDDEN = "•••"
LONGEST_TEXT = 2_048  # characters of a letter that isn't JSON
LONGEST_JSON = 8_192  # characters of one that is
LONGEST_ROW = 500

_BETWEEN = "[\\s.\\-()\u00ad\u200b-\u200f\u2060\ufeff\\x00]{0,3}"
_MAIL = re.compile(r"[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_PHONE = re.compile(rf"(?<![\w.])(?:\+{_BETWEEN}\d{{1,3}}|\(?(?:0|84))(?:{_BETWEEN}\d){{8,11}}(?![\w])")
_NUMBER = re.compile(r"(?<![\w.])(?:[A-Z]{1,2})?\d{3}[ .\u00a0]?\d{3}[ .\u00a0]?\d{3}(?:[ .\u00a0]?\d{1,4})?(?!\w)")
_LONG = re.compile(r"(?<![\w.])(?:[A-Z]{1,2}\d{7,8}|[A-Z]{2}\d{13}|\d{9,13})(?!\w)")
_PATTERNS = (_MAIL, _PHONE, _NUMBER, _LONG)
_UNSEEN = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\u00ad\u034f\u061c\u115f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)
_ENVELOPE = (
    "specversion", "id", "source", "type", "time", "subject", "datacontenttype", "sequence", "areacode", "areaasof",
    "orgcode", "entry", "mode",
)  # fmt: skip
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?)?")


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """What may be shown of a letter: ``kind`` is json, text or empty; ``cut`` tells that there is more."""

    kind: str
    text: str
    cut: bool = False


def sample(raw: bytes | None, fields: Mapping[str, Field]) -> Sample:
    """The bytes of an event, masked; ``fields`` are those of its contract."""
    if raw is None:
        return Sample(kind="empty", text="")
    text = _decoded(raw)
    try:
        document = json.loads(text, parse_constant=str)
    except (ValueError, RecursionError):
        return _plain(text, fields)
    try:
        shown = json.dumps(_document(document, fields), ensure_ascii=False, indent=2)
    except RecursionError:
        return _plain(text, fields)
    return Sample(kind="json", text=seen(shown[:LONGEST_JSON]), cut=len(shown) > LONGEST_JSON)


def masked(text: str) -> str:
    """Free text without what looks like a number of a person or a mail address; nothing in it is invisible."""
    return seen(_masked(text))


def seen(text: str) -> str:
    """Control, bidirectional and zero-width characters made visible: ``␀``, ``⟨U+202E⟩``."""
    return _UNSEEN.sub(lambda found: _sign(found[0]), text)


def _sign(letter: str) -> str:
    point = ord(letter)
    if point < 0x20:
        return chr(0x2400 + point)
    return "␡" if point == 0x7F else f"⟨U+{point:04X}⟩"


def _decoded(raw: bytes) -> str:
    """As UTF-8; as UTF-16 where it plainly is that, so that masks find what they have to hide."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    if raw[:64].count(0) > len(raw[:64]) // 4:
        return raw.decode("utf-16-be" if raw[0] == 0 else "utf-16-le", "replace")
    return raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")


def _plain(text: str, fields: Mapping[str, Field]) -> Sample:
    """No JSON: personal fields are found by their names, where those are still readable."""
    cut = len(text) > LONGEST_TEXT
    text = text[: 2 * LONGEST_TEXT]  # cut after masking: half a number isn't found
    for name in (name for name, field in fields.items() if field.pii):
        value = re.compile(
            rf'("{re.escape(name)}"\s*[:=]\s*)("(?:[^"\\]|\\.)*"?|[^,}}\]\s]+)', re.DOTALL | re.IGNORECASE
        )
        text = value.sub(rf"\1{HIDDEN}", text)
    return Sample(kind="text", text=seen(_masked(text)[:LONGEST_TEXT]), cut=cut)


def _document(document: Any, fields: Mapping[str, Field]) -> Any:
    if not isinstance(document, dict):
        return _value(document)
    shown: dict[str, Any] = {}
    for name, value in document.items():
        if name == "data" and isinstance(value, dict):
            shown[name] = {_masked(key): _field(item, fields.get(key)) for key, item in value.items()}
        else:
            shown[_masked(name)] = _value(value) if name == "data" or name in _ENVELOPE else _unknown(value)
    return shown


def _field(value: Any, field: Field | None) -> Any:
    if field is None:
        return _unknown(value)
    if field.pii:
        return value if value is None else HIDDEN
    if field.type in ("int", "number") and isinstance(value, int | float):
        return value
    return _value(value)


def _unknown(value: Any) -> Any:
    """In a field that nobody declared: names and numbers stay, texts don't."""
    if isinstance(value, str):
        return HIDDEN if value else value
    if isinstance(value, dict):
        return {_masked(name): _unknown(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_unknown(item) for item in value]
    return _value(value)


def _value(value: Any) -> Any:
    if isinstance(value, str):
        text = _masked(value[: 2 * LONGEST_ROW])
        return text if len(text) <= LONGEST_ROW else f"{text[:LONGEST_ROW]}…"
    if isinstance(value, dict):
        return {_masked(name): _value(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_value(item) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value if _masked(f"{value}") == f"{value}" else HIDDEN
    return value


def _masked(text: str) -> str:
    if _TIME.fullmatch(text):
        return text
    for pattern in _PATTERNS:
        text = pattern.sub(HIDDEN, text)
    return text
