"""Events: every case of the corpus has its outcome; nothing that is sent makes reading fail; both ways agree."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.core.cell import SEPARATOR
from ioc.core.entity import EntityState
from ioc.core.event import Accepted, Beat
from ioc.core.outcome import OUTCOMES, QUARANTINE_REASONS, QUARANTINED, REJECT_REASONS, REJECTED
from ioc.core.refusal import Refusal
from ioc.core.shape import UNSET
from ioc.core.text import clean, one_line
from tests.corpus.bad import Case
from tests.corpus.cases import CASES
from tests.corpus.good import FEEDS, cap, document, encoded, event, moment, name
from tests.corpus.play import compiled, play
from tests.streams.records import NOON

REASONS = {QUARANTINED: QUARANTINE_REASONS, REJECTED: REJECT_REASONS}
Got = Accepted | Beat | Refusal


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.feed}: {case.kind}")
def test_case(case: Case) -> None:
    played = play(case)
    assert played.outcomes == {case.outcome: case.sent.times}
    assert [letter.refusal.reason for letter in played.letters] == ([case.reason] if case.reason else [])
    assert all(letter.raw == case.sent.value for letter in played.letters)


def test_the_corpus_has_every_outcome_and_reason_and_feed() -> None:
    found = {(case.outcome, case.reason) for case in CASES}
    assert {reason for outcome, reason in found if outcome == REJECTED} == set(REJECT_REASONS)
    assert {reason for outcome, reason in found if outcome == QUARANTINED} == set(QUARANTINE_REASONS)
    assert {outcome for outcome, _ in found} == {*OUTCOMES, "heartbeat"}
    for outcome in ("accepted", "duplicate", QUARANTINED, REJECTED, "heartbeat"):
        kinds = {case.feed for case in CASES if case.outcome == outcome}
        assert kinds >= set(FEEDS) - ({"digital_identity", "integration_call"} if outcome == "accepted" else set())


@pytest.mark.parametrize("feed", FEEDS)
def test_a_good_event_is_accepted(feed: str) -> None:
    got = accepted(feed, document(feed, 1))
    assert got[0] == NOON - 300
    assert got[5].source == document(feed, 1)["source"]


@pytest.mark.parametrize("feed", FEEDS)
def test_no_letter_tells_what_is_personal(feed: str) -> None:
    personal = [field.name for field in compiled(feed).fields.values() if field.pii]
    for case in CASES:
        if case.feed == feed and case.reason and personal:
            for letter in play(case).letters:
                assert not any(
                    digits in letter.refusal.detail for digits in ("0977000", "198.51.100.9", "Phạm Thị Thu")
                )


def accepted(feed: str, found: dict[str, Any], **data: Any) -> Accepted:
    if data:
        found = found | {"data": found["data"] | data}
    got = compiled(feed).read(encoded(found), NOON)
    assert isinstance(got, tuple), (got, getattr(got, "detail", ""))
    return got


def kept(feed: str, **data: Any) -> dict[str, Any]:
    state: dict[str, Any] = compiled(feed).state(accepted(feed, document(feed, 1), **data), "")[9]
    return state


def test_texts_are_made_harmless() -> None:
    assert kept("citizen_report", title="Đèn\x00 hỏng")["title"] == "Đèn\ufffd hỏng"
    assert kept("citizen_report", title="an\u202e toàn\u200b")["title"] == "an toàn"
    assert kept("citizen_report", title="o\u0302\u0309")["title"] == "ổ"
    assert len(kept("citizen_report", title="Đ" + "\u0301" * 4000)["title"]) == 4
    assert kept("citizen_report", title="<b>x</b>")["title"] == "<b>x</b>"
    assert len(kept("citizen_report", title="ồ" * 80_000)["title"]) == 2000


def test_no_text_breaks_a_cell_address() -> None:
    got = accepted("media_item", document("media_item", 1), topic=f"a{SEPARATOR}b\nc")
    assert got[6].split(SEPARATOR)[1:] == ["press", "a\ufffdb c", "neutral"]


def test_numbers_stay_exact() -> None:
    assert kept("indicator", value=9_007_199_254_740_993)["value"] == 9_007_199_254_740_993
    assert str(kept("station_reading", value=-0.0)["value"]) == "0.0"
    assert "value" not in kept("indicator", value=None)


@pytest.mark.parametrize("ward", ["Vĩnh Hòa", "Vĩnh Hoà", "Vĩnh Ho\u0300a", "VĨNH HOÀ", " Vĩnh  Hòa ", "vinh hoa"])
def test_spellings_of_a_unit_meet(ward: str) -> None:
    assert accepted("citizen_report", document("citizen_report", 1), ward=ward)[5].area == "11185"


def test_a_name_of_several_units_is_none() -> None:
    assert accepted("citizen_report", document("citizen_report", 1), ward="Thanh Hà")[5].area == ""


def test_the_area_code_is_stronger_than_the_name() -> None:
    found = document("citizen_report", 1, areacode="290")
    assert accepted("citizen_report", found, ward="Vĩnh Hòa")[5].area == "290"


def test_a_date_is_due_until_its_day_is_over() -> None:
    got = accepted("task", document("task", 1))
    assert moment(got[2] or 0) == "2025-06-30T23:59:59+07:00"
    assert moment(got[3] or 0) == "2025-01-15T00:00:00+07:00"


@pytest.mark.parametrize(
    ("status", "mode"), [("Actual", "actual"), ("Exercise", "exercise"), ("Test", "test"), ("Draft", "test")]
)
def test_an_exercise_never_looks_actual(status: str, mode: str) -> None:
    got = accepted("cap_alert", document("cap_alert", 1, mode="actual", data=cap(1, status=status)))
    assert got[5].mode == mode


def test_a_warning_with_a_broken_polygon_is_still_shown() -> None:
    bowtie = "20.9,106.2 21.0,106.4 21.0,106.2 20.9,106.4 20.9,106.2"
    got = compiled("cap_alert").read(encoded(document("cap_alert", 1, data=cap(1, polygon=bowtie))), NOON)
    assert isinstance(got, Refusal)
    state = compiled("cap_alert").state(got.salvage, "Alert")[9]
    assert state["headline"] == "Mưa rất to"
    assert "polygon" not in state


def test_a_declaration_of_bytes_leaves_the_letters_alone() -> None:
    found = '<?xml version="1.0" encoding="ISO-8859-1"?>' + cap(1)
    got = accepted("cap_alert", document("cap_alert", 1, data=found))
    assert compiled("cap_alert").state(got, "Alert")[9]["headline"] == "Mưa rất to"


def test_long_names_are_never_cut_into_one() -> None:
    got = compiled("hospital_status").read(
        encoded(
            document("hospital_status", 1)
            | {"data": document("hospital_status", 1)["data"] | {"facility_id": "x" * 201}}
        ),
        NOON,
    )
    assert isinstance(got, Refusal)
    assert got.reason == "schema"
    assert accepted("hospital_status", document("hospital_status", 1), facility_id="x" * 200)[4] == "x" * 200


# What random spoiling may put anywhere.
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False), st.text(max_size=20),
    st.sampled_from(["", " ", "NEW", "2025-02-30", "2025-03-12T11:00:00+07:00", "\ud800", "\x00", "291", "m", "é" * 300]),
)  # fmt: skip
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@st.composite
def spoiled(draw: st.DrawFn) -> tuple[str, bytes]:
    """A good event with some values changed, taken away or added, then perhaps some bytes."""
    feed = draw(st.sampled_from(FEEDS))
    found = document(feed, draw(st.integers(0, 9)))
    for _ in range(draw(st.integers(0, 3))):
        _change(draw, found)
    try:
        raw = encoded(found)
    except (ValueError, UnicodeEncodeError):
        raw = b""
    for _ in range(draw(st.sampled_from((0, 0, 1, 3)))):
        at = draw(st.integers(0, len(raw)))
        raw = raw[:at] + draw(st.binary(max_size=4)) + raw[at + draw(st.integers(0, 4)) :]
    return feed, raw


def _change(draw: st.DrawFn, found: dict[str, Any]) -> None:
    data = found.get("data")
    place = data if isinstance(data, dict) and data and draw(st.booleans()) else found
    if not place:
        return
    key = draw(st.sampled_from([*place, "traceparent", "la"]))
    if isinstance(data, str) and key == "data":
        at = draw(st.integers(0, len(data)))
        found["data"] = data[:at] + draw(st.sampled_from(["<", "&", "]]>", "<a>", "x", "\x00", "é"])) + data[at + 1 :]
    elif draw(st.booleans()):
        place[key] = draw(values)
    else:
        place.pop(key, None)


@settings(max_examples=1500, deadline=None)
@given(spoiled(), st.sampled_from([None, b"k", b"\xff"]))
def test_nothing_makes_reading_fail_and_both_ways_agree(found: tuple[str, bytes], key: bytes | None) -> None:
    feed, raw = found
    got, careful = compiled(feed).read(raw, NOON, key), compiled(feed)._limited(raw, NOON, key)
    for one in (got, careful):
        assert isinstance(one, (tuple, Beat, Refusal))
        if isinstance(one, Refusal):
            assert one.reason in REASONS[one.outcome]
    assert meaning(got) == meaning(careful)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(FEEDS), st.binary(max_size=200))
def test_nothing_at_all_makes_reading_fail(feed: str, raw: bytes) -> None:
    got = compiled(feed).read(raw, NOON)
    assert isinstance(got, Refusal)
    assert got.outcome == REJECTED


def meaning(got: Got) -> Any:
    if isinstance(got, Refusal):
        return got.outcome, got.reason
    if isinstance(got, Beat):
        return got
    return [*got[:5], got[6], got[7], got[9], got[10], got[13]], [
        None if number is UNSET else number for number in got[8]
    ]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(FEEDS), st.integers(0, 999), st.integers(-200_000, 300), st.data())
def test_good_events_take_the_fast_way_to_the_same_end(feed: str, number: int, ago: int, data: st.DataObject) -> None:
    found = document(feed, number, time=moment(NOON + ago))
    fields = compiled(feed).fields
    if feed != "cap_alert":
        optional = [field.name for field in fields.values() if not field.required and field.name in found["data"]]
        for gone in data.draw(st.lists(st.sampled_from(optional), unique=True) if optional else st.just([])):
            if gone not in ("lat", "lon"):
                del found["data"][gone]
    raw = encoded(found)
    got, careful = compiled(feed).read(raw, NOON), compiled(feed)._limited(raw, NOON)
    assert isinstance(got, tuple)
    assert meaning(got) == meaning(careful)
    assert got[5] is careful[5] if isinstance(careful, tuple) else False


@given(st.text(max_size=300))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert one_line(one_line(text)) == one_line(text)
    assert SEPARATOR not in clean(text)


@given(st.text(st.sampled_from("a\u0301\u0300\u0323\u200b\ufeff \n\x00Đ한\u1100\u1161"), max_size=60))
def test_cleaning_heaps_of_marks_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert one_line(one_line(text)) == one_line(text)


def test_corpus_of_events_is_json() -> None:
    for feed in FEEDS:
        assert json.loads(event(feed, 1))["id"] == f"ev-{name(feed, 1)}"
    assert msgspec.json.decode(event("task", 1))["data"]["task_id"] == "task-1"


def test_what_is_typed_in_expires() -> None:
    until = "2025-03-20T00:00:00+07:00"
    typed = document("hospital_status", 1) | {"entry": "manual", "expiresat": until}
    state = compiled("hospital_status").state(accepted("hospital_status", typed), "")
    assert msgspec.convert(state, EntityState).expires == 1_742_403_600
    sent = compiled("hospital_status").state(accepted("hospital_status", typed | {"entry": "auto"}), "")
    assert msgspec.convert(sent, EntityState).expires is None
    refused = compiled("hospital_status").read(encoded(typed | {"expiresat": "tomorrow"}), NOON)
    assert isinstance(refused, Refusal)
    assert refused.reason == "bad_time"
