"""How much happens when: totals of a day, working days and holidays, shape of the day, phases."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from random import Random

import pytest

from ioc.core.profile import Profile
from streams.simulator import registry
from streams.simulator.draft import Draft
from streams.simulator.scenario import Scenario, moment
from streams.simulator.workday import SHAPES, Calendar, arrivals, poisson
from streams.simulator.world import World

DAY = 86_400.0
FIRST: dict[str, tuple[str, str | None]] = {
    "dossier": ("new_status", "TIEP_NHAN"),
    "citizen_report": ("status", "NEW"),
    "security_alert": ("status", "open"),
    "traffic_event": ("kind", None),
    "media_item": ("kind", None),
}


def _day(profile: Profile, scenario: Scenario, feed: str, begin: str) -> list[Draft]:
    at = moment(begin)
    world = World(profile, scenario, seed=3, begin=at)
    found = []
    for draft in registry.drafts(world, feed):
        if draft.at >= at + DAY:
            break
        if draft.at >= at:
            found.append(draft)
    return found


def _begun(profile: Profile, scenario: Scenario, feed: str, begin: str) -> int:
    """How many entities began on the day."""
    field, value = FIRST[feed]
    seen: set[str] = set()
    count = 0
    for draft in _day(profile, scenario, feed, begin):
        assert isinstance(draft.data, dict)
        new = draft.key not in seen
        seen.add(draft.key)
        count += draft.data[field] == value if value else new
    return count


@pytest.mark.parametrize("feed", ["dossier", "citizen_report", "security_alert", "traffic_event", "media_item"])
def test_a_working_day_has_the_contracts_rate(profile: Profile, normal: Scenario, feed: str) -> None:
    rate = profile.feeds[feed].rate.workday
    assert _begun(profile, normal, feed, "2025-03-18T00:00:00+07:00") == pytest.approx(rate, abs=4 * rate**0.5)


@pytest.mark.parametrize("day", ["2025-03-22", "2025-03-23", "2025-01-29", "2024-09-02"])
def test_weekends_and_holidays_are_quiet(profile: Profile, normal: Scenario, day: str) -> None:
    rate = profile.feeds["dossier"].rate.weekend
    assert _begun(profile, normal, "dossier", f"{day}T00:00:00+07:00") == pytest.approx(rate, abs=4 * rate**0.5)


@pytest.fixture(scope="module")
def dossiers(profile: Profile, normal: Scenario) -> list[Draft]:
    return _day(profile, normal, "dossier", "2025-03-18T00:00:00+07:00")


def test_offices_receive_by_day(dossiers: list[Draft]) -> None:
    hours: Counter[int] = Counter()
    for draft in dossiers:
        if isinstance(draft.data, dict) and draft.data["new_status"] == "TIEP_NHAN":
            hours[datetime.fromisoformat(draft.data["received_at"]).hour] += 1
    assert sum(hours[hour] for hour in range(7, 18)) > 0.9 * hours.total()
    assert hours[9] > 3 * hours[12]


def test_most_dossiers_are_returned_on_time(dossiers: list[Draft]) -> None:
    returned = [
        draft.data["returned_at"] <= draft.data["due_at"]
        for draft in dossiers
        if isinstance(draft.data, dict) and draft.data["new_status"] == "DA_TRA"
    ]
    assert len(returned) > 2500
    assert 0.95 < sum(returned) / len(returned) < 0.999


def test_some_dossiers_are_open_and_a_few_overdue_at_the_start(profile: Profile, normal: Scenario) -> None:
    begin = moment("2025-03-18T08:00:00+07:00")
    world = World(profile, normal, seed=1, begin=begin)
    states: dict[str, Draft] = {}
    for draft in registry.drafts(world, "dossier"):
        if draft.at >= begin:
            break
        states[draft.key] = draft
    overdue = sum(1 for draft in states.values() if isinstance(draft.data, dict) and _past(draft.data["due_at"], begin))
    assert 5_000 < len(states) < 25_000
    assert 20 < overdue < 0.1 * len(states)


def _past(text: str, at: float) -> bool:
    return moment(text) < at


def test_a_crisis_has_its_rate_and_its_categories(profile: Profile, yagi: Scenario) -> None:
    begun = [
        draft.data["category"]
        for draft in _day(profile, yagi, "citizen_report", "2024-09-12T06:00:00+07:00")
        if isinstance(draft.data, dict) and draft.data["status"] == "NEW"
    ]
    assert len(begun) == pytest.approx(1000, abs=130)
    assert Counter(begun).most_common(1)[0][0] == "NGAP_LUT"


def test_a_security_centre_passes_on_few_high_alerts(profile: Profile, normal: Scenario) -> None:
    opened = [
        draft.data["severity"]
        for day in range(10, 18)
        for draft in _day(profile, normal, "security_alert", f"2025-03-{day}T00:00:00+07:00")
        if isinstance(draft.data, dict) and draft.data["status"] == "open"
    ]
    high = sum(severity in ("high", "critical") for severity in opened) / len(opened)
    assert 0.02 < high < 0.07


def test_hospitals_report_every_quarter_of_an_hour(profile: Profile, normal: Scenario) -> None:
    drafts = _day(profile, normal, "hospital_status", "2025-03-18T00:00:00+07:00")
    counts = Counter(draft.key for draft in drafts)
    assert set(counts.values()) == {96}
    outpatients = [draft.data["outpatients_today"] for draft in drafts if isinstance(draft.data, dict)]
    assert min(outpatients) == 0


def test_the_plan_has_all_its_tasks(profile: Profile, normal: Scenario) -> None:
    assert normal.task is not None
    world = World(profile, normal, seed=1, begin=moment(normal.start))
    tasks = {}
    for draft in registry.drafts(world, "task"):
        if draft.at >= world.begin:
            break
        assert isinstance(draft.data, dict)
        tasks[draft.key] = draft.data
    assert len(tasks) == normal.task.plan == 81
    assert len({data["pillar"] for data in tasks.values()}) == 5
    assert any(data["status"] == "OPEN" and data["due_at"] < "2025-03-18" for data in tasks.values())


def test_reported_indicators_cover_the_profile(profile: Profile, normal: Scenario) -> None:
    asked = {item.measure.code for item in profile.indicators.values() if item.measure.kind == "reported"}
    assert asked - {figure.code for figure in normal.indicator} == set()
    assert all(figure.note or figure.source for figure in normal.indicator)


def test_shapes_share_out_one_day() -> None:
    assert {name: round(sum(hours), 6) for name, hours in SHAPES.items()} == dict.fromkeys(SHAPES, 24.0)


def test_poisson_has_its_mean() -> None:
    rng = Random(1)
    for mean in (0.3, 4.0, 80.0):
        assert sum(poisson(mean, rng) for _ in range(4000)) / 4000 == pytest.approx(mean, rel=0.08)


def test_arrivals_ascend() -> None:
    at = arrivals(0.0, lambda _: 5000.0, Random(2))
    found = [next(at) for _ in range(500)]
    assert found == sorted(found)


def test_office_hours_begin_again(profile: Profile) -> None:
    calendar = Calendar("Asia/Ho_Chi_Minh", profile.holidays)
    friday_night = moment("2025-03-21T20:00:00+07:00")
    assert calendar.text(calendar.office(friday_night)) == "2025-03-24T07:30:00+07:00"
    noon = moment("2025-03-21T12:00:00+07:00")
    assert calendar.text(calendar.office(noon)) == "2025-03-21T13:30:00+07:00"
    assert calendar.workday(calendar.day(friday_night), 2).isoformat() == "2025-03-25"


def test_reports_fall_inside_the_province(profile: Profile, normal: Scenario) -> None:
    west, south, east, north = profile.head.bbox
    for draft in _day(profile, normal, "citizen_report", "2025-03-18T00:00:00+07:00"):
        data = json.loads(json.dumps(draft.data))
        assert west <= data["lon"] <= east
        assert south <= data["lat"] <= north
