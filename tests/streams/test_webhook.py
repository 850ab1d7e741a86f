"""Bodies of requests as events: every form of CloudEvents over HTTP, bare CAP, and what hostile senders make of them."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.core.intake import BodyError, Judged, judge
from ioc.core.refusal import Refusal
from streams.sources.webhook import MOST_EVENTS, Webhook, events
from tests.conftest import hai_duong
from tests.corpus.bad import Case
from tests.corpus.cases import CASES
from tests.corpus.good import DROP, FEEDS, SOURCES, cap, document, encoded, event
from tests.corpus.play import compiled
from tests.streams.records import NOON

STRUCTURED = [("content-type", "application/cloudevents+json; charset=utf-8")]
BATCH = [("content-type", "application/cloudevents-batch+json")]
LINES = [("content-type", "application/x-ndjson")]
JSON = [("content-type", "application/json")]
CAP = [("content-type", "application/cap+xml")]
Headers = list[tuple[str, str]]


def parts(feed: str, headers: Headers, body: bytes, source: str = "") -> list[Any]:
    return list(events(compiled(feed).contract, headers, body, source))


def judged(feed: str, headers: Headers, body: bytes, source: str = "") -> Judged:
    [part] = parts(feed, headers, body, source)
    assert isinstance(part, bytes), part
    return judge(compiled(feed), part, NOON)


def binary(found: dict[str, Any], **more: str) -> Headers:
    known = {f"ce-{name}": str(value) for name, value in found.items() if name not in ("data", "datacontenttype")}
    return [*JSON, *(known | more).items()]


def refusal(feed: str, headers: Headers, body: bytes) -> str:
    """The reason for which a body, or its one event, is refused before it is judged."""
    try:
        found = parts(feed, headers, body)
    except Refusal as refused:
        return refused.reason
    [part] = found
    assert isinstance(part, Refusal), part
    return part.reason


@pytest.mark.parametrize("feed", FEEDS)
def test_the_bytes_go_on_as_they_came(feed: str) -> None:
    raw = event(feed, 1)
    assert parts(feed, STRUCTURED, b"\n " + raw + b"\r\n") == [raw]
    assert parts(feed, JSON, raw) == [raw]
    assert parts(feed, LINES, raw + b"\r\n\n" + event(feed, 2)) == [raw, event(feed, 2)]
    for kind in (BATCH, JSON):
        assert parts(feed, kind, b" [" + raw + b" ,\n" + event(feed, 2) + b"] ") == [raw, event(feed, 2)]
    assert parts(feed, BATCH, b"[]") == []
    got = judged(feed, STRUCTURED, raw)
    assert (got.id, got.source, got.outcome, got.value) == (f"ev-{feed}-1", SOURCES[feed], "accepted", raw)


@pytest.mark.parametrize("feed", [feed for feed in FEEDS if feed != "cap_alert"])
def test_binary_mode_says_the_same(feed: str) -> None:
    found = document(feed, 1)
    body = json.dumps(found["data"], ensure_ascii=False, indent=1).encode()
    got = judged(feed, binary(found), body)
    assert got.outcome == "accepted"
    assert json.loads(got.value) == found
    shuffled = [binary(found)[0], *reversed(binary(found)[1:])]
    assert judged(feed, shuffled, body).value == got.value


def test_attributes_are_percent_encoded_and_numbers_are_numbers() -> None:
    found = document("task", 1)
    headers = binary(found, **{"ce-subject": "nhi%E1%BB%87m%20v%E1%BB%A5", "ce-sequence": "7"})
    got = judged("task", headers, encoded(found["data"]))
    assert (got.outcome, got.key, json.loads(got.value)["sequence"]) == ("accepted", "nhiệm vụ", 7)
    plain = binary(found, **{"ce-subject": "nhiệm vụ".encode().decode("latin-1")})
    assert judged("task", plain, encoded(found["data"])).key == "nhiệm vụ"


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ([("ce-id", "1"), ("ce-id", "2")], "envelope"),
        ([("ce-data", "{}")], "envelope"),
        ([("ce-a_b", "1")], "envelope"),
        ([("ce-", "1")], "envelope"),
        ([("ce-id", "%ff")], "bad_encoding"),
    ],
)
def test_attributes_that_are_none(headers: Headers, reason: str) -> None:
    assert refusal("task", [*JSON, *headers], b"{}") == reason


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{},"source":"urn:vn:x:y"', "trailing_data"),
        (b"{} {}", "trailing_data"),
        (b"{", "not_json"),
        (b"\xff\xfe{\x00}\x00", "bad_encoding"),
        (b'{"a":"\xff"}', "bad_encoding"),
        (b"[" * 100_000, "too_deep"),
    ],
)
def test_data_can_not_break_out_of_its_envelope(body: bytes, reason: str) -> None:
    assert refusal("task", binary(document("task", 1)), body) == reason


def test_a_missing_attribute_is_told() -> None:
    headers = [(name, value) for name, value in binary(document("task", 1)) if name != "ce-time"]
    got = judged("task", headers, encoded(document("task", 1)["data"]))
    assert (got.outcome, got.reason, got.field) == ("rejected", "envelope", "time")


def test_a_bare_warning_gets_an_envelope_that_is_always_the_same() -> None:
    xml = cap(1)
    got = judged("cap_alert", CAP, xml.encode(), SOURCES["cap_alert"])
    assert (got.outcome, got.id, got.key) == ("accepted", "cap_alert-1", "cap_alert-1")
    assert judged("cap_alert", CAP, b"\xef\xbb\xbf" + xml.encode(), SOURCES["cap_alert"]).value == got.value
    assert json.loads(got.value)["data"] == xml
    own = judged("cap_alert", [*CAP, ("ce-id", "mine"), ("ce-source", "urn:vn:hai-duong:pctt")], xml.encode())
    assert (own.outcome, own.id, own.source) == ("accepted", "mine", "urn:vn:hai-duong:pctt")
    odd = judged("cap_alert", CAP, cap(1, identifier="a/b c").encode(), SOURCES["cap_alert"])
    assert odd.outcome == "accepted"
    assert odd.id.startswith("cap-")


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (b'<!DOCTYPE a [<!ENTITY b "c">]><alert>&b;</alert>', "forbidden_xml"),
        (b"<alert>", "bad_xml"),
        (b"<a/>", "bad_xml"),
        (b"<alert></alert>", "schema"),
        (cap(1).encode("utf-16"), "bad_encoding"),
        ("<alert><identifier>Mưa</identifier></alert>".encode("cp1258", "replace") + b"\xff", "bad_encoding"),
        (b"<alert>" + b"<a>" * 40 + b"</a>" * 40 + b"</alert>", "too_deep"),
        (b"<alert>" + b"x" * 300_000 + b"</alert>", "too_large"),
    ],
)
def test_a_hostile_warning(xml: bytes, reason: str) -> None:
    assert refusal("cap_alert", CAP, xml) == reason


def test_a_warning_without_a_source_is_told() -> None:
    got = judged("cap_alert", CAP, cap(1).encode())
    assert (got.reason, got.field) == ("envelope", "source")


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/cap+xml", "multipart/form-data", "application/x-www-form-urlencoded"]
)
def test_other_kinds_are_not_taken(kind: str) -> None:
    with pytest.raises(BodyError) as caught:
        parts("task", [("content-type", kind)], b"{}")
    assert caught.value.reason == "unsupported_type"


@pytest.mark.parametrize(
    ("headers", "body", "reason"),
    [
        (STRUCTURED, b"", "null_value"),
        (STRUCTURED, b" \n", "null_value"),
        ([("content-type", "application/json; charset=windows-1258")], b"{}", "bad_encoding"),
        ([("content-type", 'application/json; x="1"; charset="utf-16"')], b"{}", "bad_encoding"),
        (BATCH, b'{"id":1}', "schema"),
        (BATCH, b"[{}", "not_json"),
        (BATCH, b"[{},]", "not_json"),
        (BATCH, b"[{} {}]", "not_json"),
        (BATCH, b"[{}] [{}]", "trailing_data"),
        (BATCH, b"[{}]}", "trailing_data"),
        (BATCH, b"[" * 200_000, "too_deep"),
        (BATCH, b'[{"a":' * 100_000, "too_deep"),
        (BATCH, b'["\xff"]', "bad_encoding"),
        (BATCH, b"\x00", "schema"),
    ],
)
def test_bodies_that_can_not_be_taken_apart(headers: Headers, body: bytes, reason: str) -> None:
    assert refusal("task", headers, body) == reason


@pytest.mark.parametrize("headers", [BATCH, LINES])
def test_a_batch_has_a_limit(headers: Headers) -> None:
    for count, fits in ((MOST_EVENTS, True), (MOST_EVENTS + 1, False)):
        body = b"[" + b",".join([b"{}"] * count) + b"]" if headers is BATCH else b"{}\n" * count
        if fits:
            assert len(parts("task", headers, body)) == count
        else:
            with pytest.raises(BodyError) as caught:
                parts("task", headers, body)
            assert (caught.value.reason, caught.value.found) == ("too_many", {"most": MOST_EVENTS})


@pytest.mark.parametrize(
    "body",
    [b"[" + b"1," * 2_000_000 + b"1]", b"[[" + b"1," * 2_000_000 + b"1]]", b"[" + b"9" * 4_000_000 + b"]",
     b'["' + b"\\u0000" * 600_000 + b'"]', b"[" + b" " * 4_000_000 + b"]", b"[{}," + b'"",' * 900_000 + b"{}]"],
    ids=["numbers", "nested", "digits", "escapes", "blanks", "texts"],
)  # fmt: skip
def test_four_megabytes_of_nonsense_take_little_time(body: bytes) -> None:
    begin = time.process_time()
    with suppress(BodyError):
        for part in parts("task", BATCH, body):
            judge(compiled("task"), part, NOON)
    assert time.process_time() - begin < 2.0


async def test_neighbours_of_a_bad_event_are_taken() -> None:
    webhook = Webhook(hai_duong, lambda: NOON)
    huge = encoded(document("task", 3, id="x" * 129))
    big = encoded(document("task", 4) | {"pad": "x" * 300_000})
    deep = b'{"a":' * 40 + b"1" + b"}" * 40
    odd = encoded(document("task", 5, areacode="nothing"))
    bodies = [event("task", 1), huge, big, deep, odd, b"1", b'{"id":NaN}', event("task", 2)]
    got = await webhook.judge("task", BATCH, b"[" + b",".join(bodies) + b"]", "")
    assert [each.reason for each in got] == [
        "", "bad_id", "too_large", "too_deep", "unknown_enum", "not_object", "not_json", "",
    ]  # fmt: skip
    assert [each.sent for each in got] == [True, False, False, False, True, False, False, True]
    assert next((each.key, each.value) for each in got if each.sent) == ("task-1", event("task", 1))
    webhook.close()


async def test_a_heartbeat_is_taken() -> None:
    beat = document("task", 1, type="vn.ioc.heartbeat.v1", subject=DROP, data={"last_sequence": 5, "sent_since": 2})
    webhook = Webhook(hai_duong, lambda: NOON)
    [got] = await webhook.judge("task", STRUCTURED, encoded(beat), "")
    assert (got.outcome, got.key, got.sent) == ("heartbeat", SOURCES["task"], True)
    webhook.close()


async def test_time_is_the_installations() -> None:
    late, early = Webhook(hai_duong, lambda: NOON), Webhook(hai_duong, lambda: NOON - 86_400)
    assert (await late.judge("task", STRUCTURED, event("task", 1), ""))[0].outcome == "accepted"
    [got] = await early.judge("task", STRUCTURED, event("task", 1), "")
    assert (got.outcome, got.reason, got.sent) == ("quarantined", "future_time", True)
    late.close()
    early.close()


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.sent.value], ids=lambda case: f"{case.feed}: {case.kind}"
)
def test_the_door_judges_as_the_consumer_does(case: Case) -> None:
    """Only what needs the past (duplicate, late, id conflict, transitions) is found later."""
    assert case.sent.value is not None
    key = case.sent.key.encode() if case.sent.key else None
    got, told = compiled(case.feed).read(case.sent.value, NOON, key), judge(compiled(case.feed), case.sent.value, NOON)
    if key is not None and told.reason == "":
        return  # a wrong key can't be sent: the door makes it
    reason = got.reason if isinstance(got, Refusal) else ""
    assert told.reason == reason
    again = compiled(case.feed).read(case.sent.value, NOON, told.key.encode("utf-8", "replace") if told.key else None)
    assert (again.reason if isinstance(again, Refusal) else "") == reason


@given(
    st.lists(
        st.recursive(
            st.none() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=8,
        ),
        max_size=8,
    ),
    st.sampled_from([None, 1]),
)
def test_elements_are_cut_where_they_end(values: list[Any], indent: int | None) -> None:
    body = json.dumps(values, ensure_ascii=False, indent=indent).encode("utf-8", "surrogatepass")
    try:
        body.decode()
    except UnicodeDecodeError:
        return
    found = parts("task", BATCH, body)
    assert [json.dumps(json.loads(part)) for part in found] == [json.dumps(value) for value in values]
