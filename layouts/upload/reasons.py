"""What became of a row, in words for the person who typed it; and the refused rows as a file to mend."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from ioc.core.contract import FeedContract, Field
from ioc.core.entry_mapping import Mapping, fields_of
from ioc.core.entry_value import shown
from ioc.core.entry_verdict import Verdict
from ioc.core.sheet import Value
from ioc.core.words import Words
from layouts.inert import inert
from layouts.upload.desk import spoken

REFUSED = ("quarantined", "rejected")
HIDDEN = "•••"
MOST_CODES = 12
_FORMULA = re.compile(r"^[=+\-@\t\r\n|%]")
_PLAIN_NUMBER = re.compile(r"^[+-]?[0-9.,]+$")


def label(words: Words, contract: FeedContract, name: str) -> str:
    """What people call a field, in Vietnamese as the province's forms do."""
    beside = spoken(words, "names")
    if name in beside and name not in contract.parsed():
        return beside[name][0]
    named = contract.headings.get(name, ())
    return named[0] if named and words.language == "vi" else name.replace("_", " ")


def reason(words: Words, contract: FeedContract, verdict: Verdict) -> str:
    """Why a row was refused, and what would be right."""
    field = fields_of(contract).get(verdict.field)
    name = label(words, contract, verdict.field) if verdict.field else ""
    if name and verdict.detail.startswith("missing="):
        return words("upload.reason.missing", field=name)
    if name and verdict.reason in ("wrong_type", "bad_time", "schema"):
        kind = field.type if field is not None else "time"
        return words("upload.reason.type", field=name, wanted=words(f"upload.type.{kind}"))
    if field is not None and verdict.reason == "unknown_enum":
        codes = [*field.codes[:MOST_CODES], *(["…"] if len(field.codes) > MOST_CODES else [])]
        return words("upload.reason.code", field=name, codes=", ".join(codes))
    if field is not None and verdict.reason == "number_out_of_range" and field.low is not None:
        low, high = (words.number(bound, _decimals(bound)) for bound in (field.low, field.high or 0.0))
        return words("upload.reason.range", field=name, low=low, high=high)
    if verdict.field in ("areacode", "orgcode"):
        return words("upload.reason.place", field=name)
    return words(f"states.reason_meaning.{verdict.reason}")


def _decimals(bound: float) -> int:
    return 0 if bound.is_integer() else 2


def cell(value: Value, field: Field | None) -> str:
    """A cell as text that does nothing; what is personal isn't shown."""
    text = inert(shown(value), 120)
    return HIDDEN if text and field is not None and field.pii else text


def refused(words: Words, contract: FeedContract, held: Any) -> bytes:
    """The refused rows as CSV (UTF-8 with BOM, so that Excel reads it): place, outcome, reason, and the mapped cells.

    A cell that a spreadsheet would take for a formula is made text.
    """
    mapping: Mapping = held.mapping
    fields = fields_of(contract)
    written = io.StringIO(newline="")
    rows = csv.writer(written)
    first = [words(f"upload.{name}") for name in ("row", "outcome", "why")]
    rows.writerow([*first, *(_safe(label(words, contract, name)) for name in mapping.columns)])
    for verdict in held.verdicts:
        if verdict.outcome in REFUSED:
            values = held.sheet.rows[verdict.row]
            placed = [(at, fields[name]) for name, at in mapping.columns.items()]
            cells = [_safe(cell(values[at], field)) if at < len(values) else "" for at, field in placed]
            told = words(f"states.outcome.{verdict.outcome}")
            rows.writerow([held.sheet.numbers[verdict.row], told, _safe(reason(words, contract, verdict)), *cells])
    return written.getvalue().encode("utf-8-sig")


def _safe(text: str) -> str:
    return "'" + text if _FORMULA.match(text) and not _PLAIN_NUMBER.match(text) else text
