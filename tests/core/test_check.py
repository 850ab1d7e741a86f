"""Broken profiles: each case changes one place of the tiny profile, and the check names file, line, path and mend."""

from __future__ import annotations

import functools
import re
import string
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.core.check import base_of, check, digest
from ioc.core.check_document import File
from ioc.core.contract import Strict
from ioc.core.errors import Problem
from ioc.locales import languages, load
from streams.simulator.scenario import Scenario
from streams.sources.registry import source_types
from tests.profile_fixture import FILES, NAME, SOURCES

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yaml"))


class TileOptions(Strict, frozen=True, kw_only=True):
    spark: float | None = None


class AlertOptions(Strict, frozen=True, kw_only=True):
    rows: int = 5


PANEL_TYPES: dict[str, type] = {"tile": TileOptions, "alerts": AlertOptions}


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``file`` gets ``change`` (what stands there once → what replaces it) or ``content``; with neither it is removed.

    ``at`` is the text of the line (of ``reported``, default the file itself) on which the problem must lie.
    """

    why: str
    file: str
    change: dict[str, str] = {}
    content: str | None = None
    reported: str = ""
    at: str = ""
    path: str
    mend: str
    also: int = 0


def _case(path: Path) -> Case:
    return msgspec.convert(yaml.safe_load(path.read_text("utf-8")), Case)


def _files(case: Case) -> dict[str, str]:
    files = FILES | SOURCES if case.file.startswith("sources/") else dict(FILES)
    if case.content is not None:
        files[case.file] = case.content
    elif case.change:
        for old, new in case.change.items():
            assert files[case.file].count(old) == 1, f"'{old}' stands {files[case.file].count(old)} times"
            files[case.file] = files[case.file].replace(old, new)
    else:
        del files[case.file]
    return files


def _problems(files: dict[str, str], language: str = "en") -> list[Problem]:
    shown = {name: File(name=name, content=text.encode()) for name, text in files.items()}
    return check(NAME, shown, load(language), PANEL_TYPES, scenario_type=Scenario, source_types=source_types()).problems


@functools.cache
def _problems_of(path: Path, language: str = "en") -> list[Problem]:
    return _problems(_files(_case(path)), language)


def _line(text: str, mark: str) -> int:
    lines = [number for number, line in enumerate(text.splitlines(), start=1) if mark in line]
    assert len(lines) == 1, f"'{mark}' stands on lines {lines}"
    return lines[0]


def test_the_tiny_profile_is_good() -> None:
    assert _problems(FILES) == []
    assert _problems(FILES | SOURCES) == []


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_profile_says_where_and_how_to_mend_it(path: Path) -> None:
    case = _case(path)
    files = _files(case)
    problems = _problems_of(path)
    reported = case.reported or case.file
    line = _line(files[reported], case.at) if case.at else 1
    found = [problem for problem in problems if problem.path == case.path and problem.file.endswith(reported)]
    assert found, "\n".join(map(str, problems))
    assert {problem.line for problem in found} == {line}
    assert any(case.mend in problem.mend for problem in found), "\n".join(map(str, found))
    assert len(problems) == 1 + case.also, "\n".join(map(str, problems))


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_every_language_says_it(path: Path) -> None:
    said = {language: _problems_of(path, language) for language in languages()}
    places = {language: [(p.file, p.line, p.path) for p in problems] for language, problems in said.items()}
    assert len({str(sorted(place)) for place in places.values()}) == 1
    assert all(problem.message and problem.mend for problems in said.values() for problem in problems)


def test_there_are_enough_cases() -> None:
    assert len(BROKEN) >= 40


def test_every_kind_of_problem_has_a_case() -> None:
    """Each sentence of the check is said by some case, but for those that the loader of folders says."""
    said_elsewhere = {"no_profile", "no_base", "base_of_base", "refused", "too_deep", "not_utf8"}
    sentences = load("en").sentences
    keys = {key.split(".")[1] for key in sentences if key.startswith("check.") and key.endswith(".mend")}
    unsaid = set(keys - said_elsewhere)
    for path in BROKEN:
        for problem in _problems_of(path):
            unsaid -= {key for key in unsaid if _fits(sentences[f"check.{key}.is"], problem.message)}
    assert unsaid == set()


def _fits(sentence: str, message: str) -> bool:
    """Whether the message may have been made from the sentence."""
    parts = [
        re.escape(text) + ("" if name is None else ".*") for text, name, _, _ in string.Formatter().parse(sentence)
    ]
    return re.fullmatch("".join(parts), message, re.S) is not None


def test_all_problems_are_said_at_once_and_sorted() -> None:
    files = {**FILES}
    files["walls/overview.yaml"] = files["walls/overview.yaml"].replace("type: tile", "type: tyle")
    files["feeds/dossier.yaml"] = files["feeds/dossier.yaml"].replace("cadence: 5m", "cadence: soon")
    problems = _problems(files)
    assert [(problem.file, problem.line) for problem in problems] == [
        ("feeds/dossier.yaml", 5),
        ("walls/overview.yaml", 6),
        ("walls/overview.yaml", 7),
        ("walls/overview.yaml", 8),
    ]


def test_text_that_isnt_utf8_is_found_on_its_line() -> None:
    shown = {name: File(name=name, content=text.encode()) for name, text in FILES.items()}
    shown["areas.csv"] = File(name="areas.csv", content=FILES["areas.csv"].encode("utf-16"))
    assert any(p.file == "areas.csv" and "UTF-8" in p.mend for p in check(NAME, shown, load("en")).problems)


@pytest.mark.parametrize("bomb", ["a: &a [*a]", "a: &a [x]\nb: &b [*a,*a]\n" + "[" * 60 + "]" * 60])
def test_a_document_that_holds_itself_ends(bomb: str) -> None:
    assert _problems({**FILES, "stations.yaml": bomb})


def test_yaml_is_read_as_it_is_written() -> None:
    """No Norway, no sexagesimal numbers, no dates: codes and times stay text."""
    wall = FILES["walls/overview.yaml"].replace("{vi: Tổng quan, en: Overview}", "{vi: no, en: 17:30}")
    head = FILES["profile.yaml"].replace('"2025-03-31"', "2025-03-31")
    shown = {
        name: File(name=name, content=text.encode())
        for name, text in {**FILES, "walls/overview.yaml": wall, "profile.yaml": head}.items()
    }
    checked = check(NAME, shown, load("en"))
    assert checked.profile is not None
    assert checked.profile.walls["overview"].title == {"vi": "no", "en": "17:30"}
    assert checked.profile.head.as_of == "2025-03-31"


def test_the_digest_changes_with_any_byte_and_name() -> None:
    one = {"a": File(name="a", content=b"x")}
    assert digest(one) != digest({"a": File(name="a", content=b"y")})
    assert digest(one) != digest({"b": File(name="a", content=b"x")})


def test_base_of() -> None:
    assert base_of(b"id: x\nbase: other\n") == "other"
    assert base_of(b"id: x\n") == ""
    assert base_of(b"{") == ""
    assert base_of(b"- x") == ""


JUNK: list[Any] = [
    None,
    True,
    -1,
    0,
    2**70,
    1e308,
    "",
    "x",
    "90",
    "[",
    "a: b",
    [],
    [[]],
    ["x", 1],
    {},
    {"x": {}},
    {"vi": 1},
]
YAMLS = sorted(name for name in FILES | SOURCES if name.endswith(".yaml"))


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, below in inner for found in _paths(below, (*path, key)))]


def _replaced(value: Any, path: tuple[Any, ...], junk: Any) -> Any:
    if not path:
        return junk
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _replaced(copy[path[0]], path[1:], junk)
    return copy


def _judged(name: str, content: bytes) -> None:
    """The check ends with a profile or with problems, each on a line of its file."""
    shown = {each: File(name=each, content=text.encode()) for each, text in FILES.items()}
    shown[name] = File(name=name, content=content)
    checked = check(NAME, shown, load("en"), PANEL_TYPES, scenario_type=Scenario, source_types=source_types())
    assert (checked.profile is None) == bool(checked.problems)
    for problem in checked.problems:
        text = shown[problem.file].content.decode("utf-8", "replace")
        assert 1 <= problem.line <= len(text.splitlines()) + 1


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_value_in_any_place_is_judged(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(YAMLS))
    value = yaml.safe_load((FILES | SOURCES)[name])
    path = data.draw(st.sampled_from(_paths(value)))
    broken = _replaced(value, path, data.draw(st.sampled_from(JUNK)))
    _judged(name, yaml.safe_dump(broken, allow_unicode=True).encode())


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_bytes_in_any_place_are_judged(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(FILES | SOURCES)))
    content = (FILES | SOURCES)[name].encode()
    start = data.draw(st.integers(0, len(content)))
    junk = data.draw(
        st.binary(max_size=6) | st.sampled_from([b'"', b"\n", b",", b": ", b"- ", b"{", b"&a ", b"*a", b"!x "])
    )
    _judged(name, content[:start] + junk + content[start + data.draw(st.integers(0, 40)) :])
