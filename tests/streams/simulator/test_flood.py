"""The Yagi flood as it was published: levels, alarms, warnings, and what the cuts silence."""

from __future__ import annotations

import itertools
import json
from xml.etree import ElementTree

import pytest

from ioc.core.profile import Profile
from streams.simulator.course import Curve
from streams.simulator.envelope import Event
from streams.simulator.feeds import station_reading
from streams.simulator.scenario import Scenario, moment
from streams.simulator.world import World

CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"


def _levels(events: list[Event]) -> dict[tuple[str, str], float]:
    """Station and local time → level, as it was read."""
    found = {}
    for event in events:
        if event.feed == "station_reading" and event.kind in ("good", "late"):
            envelope = json.loads(event.value)
            if envelope["data"]["metric"] == "muc_nuoc":
                found[envelope["data"]["station_id"], envelope["time"][:16]] = envelope["data"]["value"]
    return found


@pytest.mark.parametrize(
    ("station", "at", "level"),
    [
        ("pha-lai", "2024-09-12T18:00", 6.25),
        ("ben-binh", "2024-09-12T17:30", 4.94),
        ("quang-dat", "2024-09-12T16:30", 3.38),
        ("ba-nha", "2024-09-12T15:10", 3.18),
        ("an-phu", "2024-09-12T16:30", 3.64),
        ("la-tien", "2024-09-11T15:00", 5.10),
    ],
)
def test_a_peak_is_what_was_published(flood: list[Event], station: str, at: str, level: float) -> None:
    levels = _levels(flood)
    assert levels[station, at] == level
    assert max(value for (name, _), value in levels.items() if name == station) == level


def test_every_published_level_is_met(profile: Profile, yagi: Scenario) -> None:
    assert yagi.station_reading is not None
    world = World(profile, yagi, seed=1, begin=moment(yagi.start))
    for course in yagi.station_reading.courses:
        if course.station == "*":
            continue
        curve = station_reading.curve(world, yagi.station_reading, profile.stations[course.station], course.metric)
        assert curve is not None
        assert [round(curve(moment(point.at)), 6) for point in course.points] == [
            point.value for point in course.points
        ]
        assert all(point.source for point in course.points)


def test_a_curve_stays_between_its_points() -> None:
    curve = Curve([0, 10, 20, 30], [1.0, 5.0, 5.0, 2.0], base=0.5, lead=10, half_life=10)
    values = [curve(at / 10) for at in range(301)]
    assert max(values) == pytest.approx(5.0)
    assert all(before <= after + 1e-9 for before, after in itertools.pairwise(values[:101]))
    assert curve(-20) == 0.5
    assert curve(40) == pytest.approx(1.25)


def _warnings(events: list[Event]) -> list[ElementTree.Element]:
    found = []
    for event in events:
        if event.feed == "cap_alert" and event.kind == "good":
            found.append(ElementTree.fromstring(json.loads(event.value)["data"]))
    return found


def test_warnings_are_exercises_and_refer_to_the_ones_before(flood: list[Event]) -> None:
    warnings = _warnings(flood)
    assert len(warnings) > 20
    assert {warning.findtext(f"{CAP}status") for warning in warnings} == {"Exercise"}
    known: set[str] = set()
    for warning in warnings:
        references = (warning.findtext(f"{CAP}references") or "").split()
        assert bool(references) == (warning.findtext(f"{CAP}msgType") != "Alert")
        assert {reference.split(",")[1] for reference in references} <= known
        known.add(warning.findtext(f"{CAP}identifier") or "")


def test_polygons_are_closed_and_latitude_comes_first(flood: list[Event], profile: Profile) -> None:
    west, south, east, north = profile.head.bbox
    for warning in _warnings(flood):
        points = [point.split(",") for point in (warning.findtext(f".//{CAP}polygon") or "").split()]
        assert len(points) >= 4
        assert points[0] == points[-1]
        assert all(south <= float(lat) <= north and west <= float(lon) <= east for lat, lon in points)


def test_the_warning_follows_the_alarm_level(flood: list[Event]) -> None:
    severities = [
        warning.findtext(f".//{CAP}severity")
        for warning in _warnings(flood)
        if "pha-lai" in (warning.findtext(f"{CAP}identifier") or "")
    ]
    assert "Severe" in severities
    assert "Extreme" in severities


def test_a_cut_silences_a_feed_with_its_heartbeats(flood: list[Event]) -> None:
    begin, end = moment("2024-09-12T16:40:00+07:00"), moment("2024-09-12T17:25:00+07:00")
    assert [event for event in flood if event.feed == "traffic_event" and begin < event.at < end and event.kind in
            ("good", "heartbeat")] == []  # fmt: skip


def test_a_station_without_power_sends_what_it_kept(flood: list[Event]) -> None:
    begin, end = moment("2024-09-12T09:20:00+07:00"), moment("2024-09-12T13:05:00+07:00")
    cut = [event for event in flood if event.key == "an-phu/muc_nuoc" and event.kind == "good"]
    assert [event for event in cut if begin < event.at < end] == []
    assert len([event for event in cut if end <= event.at < end + 120]) > 15
    assert ("an-phu", "2024-09-12T11:00") in _levels(flood)
