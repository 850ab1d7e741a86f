"""The mapping as a table of cases, and its promises as properties."""

from __future__ import annotations

import math
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.core.contract import Entity, FeedContract
from ioc.core.event import Compiled
from ioc.core.mapping import ABSENT, Reader, as_text, digest, document, identifier, look_up, path_parts
from ioc.core.outgoing import event
from ioc.core.source import Mapping, Rule, Source
from tests.conftest import hai_duong

NOW = 1_742_266_800.0  # 2025-03-18T10:00:00+07:00
ZONE = "Asia/Ho_Chi_Minh"
CONTRACT = FeedContract(
    feed="x", title={}, owner="", source=["urn:vn:tiny:x"], entity=Entity(key=["name"]),
    fields={
        "name": "text", "figure?": "number", "whole?": "int", "code?": "$code", "yes?": "bool", "at?": "time",
        "day?": "date", "list?": "[text]", "nullable": "number?",
    },
    codes={"code": ["good", "bad"]},
)  # fmt: skip
SOURCE = Source(id="s", kind="rest", feed="x", source="urn:vn:tiny:x", organisation="office", title={})


def _read(item: Any, mapping: Mapping | None = None, **fields: Any) -> Any:
    mapping = mapping or Mapping(fields={"name": Rule(const="n"), **fields})
    return Reader(mapping, CONTRACT, ZONE).read(item, NOW)


@pytest.mark.parametrize(
    ("field", "rule", "item", "wanted"),
    [
        ("figure", "a.b.0.c", {"a": {"b": [{"c": 1.5}]}}, 1.5),
        ("figure", "a", {"a": "12.50"}, 12.5),
        ("figure", Rule(path="a", decimal=","), {"a": "1.234,5"}, 1234.5),
        ("figure", Rule(path="a", scale=0.01), {"a": 351}, 3.51),  # 351 × 0.01 as floats is 3.5100000000000002
        ("figure", Rule(path="a", scale=0.1, offset=-40), {"a": "653"}, 25.3),
        ("figure", "a", {"a": -9999}, -9999),
        ("figure", "a", {"a": None}, None),
        ("figure", "a", {}, ABSENT),
        ("figure", Rule(path="a", default=0), {}, 0),
        ("whole", "a", {"a": 9007199254740993}, 9007199254740993),
        ("whole", "a", {"a": "9007199254740993"}, 9007199254740993),
        ("whole", "a", {"a": 5.0}, 5),
        ("whole", Rule(path="a", scale=1000), {"a": "1.5"}, 1500),
        ("name", "a", {"a": 7}, "7"),
        ("name", "a", {"a": 7.0}, "7"),
        ("name", Rule(template="{a} – {b.0}"), {"a": "x", "b": [True]}, "x – true"),
        ("code", Rule(path="a", map={"1": "good", "2": "bad"}), {"a": 1}, "good"),
        ("code", Rule(path="a", map={"true": "good"}), {"a": True}, "good"),
        ("code", Rule(path="a", map={"1": "good"}, default="bad"), {"a": 3}, "bad"),
        ("code", Rule(path="a", map={"1": "good"}, default="bad"), {}, "bad"),
        ("code", Rule(path="a", map={"1": "good"}), {"a": 3}, "3"),  # refused by the feed: unknown_enum
        ("yes", Rule(path="a", map={"Y": True, "N": False}), {"a": "N"}, False),
        ("at", "a", {"a": "2025-03-18T10:00:00Z"}, "2025-03-18T10:00:00+00:00"),
        ("at", "a", {"a": "2015-03-29T11:01:38.221126-0600"}, "2015-03-29T11:01:38.221126-06:00"),
        ("at", "a", {"a": "2025-03-18 10:00:00"}, "2025-03-18T10:00:00+07:00"),
        ("at", Rule(path="a", zone="UTC"), {"a": "2025-03-18 10:00:00"}, "2025-03-18T10:00:00+00:00"),
        ("at", Rule(path="a", format="%d/%m/%Y %H:%M"), {"a": "18/03/2025 10:00"}, "2025-03-18T10:00:00+07:00"),
        ("at", Rule(path="a", format="unix"), {"a": 1742266800}, "2025-03-18T10:00:00+07:00"),
        ("at", Rule(path="a", format="unix_ms"), {"a": "1742266800500"}, "2025-03-18T10:00:00.500000+07:00"),
        ("day", Rule(path="a", format="%d/%m/%Y"), {"a": "18/03/2025"}, "2025-03-18"),
        ("list", "a", {"a": ["x", 1]}, ["x", "1"]),
    ],
)
def test_values(field: str, rule: Any, item: Any, wanted: Any) -> None:
    mapped = _read(item, **{field: rule})
    assert mapped.data.get(field, ABSENT) == wanted
    assert mapped.faults == ()


