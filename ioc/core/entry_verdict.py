"""What becomes of each row of a form, and which of its cells is to blame."""

from __future__ import annotations

import re
from collections.abc import Mapping as Names

import msgspec

from ioc.core.contract import FeedContract, Field

SENT = frozenset({"accepted", "late"})  # a repeated row in the same file adds nothing
_BLAMED = (
    re.compile(r"missing=(\w+)"),
    re.compile(r"wanted=(\w+)<="),
    re.compile(r"(\w+)[:=]"),
)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Outcome and reason of the row at ``row`` of the sheet, the ``field`` to blame (or empty) and what was found."""

    row: int
    outcome: str
    reason: str = ""
    field: str = ""
    detail: str = ""


def blamed(reason: str, detail: str, contract: FeedContract, known: Names[str, Field | None]) -> str:
    """The field that a refusal speaks of; empty where it speaks of none."""
    if reason == "future_time":
        return "time"
    if reason == "illegal_transition":
        return contract.entity.status or ""
    for form in _BLAMED:
        if (found := form.match(detail)) and found[1] in known:
            return found[1]
    return ""
