"""The board: values from cells, open cells and entities; any split over partitions and batches reads the same."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ioc.core.board import Board
from ioc.core.cell import Cell, OpenCell, Stat, address
from ioc.core.change import Change
from ioc.core.clock import REAL
from ioc.core.entity import EntityState
from ioc.core.profile import Profile
from ioc.locales import load as load_words
from ioc.profile_files import load

PROFILE = Path(__file__).parent.parent.parent / "profiles" / "hai-duong"
NOON = datetime(2025, 3, 18, 5, 0, tzinfo=UTC).timestamp()  # 12:00 in the province
MIDNIGHT = NOON - 12 * 3600
encode = msgspec.msgpack.encode


@pytest.fixture(scope="module")
def profile() -> Profile:
    return load(PROFILE)


def board(profile: Profile) -> Board:
    return Board(profile, {language: load_words(language) for language in ("vi", "en")})


def dossier(at: float, status: str, area: str, on_time: str, count: int) -> tuple[str, bytes]:
    """One cell: new_status, area, level, channel, on_time, digitised, paid_online."""
    return address(int(at // 60), (status, area, "district", "online", on_time, "", "")), encode(Cell(count, [None]))


def change(*cells: tuple[str, bytes], suffix: str = "cells:1", pulse: float = NOON) -> Change:
    pairs: list[str | bytes] = [part for cell in cells for part in cell]
    return Change(sets=[(suffix, 0, pairs), ("pulse", 0, ["newest", encode(pulse)])])


def test_ratio_of_today_leaves_yesterday_out(profile: Profile) -> None:
    shown = board(profile)
    shown.apply("dossier", 0, change(dossier(MIDNIGHT + 60, "DA_TRA", "288", "yes", 9)))
    shown.apply("dossier", 1, change(dossier(NOON - 60, "DA_TRA", "290", "no", 1)))
    shown.apply("dossier", 1, change(dossier(MIDNIGHT - 60, "DA_TRA", "290", "no", 50)))
    scene = shown.scene(NOON, REAL, "vi")
    assert scene.reading("dossier-on-time").value == pytest.approx(90.0)
    rolled = scene.roll_up(scene.reading("dossier-on-time", by="area"), 1)
    assert rolled["288"] == 100.0
    assert rolled["290"] == 0.0
    assert rolled["291"] is None


def test_nothing_is_not_zero(profile: Profile) -> None:
    reading = board(profile).scene(NOON, REAL, "vi").reading("dossier-on-time")
    assert reading.value is None
    assert reading.freshness == "none"


def test_a_course_begins_where_the_cells_do(profile: Profile) -> None:
    shown = board(profile)
    shown.apply("dossier", 0, change(dossier(NOON - 5400, "TIEP_NHAN", "288", "", 4)))
    course = shown.scene(NOON, REAL, "vi").series("dossier-received", NOON - 4 * 3600, NOON, 3600)
    assert course == [None, None, 4.0, 4.0]


@pytest.mark.parametrize(
    ("age", "freshness"),
    [(299, "live"), (309, "live"), (311, "late"), (609, "late"), (611, "stale"), (1209, "stale"), (1211, "offline")],
)
def test_a_silent_feed_ages(profile: Profile, age: float, freshness: str) -> None:
    shown = board(profile)
    shown.apply("dossier", 0, change(dossier(NOON, "DA_TRA", "288", "yes", 1)))
    assert shown.scene(NOON + age, REAL, "vi").pulse("dossier").freshness == freshness


def test_overdue_follows_the_clock_without_an_event(profile: Profile) -> None:
    shown = board(profile)
    due = int(NOON + 600)
    held = f"288\x1fdistrict\x1fonline\x1fDANG_XU_LY\x1f{due}", encode(OpenCell(3, 3 * (NOON - 7200)))
    shown.apply("dossier", 0, change(held, suffix="open"))
    assert shown.scene(NOON, REAL, "vi").reading("dossier-overdue").value == 0
    assert shown.scene(NOON, REAL, "vi").reading("dossier-due-soon").value == 3
    assert shown.scene(NOON, REAL, "vi").reading("dossier-age").value == pytest.approx(2.0)
    assert shown.scene(due + 1.0, REAL, "vi").reading("dossier-overdue").value == 3


def test_a_station_above_its_level_alarms_since_it_crossed(profile: Profile) -> None:
    shown = board(profile)
    for back, level in ((40, 5.9), (30, 6.05), (20, 6.1), (10, 6.17)):
        at = NOON - back * 60
        cell = Cell(1, [Stat(1, level, level, level, level, at)])
        where = address(int(at // 60), ("pha-lai", "muc_nuoc", "good", "290"))
        state = EntityState(at=at, area="290", kept={"station_id": "pha-lai", "metric": "muc_nuoc", "value": level,
                                                     "unit": "m"})  # fmt: skip
        shown.apply("station_reading", 0, change((where, encode(cell)), pulse=at))
        shown.apply("station_reading", 0, change(("pha-lai/muc_nuoc", encode(state)), suffix="entities", pulse=at))
    first = shown.scene(NOON, REAL, "vi").alerts()[0]
    assert (first.id, first.priority) == ("station/pha-lai/muc_nuoc", "critical")
    assert first.since == pytest.approx(NOON - 30 * 60, abs=60)
    silent = shown.scene(NOON + 86_400, REAL, "vi").alerts()
    assert first.id in [alarm.id for alarm in silent], "silence never resolves"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    counts=st.lists(st.tuples(st.integers(0, 719), st.sampled_from(["288", "290", "291"]), st.integers(1, 9)),
                    min_size=1, max_size=30, unique_by=lambda row: (row[0], row[1])),
    data=st.data(),
)  # fmt: skip
def test_any_order_and_any_repetition_reads_the_same(
    profile: Profile, counts: list[tuple[int, str, int]], data: st.DataObject
) -> None:
    cells = [
        (index % 4, dossier(NOON - minute * 60, "TIEP_NHAN", area, "", count))
        for index, (minute, area, count) in enumerate(counts)
    ]
    shown = board(profile)
    for partition, cell in data.draw(st.permutations(cells)):
        shown.apply("dossier", partition, change(cell))
        shown.scene(NOON, REAL, "vi").reading("dossier-received")
    for partition, cell in data.draw(st.lists(st.sampled_from(cells), max_size=5)):
        shown.apply("dossier", partition, change(cell))
    reading = shown.scene(NOON, REAL, "vi").reading("dossier-received", by="area")
    assert reading.value == sum(count for _, _, count in counts)
    for area in ("288", "290", "291"):
        assert reading.by.get(area, 0) == sum(count for _, where, count in counts if where == area)


def test_the_newest_reading_of_a_station_counts_whatever_its_quality(profile: Profile) -> None:
    """A doubtful level of yesterday evening isn't taken beside the good one of now."""
    shown = board(profile)
    for ago, quality, level in ((20 * 3600, "suspect", 5.5), (600, "good", 2.5)):
        at = NOON - ago
        where = ("pha-lai", "muc_nuoc", quality, "290")
        cell = (address(int(at // 60), where), encode(Cell(1, [Stat(1, level, level, level, level, at)])))
        shown.apply("station_reading", 0, change(cell, suffix=f"cells:{int(at // 3600)}"))
    assert shown.scene(NOON, REAL, "vi").reading("river-pha-lai").value == 2.5


@pytest.mark.parametrize("value", [2**53 + 1, -(2**53) - 1, 2**63 - 1])
def test_a_reported_integer_keeps_every_digit_up_to_the_screen(profile: Profile, value: int) -> None:
    found = board(profile)
    indicator = next(each for each in profile.indicators.values() if each.measure.kind == "reported")
    state = EntityState(at=NOON, kept={"code": indicator.measure.code, "value": value, "period": "2025-03"})
    pulse = {"newest": encode(NOON)}
    found.load(indicator.measure.feed, 0, {"entities": {"one": encode(state)}, "pulse": pulse})
    scene = found.scene(NOON, REAL, "vi")
    reading = scene.reading(indicator.id)
    assert reading.value == value
    assert isinstance(reading.value, int)
    shown = scene.words.number(reading.value, indicator.decimals).partition(",")[0]
    assert int(shown.replace(".", "").replace("−", "-")) == value


def test_a_typed_in_number_that_has_expired_is_stale(profile: Profile) -> None:
    shown = board(profile)
    held = {"code": "GRDP_SIZE", "value": 213.4, "period": "2025"}
    state = EntityState(at=NOON, manual=True, kept=held, expires=NOON + 3600)
    shown.apply("indicator", 0, Change(sets=[("entities", 0, ["GRDP_SIZE//2025", encode(state)])]))
    name = next(i.id for i in profile.indicators.values() if i.measure.code == "GRDP_SIZE")
    fresh = shown.scene(NOON + 3599, REAL, "vi").reading(name)
    assert (fresh.value, fresh.manual, fresh.freshness, fresh.expires) == (213.4, True, "live", NOON + 3600)
    expired = shown.scene(NOON + 3600, REAL, "vi").reading(name)
    assert (expired.value, expired.freshness, expired.since) == (213.4, "stale", NOON + 3600)


def test_a_typed_in_number_holds_longer_than_a_feed_may_be_silent(profile: Profile) -> None:
    shown = board(profile)
    name = next(i.id for i in profile.indicators.values() if i.measure.number == "beds_used")
    typed = EntityState(at=MIDNIGHT, manual=True, kept={"beds_used": 7, "beds_planned": 10}, expires=MIDNIGHT + 86_400)
    shown.apply("hospital_status", 0, Change(sets=[("entities", 0, ["A", encode(typed)])]))
    found = [
        shown.scene(MIDNIGHT + hours * 3600, REAL, "vi").reading(name).freshness for hours in (1, 23.9, 24.1, 90, 100)
    ]
    assert found == ["live", "live", "stale", "stale", "offline"]
    sent = EntityState(at=MIDNIGHT, kept={"beds_used": 1, "beds_planned": 10})
    shown.apply("hospital_status", 0, Change(sets=[("entities", 0, ["B", encode(sent)])]))
    assert shown.scene(MIDNIGHT + 3600, REAL, "vi").reading(name).freshness == "stale"
