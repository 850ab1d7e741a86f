"""What would become of a letter now, and its mend."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ioc.core.deadletter import Letter
from ioc.core.event import Compiled
from ioc.core.mend import ACCEPTED, DEPENDS, MENDABLE, REFUSED, judge
from tests.conftest import hai_duong
from tests.corpus.good import document, encoded
from tests.streams.records import NOON

FEED = "citizen_report"


def _letter(value: bytes | None, key: bytes | None = None, **more: Any) -> Letter:
    settled = {"id": "ioc.x-0-1", "feed": FEED, "outcome": "quarantined", "reason": "unknown_source"}
    return Letter(**{**settled, "raw": value, "size": len(value or b""), "key": key, **more})


def _changed(head: dict[str, Any] | None = None, **data: Any) -> bytes:
    found = document(FEED, 1, **(head or {}))
    found["data"] |= data
    return encoded(found)


@pytest.fixture
def compiled() -> Compiled:
    return Compiled(hai_duong().feeds[FEED], hai_duong())


@pytest.mark.parametrize(
    ("letter", "kind"),
    [
        (_letter(_changed()), ACCEPTED),
        (_letter(_changed(), reason="illegal_transition"), DEPENDS),
        (_letter(_changed(), reason="id_conflict"), REFUSED),
        (_letter(_changed({"source": "urn:vn:other"})), REFUSED),
        (_letter(_changed(category="GIAO-THONG")), MENDABLE),
        (_letter(_changed(category="giao thông")), MENDABLE),
        (_letter(_changed(category="HẠ TẦNG")), REFUSED),
        (_letter(_changed(lat=106.33, lon=20.94)), MENDABLE),
        (_letter(_changed(lat=48.85, lon=2.35)), REFUSED),
        (_letter(_changed(lat=0, lon=0)), REFUSED),
        (_letter(_changed({"subject": "a"}), b"b"), MENDABLE),
        (_letter(_changed({"subject": "a"}, category="GIAO-THONG", lat=106.33, lon=20.94), b"b"), MENDABLE),
        (_letter(b"{"), REFUSED),
        (_letter(b"\xff\xfe{"), REFUSED),
        (_letter(None), REFUSED),
        (_letter(_changed(), size=10_000), REFUSED),
    ],
)
def test_verdicts(compiled: Compiled, letter: Letter, kind: str) -> None:
    verdict = judge(compiled, letter, NOON)
    assert verdict.kind == kind
    assert (verdict.mend is not None) == (kind == MENDABLE)
    assert bool(verdict.reason) == (kind in (MENDABLE, REFUSED))


def test_a_mend_changes_what_it_says_and_nothing_else(compiled: Compiled) -> None:
    raw = _changed({"subject": "a"}, category="giao thông", lat=106.33, lon=20.94, note="Hòa", big=2**53 + 1)
    mend = judge(compiled, _letter(raw, b"b"), NOON).mend
    assert mend is not None
    assert [(each.field, each.before, each.after) for each in mend.changes] == [
        ("key", '"b"', '"a"'), ("data.category", '"giao thông"', '"GIAO_THONG"'),
        ("data.lat", "106.33", "20.94"), ("data.lon", "20.94", "106.33"),
    ]  # fmt: skip
    assert (mend.kinds, mend.key) == (("key", "unknown_enum", "coord_swapped"), b"a")
    before, after = json.loads(raw), json.loads(mend.raw)
    assert after["id"] == before["id"]
    assert before["data"] | {"lat": 20.94, "lon": 106.33, "category": "GIAO_THONG"} == after["data"]
    before.pop("data"), after.pop("data")
    assert before == after


def test_a_letter_of_the_future_waits_for_its_time(compiled: Compiled) -> None:
    letter = _letter(_changed(), reason="future_time")
    assert judge(compiled, letter, NOON - 3600).reason == "future_time"
    assert judge(compiled, letter, NOON).kind == ACCEPTED
