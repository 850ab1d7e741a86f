"""The careful way through a document that the typed decoder refused: which rule it breaks, or a tidied tree."""

from __future__ import annotations

import codecs
import json
import math
import re
from typing import Any, NoReturn

from ioc.core.contract import Field
from ioc.core.refusal import Refusal, rejected
from ioc.core.shape import EXTENSIONS, expected

DEEPEST = 32
EXACT = 2**63  # integers beyond can't be carried exactly by the state's encoding
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_BRACKETS = re.compile(r"[\[\]{}]")


_TAG = re.compile(rb"<(/?)[A-Za-z][^<>]*?(/?)>")


def oversized(raw: bytes, largest: int) -> Refusal:
    """Why a value beyond the limit is refused. Its beginning is scanned, not parsed: a bomb is told from a bulk."""
    start = raw[:largest]
    try:
        _check_depth(start.decode("utf-8", "replace"))
    except Refusal as refusal:
        return refusal
    depth = 0
    for closing, empty in _TAG.findall(start):
        depth += -1 if closing else 0 if empty else 1
        if depth > DEEPEST:
            return rejected("too_deep", f"deepest={DEEPEST}")
    return rejected("too_large", f"bytes={len(raw)} most={largest}")


def tree(raw: bytes) -> dict[str, Any]:
    """The document as plain values; of a name given twice the last counts, as in the typed decode. Raises Refusal."""
    text = _text(raw)
    _check_depth(text)
    found = _parse(text)
    if not isinstance(found, dict):
        raise rejected("not_object", f"found={type(found).__name__}")
    _check_text(found)
    return found


def _text(raw: bytes) -> str:
    if raw.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise rejected("bad_encoding", "found=UTF-16 or UTF-32 wanted=UTF-8")
    try:
        text = raw.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        raise rejected("bad_encoding", f"byte={error.start} wanted=UTF-8") from None
    if "\x00" in text:
        raise rejected("bad_encoding" if text.count("\x00") > len(text) // 4 else "not_json", "found=U+0000")
    return text


def _check_depth(text: str) -> None:
    depth = 0
    for bracket in _BRACKETS.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > DEEPEST:
            raise rejected("too_deep", f"deepest={DEEPEST}")


def _parse(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant, parse_float=_float, parse_int=_int)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            raise rejected("trailing_data", f"character={error.pos}") from None
        raise rejected("not_json", f"character={error.pos}") from None
    except RecursionError:
        raise rejected("too_deep", f"deepest={DEEPEST}") from None


def _no_constant(name: str) -> NoReturn:
    raise rejected("not_json", f"found={name}")


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise rejected("number_out_of_range", f"found={text[:30]}")
    return value


def _int(text: str) -> int:
    if len(text) > 20 or not -EXACT <= int(text) < EXACT:
        raise rejected("number_out_of_range", f"found={text[:30]}")
    return int(text)


def _check_text(value: Any) -> None:
    """Half of a surrogate pair is no text."""
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
            raise rejected("bad_encoding", "found=half of a surrogate pair")
    elif isinstance(value, dict):
        for name, item in value.items():
            _check_text(name)
            _check_text(item)
    elif isinstance(value, list):
        for item in value:
            _check_text(item)


def check_envelope(document: dict[str, Any], identifier: re.Pattern[str]) -> None:
    """Raises :class:`Refusal` for the first attribute that isn't as CloudEvents 1.0 and the contract want it."""
    for name in ("specversion", "id", "source", "type", "time"):
        if document.get(name) is None:
            raise rejected("envelope", f"missing={name}")
    if not isinstance(document["id"], str) or not identifier.fullmatch(document["id"]):
        raise rejected("bad_id", f"wanted={identifier.pattern}")
    if not isinstance(document["time"], str):
        raise rejected("bad_time", "wanted=RFC 3339")
    for name in ("specversion", "source", "type"):
        if not isinstance(document[name], str):
            raise rejected("envelope", f"{name}: wanted=text")
    for name in ("subject", "datacontenttype", *EXTENSIONS):
        if not isinstance(document.get(name, ""), str | None):
            raise rejected("wrong_type", f"{name}: wanted=text")
    sequence = document.get("sequence")
    if sequence is not None and (isinstance(sequence, bool) or not isinstance(sequence, int)):
        raise rejected("wrong_type", "sequence: wanted=int")


def tidy(data: Any, fields: dict[str, Field]) -> dict[str, Any]:
    """The data's known fields. Raises :class:`Refusal` for a missing one or a wrong type."""
    if not isinstance(data, dict):
        raise rejected("schema" if data is None else "wrong_type", "data: wanted=object")
    for name, field in fields.items():
        if name not in data and field.required:
            raise rejected("schema", f"missing={name}")
        if name in data and not expected(field, data[name]):
            reason = "schema" if data[name] is None else "wrong_type"
            raise rejected(reason, f"{name}: wanted={field.type} found={type(data[name]).__name__}")
    return {name: value for name, value in data.items() if name in fields}


__all__ = ["Refusal", "check_envelope", "tidy", "tree"]