@pytest.mark.parametrize(
    ("field", "rule", "item", "reason", "kept"),
    [
        ("figure", "a", {"a": "twelve"}, "wrong_type", "twelve"),
        ("figure", "a", {"a": "1e999"}, "wrong_type", "1e999"),
        ("figure", Rule(path="a", scale=1e300), {"a": 1e300}, "wrong_type", 1e300),
        ("figure", "a", {"a": "1,5"}, "wrong_type", "1,5"),
        ("figure", "a", {"a": True}, "wrong_type", True),
        ("figure", "a", {"a": {}}, "wrong_type", {}),
        ("yes", "a", {"a": "yes"}, "wrong_type", "yes"),
        ("name", "a", {"a": ["x"]}, "wrong_type", ["x"]),
        ("name", "a", {}, "schema", ABSENT),
        ("at", "a", {"a": "yesterday"}, "bad_time", "yesterday"),
        ("at", Rule(path="a", format="unix"), {"a": 1e30}, "bad_time", 1e30),
        ("at", Rule(path="a", format="%d/%m/%Y"), {"a": "2025-03-18"}, "bad_time", "2025-03-18"),
    ],
)
def test_what_cant_be_right_is_told_and_passed_on(field: str, rule: Any, item: Any, reason: str, kept: Any) -> None:
    mapped = _read(item, **{field: rule})
    assert [(fault.field, fault.reason) for fault in mapped.faults] == [(field, reason)]
    assert mapped.data.get(field, ABSENT) == kept


def test_a_required_field_may_be_null_where_the_contract_says_so() -> None:
    assert _read({"a": None}, nullable="a").faults == ()


def test_the_time_of_an_event() -> None:
    timed = Mapping(fields={"name": Rule(const="n")}, time="t")
    assert _read({"t": "2025-03-18T03:00:00Z"}, timed).at == NOW
    assert _read({}).at == NOW
    wrong = _read({"t": "soon"}, timed)
    assert (wrong.time, [fault.reason for fault in wrong.faults]) == ("soon", ["bad_time"])
    assert _read({}, timed).time == "absent"


def test_ids() -> None:
    mapping = Mapping(fields={"name": Rule(const="n")}, time=Rule(path="t", format="unix"), id="{k}-{t}")
    assert _read({"k": "A", "t": 5}, mapping).id == "A-5"
    strange = _read({"k": "Hòa", "t": 5}, mapping).id
    assert re.fullmatch("[0-9a-f]{32}", strange)
    assert strange != _read({"k": "Hoà", "t": 5}, mapping).id
    assert re.fullmatch("[0-9a-f]{32}", _read({"t": 5}, mapping).id)  # a hole in the template


def test_organisation_and_area_come_from_the_object_or_the_source() -> None:
    mapping = Mapping(fields={"name": "n"}, area="ward", organisation=Rule(path="o", map={"7": "north"}))
    seen = [
        msgspec.json.decode(event(CONTRACT, SOURCE, _read(item, mapping)).value)
        for item in ({"n": "x", "ward": 288, "o": 7}, {"n": "x"})
    ]
    assert [(one.get("areacode"), one["orgcode"]) for one in seen] == [("288", "north"), (None, "office")]


def test_the_subject_is_the_entity() -> None:
    contract = msgspec.structs.replace(CONTRACT, entity=Entity(key=["name", "code", "areacode", "minute"]))
    mapped = Reader(Mapping(fields={"name": "n", "code": "c"}, area="a"), contract, ZONE).read(
        {"n": "x", "c": "good", "a": "288"}, NOW
    )
    made = event(contract, SOURCE, mapped)
    assert made.key == f"x/good/288/{int(NOW) // 60}"
    assert msgspec.json.decode(made.value)["subject"] == made.key


