"""What would become of a dead letter now, and the mend of those mistakes that have one right answer.

A mend changes what the sender certainly meant: latitude and longitude the right way round, a code in its listed
spelling, the record key that the subject demands. The event keeps its id.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from ioc.core.contract import FeedContract, Field
from ioc.core.deadletter import Letter
from ioc.core.diagnose import tree
from ioc.core.event import Compiled
from ioc.core.refusal import Refusal
from ioc.core.text import bare_key

ACCEPTED = "accepted"
DEPENDS = "depends"
MENDABLE = "mendable"
REFUSED = "refused"
VERDICTS = (ACCEPTED, DEPENDS, MENDABLE, REFUSED)

# What these find depends on the state of the entity, which only the partition's owner knows.
_OF_STATE = ("illegal_transition", "unknown_reference")
_MOST_STEPS = 4


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """One value that a mend changes, as JSON texts; ``field`` is its path."""

    field: str
    before: str
    after: str


class Mend(msgspec.Struct, frozen=True, kw_only=True):
    """A mended event: ``kinds`` name what was mended (``coord_swapped``, ``unknown_enum``, ``key``)."""

    kinds: tuple[str, ...]
    changes: tuple[Changed, ...]
    raw: bytes
    key: bytes | None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay would bring: ``accepted``, ``depends`` (on the entity's state), ``mendable`` or ``refused``.

    ``reason`` and ``detail`` are those of the refusal, where there would be one.
    """

    kind: str
    reason: str = ""
    detail: str = ""
    mend: Mend | None = None


def judge(compiled: Compiled, letter: Letter, now: float) -> Verdict:
    """The verdict on a letter under the contract as it is now. ``now``: POSIX seconds of the installation's time."""
    if not letter.whole or letter.raw is None:
        return Verdict(kind=REFUSED, reason=letter.reason, detail=letter.detail)
    if letter.reason == "id_conflict":
        return Verdict(kind=REFUSED, reason=letter.reason, detail=letter.detail)
    refusal = compiled.read(letter.raw, now, letter.key)
    if not isinstance(refusal, Refusal):
        return Verdict(kind=DEPENDS if letter.reason in _OF_STATE else ACCEPTED)
    mend = propose(compiled, letter.raw, letter.key, now, refusal)
    kind = REFUSED if mend is None else MENDABLE
    return Verdict(kind=kind, reason=refusal.reason, detail=refusal.detail, mend=mend)


def propose(compiled: Compiled, raw: bytes, key: bytes | None, now: float, refusal: Refusal) -> Mend | None:
    """The mend after which the event is accepted; None when there is none."""
    kinds: list[str] = []
    changes: list[Changed] = []
    for _ in range(_MOST_STEPS):
        step = _step(compiled, raw, key, refusal)
        if step is None or step.kinds[0] in kinds:
            return None
        raw, key = step.raw, step.key
        kinds += step.kinds
        changes += step.changes
        again = compiled.read(raw, now, key)
        if not isinstance(again, Refusal):
            return Mend(kinds=tuple(kinds), changes=tuple(changes), raw=raw, key=key)
        refusal = again
    return None


def _step(compiled: Compiled, raw: bytes, key: bytes | None, refusal: Refusal) -> Mend | None:
    """The mend of one mistake."""
    if refusal.reason not in ("coord_swapped", "unknown_enum", "envelope"):
        return None
    document = tree(raw)
    if refusal.reason == "envelope":
        return _as_subject(document, raw, key, refusal)
    data = document.get("data")
    if not isinstance(data, dict):
        return None
    swapped = refusal.reason == "coord_swapped"
    changes = _swapped(compiled.contract, data) if swapped else _listed(compiled.fields, data)
    if not changes:
        return None
    written = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Mend(kinds=(refusal.reason,), changes=tuple(changes), raw=written, key=key)


def _as_subject(document: dict[str, Any], raw: bytes, key: bytes | None, refusal: Refusal) -> Mend | None:
    subject = document.get("subject")
    if key is None or not isinstance(subject, str) or not subject or "subject" not in refusal.detail:
        return None
    before = json.dumps(key.decode("utf-8", "replace"), ensure_ascii=False)
    change = Changed(field="key", before=before, after=json.dumps(subject, ensure_ascii=False))
    return Mend(kinds=("key",), changes=(change,), raw=raw, key=subject.encode())


def _swapped(contract: FeedContract, data: dict[str, Any]) -> list[Changed]:
    place = contract.coordinates
    if place is None or place.lat not in data or place.lon not in data:
        return []
    before = data[place.lat], data[place.lon]
    data[place.lat], data[place.lon] = before[1], before[0]
    return [_changed(place.lat, *before), _changed(place.lon, *reversed(before))]


def _listed(fields: dict[str, Field], data: dict[str, Any]) -> list[Changed]:
    """Codes that differ from exactly one listed one by case, marks, blanks or dashes."""
    changes = []
    for name, field in fields.items():
        value = data.get(name)
        if not field.codes or not isinstance(value, str) or value in field.codes:
            continue
        alike = [code for code in field.codes if _spelling(code) == _spelling(value)]
        if len(alike) != 1:
            return []
        changes.append(_changed(name, value, alike[0]))
        data[name] = alike[0]
    return changes


def _spelling(code: str) -> str:
    return "".join(letter for letter in bare_key(code) if letter.isalnum())


def _changed(name: str, before: Any, after: Any) -> Changed:
    return Changed(field=f"data.{name}", before=json.dumps(before, ensure_ascii=False),
                   after=json.dumps(after, ensure_ascii=False))  # fmt: skip
