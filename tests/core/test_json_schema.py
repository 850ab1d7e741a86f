"""Contracts as JSON Schema: good events keep to it, and what breaks the contract's schema breaks it too."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator, FormatChecker

from ioc.core.json_schema import Bilingual, data, schema
from ioc.core.refusal import Refusal
from ioc.locales import load
from tests.conftest import hai_duong
from tests.core.test_event import spoiled
from tests.corpus.bad import Case
from tests.corpus.cases import CASES
from tests.corpus.good import FEEDS, document
from tests.corpus.play import compiled
from tests.streams.records import NOON

BOTH = Bilingual({language: load(language) for language in ("vi", "en")})

# What no schema of the document can tell: the bytes it came as, the clock, the past, two values together, and that
# a number was written with a point.
BEYOND = {
    "null_value", "not_json", "bad_encoding", "trailing_data", "too_large", "too_deep", "headers_too_large",
    "forbidden_xml", "bad_xml", "bad_polygon", "unknown_reference",
    "future_time", "id_conflict", "illegal_transition", "inconsistent_times",
}  # fmt: skip
NOT_TOLD = {
    (
        "id with a line's end",
        "media_item",
    ),  # "$" of Python's regular expressions lets it pass, that of ECMA-262 doesn't
    ("subject isn't the key", "dossier"),  # the key isn't in the document
    ("much too great, unknown key", "open_dataset"),  # unknown keys may hold anything that a schema can name
    ("ten thousand digits", "indicator"),  # Python's own reader refuses it
    ("period of no day", "indicator"),  # no format of JSON Schema
}
FORMATS = FormatChecker(())


@FORMATS.checks("date-time", ValueError)
def is_moment(text: object) -> bool:
    return not isinstance(text, str) or bool(datetime.fromisoformat(text.upper()).tzinfo)


@FORMATS.checks("date", ValueError)
def is_day(text: object) -> bool:
    return not isinstance(text, str) or bool(date.fromisoformat(text))


def validator(feed: str) -> Draft7Validator:
    found = schema(hai_duong().feeds[feed], hai_duong(), BOTH)
    Draft7Validator.check_schema(found)
    return Draft7Validator(found, format_checker=FORMATS)


VALIDATORS = {feed: validator(feed) for feed in FEEDS}


def faults(feed: str, found: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}"[:300] for error in VALIDATORS[feed].iter_errors(found)]


def parsed(value: bytes | None) -> Any:
    return json.loads((value or b"").removeprefix(b"\xef\xbb\xbf"))


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.reason not in BEYOND and case.feed != "cap_alert"],
    ids=lambda case: f"{case.feed}: {case.kind}",
)  # fmt: skip
def test_the_schema_and_the_reader_agree(case: Case) -> None:
    if (case.kind, case.feed) in NOT_TOLD:
        return
    assert bool(faults(case.feed, parsed(case.sent.value))) == bool(case.reason), faults(
        case.feed, parsed(case.sent.value)
    )


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.feed == "cap_alert" and not case.reason], ids=lambda case: case.kind
)
def test_warnings_keep_to_the_schema(case: Case) -> None:
    assert faults("cap_alert", parsed(case.sent.value)) == []


@settings(max_examples=600, deadline=None)
@given(spoiled())
def test_what_is_accepted_keeps_to_the_schema(found: tuple[str, bytes]) -> None:
    feed, raw = found
    got = compiled(feed).read(raw, NOON)
    if not isinstance(got, Refusal):
        assert faults(feed, parsed(raw)) == []


@settings(max_examples=300, deadline=None)
@given(spoiled())
def test_what_keeps_to_the_schema_is_not_refused_for_it(found: tuple[str, bytes]) -> None:
    feed, raw = found
    got = compiled(feed).read(raw, NOON)
    if isinstance(got, Refusal) and got.reason not in BEYOND and feed != "cap_alert":
        assert faults(feed, parsed(raw)) != [], got.detail


@given(st.sampled_from(FEEDS), st.integers(0, 99))
def test_good_events_keep_to_the_schema(feed: str, number: int) -> None:
    assert faults(feed, document(feed, number)) == []


def test_personal_fields_units_and_code_lists_are_marked() -> None:
    profile = hai_duong()
    for feed, contract in profile.feeds.items():
        properties = data(contract, profile, BOTH)["properties"]
        for name, field in contract.parsed().items():
            assert properties[name].get("x-pii", False) == field.pii, (feed, name)
            assert (name in data(contract, profile, BOTH)["required"]) == field.required
            if field.codes:
                assert properties[name]["enum"][: len(field.codes)] == list(field.codes)
    rules = data(profile.feeds["station_reading"], profile, BOTH)["allOf"]
    units = {
        rule["then"]["properties"]["value"].get("x-unit") for rule in rules if "value" in rule["then"]["properties"]
    }
    assert units == {"m", "mm", "µg/m³", "mg/l", None}


def test_both_languages_are_there() -> None:
    told = schema(hai_duong().feeds["task"], hai_duong(), BOTH)
    assert told["title"] == "Nhiệm vụ / Tasks"
    vi, en = told["description"].split("\n\n")
    assert vi.startswith("Chủ quản: ")
    assert en.startswith("Owner: ")