def test_a_mapped_reading_is_accepted_by_its_feed() -> None:
    contract = hai_duong().feeds["station_reading"]
    mapping = Mapping(
        fields={
            "station_id": "topic.station", "metric": Rule(path="topic.metric", map={"muc-nuoc": "muc_nuoc"}),
            "value": Rule(path="payload.v", scale=0.01), "unit": Rule(const="m"), "quality": Rule(const="good"),
        },
        time=Rule(path="payload.t", format="unix"), id="{topic.station}-{payload.t}",
    )  # fmt: skip
    source = msgspec.structs.replace(SOURCE, feed="station_reading", source=contract.source[1], organisation="kttv")
    item = {"topic": {"station": "pha-lai", "metric": "muc-nuoc"}, "payload": {"v": 583, "t": int(NOW)}}
    made = event(contract, source, Reader(mapping, contract, ZONE).read(item, NOW))
    got: Any = Compiled(contract, hai_duong()).read(made.value, NOW, made.key.encode())
    assert isinstance(got, tuple)
    assert (got[12].value, got[4], got[5].area) == (5.83, "pha-lai/muc_nuoc", "290")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
PATHS = st.lists(st.sampled_from(["a", "b", "c", "0", "1", "x"]), min_size=1, max_size=3).map(".".join)
RULES = st.one_of(
    PATHS,
    st.builds(
        Rule, path=PATHS, scale=st.floats(-1e3, 1e3), offset=st.floats(-1e3, 1e3), decimal=st.sampled_from([".", ","]),
        format=st.sampled_from(["", "unix", "unix_ms", "%d/%m/%Y"]), map=st.dictionaries(st.just("1"), st.just("good")),
    ),
    st.builds(Rule, template=st.just("{a}-{b.0}")),
)  # fmt: skip


@given(JSON, st.dictionaries(st.sampled_from([name.rstrip("?") for name in CONTRACT.fields]), RULES), RULES)
def test_any_object_becomes_an_event_and_the_same_one_again(item: Any, fields: Any, time: Any) -> None:
    """Never an error, always bytes; deterministic; and without a fault every value is of its field's type."""
    reader = Reader(Mapping(fields=fields, time=time), CONTRACT, ZONE)
    first, second = (event(CONTRACT, SOURCE, reader.read(item, NOW)) for _ in range(2))
    assert first == second
    assert re.fullmatch(r"[A-Za-z0-9._:-]{1,128}", first.id)
    mapped = reader.read(item, NOW)
    assert math.isfinite(mapped.at)
    if not any(fault.field == "figure" for fault in mapped.faults) and mapped.data.get("figure") is not None:
        assert isinstance(mapped.data["figure"], int | float)


@given(JSON, JSON)
def test_digests_tell_objects_apart(one: Any, other: Any) -> None:
    if digest(one) == digest(other):
        assert msgspec.json.encode(one, order="deterministic") == msgspec.json.encode(other, order="deterministic")


@given(st.text(), st.text())
def test_identifiers_tell_texts_apart(one: str, other: str) -> None:
    assert (identifier(one) == identifier(other)) == (one == other)


@pytest.mark.parametrize("raw", [b"", b"{", b"[" * 100_000, b"\xff", b"NaN", b'"\\ud800"'])
def test_what_is_no_document(raw: bytes) -> None:
    with pytest.raises(ValueError):
        document(raw)


@pytest.mark.parametrize("depth", range(800, 1000, 9))
def test_what_was_read_can_be_written(depth: int) -> None:
    try:
        found = document(b"[" * depth + b"]" * depth)
    except ValueError:
        return
    assert digest([found])


def test_paths() -> None:
    assert look_up([{"a": 1}], path_parts("0.a")) == 1
    assert look_up({"a": 1}, path_parts(".")) == {"a": 1}
    for path in ("b", "a.0", "a.b", "1"):
        assert look_up({"a": 1}, path_parts(path)) is ABSENT
    assert [as_text(value) for value in (1, 1.0, 1.5, True, None, "x", [1])] == [
        "1",
        "1",
        "1.5",
        "true",
        "null",
        "x",
        "[1]",
    ]
