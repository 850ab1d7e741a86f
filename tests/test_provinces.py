"""The provinces that come with the program: their areas, and where an old code leads after a merger."""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from pathlib import Path

import msgspec
import pytest

from ioc.core.area import Area
from ioc.core.event import Compiled
from ioc.core.places import Places
from ioc.core.profile import Profile
from ioc.profile_files import load
from ioc.settings import profiles_folder
from layouts.panels import PANELS, places

NOON = 1751432400.0  # 2 July 2025, 12:00 in Hải Phòng
BEFORE, AFTER = "2025-06-30", "2025-07-01"
OPTIONS = {name: kind.options for name, kind in PANELS.items()}


@pytest.fixture(scope="module")
def before() -> Profile:
    return load(profiles_folder() / "hai-duong", panel_types=OPTIONS)


@pytest.fixture(scope="module")
def after() -> Profile:
    return load(profiles_folder() / "hai-phong-2025", panel_types=OPTIONS)


def _count(profile: Profile, level: int) -> int:
    return sum(area.level == level for area in profile.current_areas().values())


def test_the_province_has_12_districts_and_207_communes(before: Profile) -> None:
    assert [_count(before, level) for level in (0, 1, 2, 3)] == [1, 12, 207, 0]


def test_the_merged_city_has_two_levels_and_114_units(after: Profile) -> None:
    """45 wards, 67 communes and 2 special zones: the resolution on the merger of 2025."""
    kinds = [area.kind for area in after.current_areas().values() if area.level == 1]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"ward": 45, "commune": 67, "special-zone": 2}
    assert [_count(after, level) for level in (0, 1, 2)] == [1, 114, 0]
    assert after.current_areas()["31"].population == 4_664_124


def test_the_units_areas_add_up_to_the_citys(after: Profile) -> None:
    units = [area.area_km2 for area in after.current_areas().values() if area.level == 1]
    assert sum(units) == pytest.approx(after.current_areas()["31"].area_km2, abs=0.01)


def test_the_base_lends_feeds_and_indicators_but_no_areas(before: Profile, after: Profile) -> None:
    assert after.feeds.keys() == before.feeds.keys()
    assert after.indicators.keys() == before.indicators.keys()
    assert "288" not in after.current_areas()


def test_the_shares_of_every_old_unit_add_up_to_one(after: Profile) -> None:
    shares: dict[tuple[str, str], float] = defaultdict(float)
    for step in after.crosswalk:
        shares[step.old, step.old_valid_from] += step.weight
    assert shares == pytest.approx(dict.fromkeys(shares, 1.0))


def test_every_old_unit_leads_to_a_new_one_and_every_new_one_has_an_old_one(after: Profile) -> None:
    old = {(area.code, area.valid_from) for area in after.areas if area.valid_to == BEFORE}
    assert {(step.old, step.old_valid_from) for step in after.crosswalk} == old
    assert {step.new for step in after.crosswalk} == after.current_areas().keys()


def test_sixty_four_units_come_from_the_province(before: Profile, after: Profile) -> None:
    communes = {area.code for area in before.current_areas().values() if area.level == 2}
    new = {step.new for step in after.crosswalk if step.old in communes and step.old_valid_from == "2020-01-01"}
    kinds = [after.current_areas()[code].kind for code in new]
    assert (len(new), kinds.count("ward"), kinds.count("commune")) == (64, 21, 43)


def test_old_units_are_those_of_the_base(before: Profile, after: Profile) -> None:
    """The merged city tells the old hierarchy as its base does, population and period included."""
    own = {(area.code, area.valid_from): area for area in after.areas}
    for area in before.areas:
        assert own[area.code, area.valid_from] == area


def test_a_reused_code_is_told_by_its_date(before: Profile, after: Profile) -> None:
    """10606 was the township of Nam Sách; the commune of Nam Sách that has the code now is larger."""
    reused = {area.code for area in after.areas if area.valid_to} & after.current_areas().keys()
    assert len(reused) == 114  # the city's own, and every unit but the island district's
    then, now = (_at(after, "10606", day) for day in (BEFORE, AFTER))
    assert (then.level, then.kind, now.level, now.kind) == (2, "township", 1, "commune")
    assert Places(before).area("10606", BEFORE) == "10606"
    assert before.roll_up("10606", 1) == "291"
    assert Places(after).area("10606", BEFORE) == Places(after).area("10606", AFTER) == "10606"


def test_a_code_given_to_another_place_leads_to_where_its_place_went(after: Profile) -> None:
    """10891 was Lai Cách, most of which went to Việt Hòa (10543); now it is Tứ Minh."""
    assert Places(after).area("10891", BEFORE) == "10543"
    assert Places(after).area("10891", AFTER) == "10891"


def test_the_same_events_roll_up_under_either(before: Profile, after: Profile) -> None:
    """A report from a commune of the old province counts for its district before, for its new unit after."""
    for code in _codes(profiles_folder() / "hai-duong", "2"):
        assert before.roll_up(Places(before).area(code, BEFORE), 1) == before.current_areas()[code].parent
        assert after.roll_up(Places(after).area(code, BEFORE), 1) in after.current_areas()
        assert after.roll_up(Places(after).area(code, BEFORE), 0) == "31"


@pytest.mark.parametrize(
    ("code", "as_of", "district", "unit"),
    [
        ("10606", BEFORE, "291", "10606"),  # the township of Nam Sách, now within the commune
        ("10891", BEFORE, "295", "10543"),  # Lai Cách
        ("10891", AFTER, "", "10891"),  # Tứ Minh, which the province never knew
        ("10546", BEFORE, "290", "10546"),  # Phả Lại, now within Chí Linh
    ],
)
def test_one_event_counts_where_each_hierarchy_says(
    code: str, as_of: str, district: str, unit: str, before: Profile, after: Profile
) -> None:
    seen = [_area_of(profile, _accident(code, as_of)) for profile in (before, after)]
    assert before.roll_up(seen[0], 1) == district
    assert after.roll_up(seen[1], 1) == unit


def _accident(code: str, as_of: str) -> bytes:
    data = {"event_id": "GT-1", "kind": "accident", "lat": 20.94, "lon": 106.33}
    envelope = {
        "specversion": "1.0", "id": "1", "source": "urn:vn:hai-duong:giao-thong", "type": "vn.ioc.traffic_event.v1",
        "subject": "GT-1", "time": "2025-07-02T08:00:00+07:00", "datacontenttype": "application/json",
        "areacode": code, "areaasof": as_of, "mode": "actual", "entry": "auto", "data": data,
    }  # fmt: skip
    return msgspec.json.encode(envelope)


def _area_of(profile: Profile, raw: bytes) -> str:
    """The area that a consumer under this profile counts the event for; empty when it can't be told."""
    read = Compiled(profile.feeds["traffic_event"], profile).read(raw, NOON)
    return read[5].area if isinstance(read, tuple) else ""


def test_what_a_district_reported_counts_for_the_whole_city(after: Profile) -> None:
    assert Places(after).area("288", BEFORE) == "31"


def test_stations_and_organisations_stand_in_units_of_today(after: Profile) -> None:
    known = after.current_areas()
    assert {station.area for station in after.stations.values()} <= known.keys()
    assert {organisation.area for organisation in after.organisations.values()} <= {*known, ""}
    committees = [each.area for each in after.organisations.values() if each.kind == "commune"]
    assert sorted(committees) == sorted(code for code, area in known.items() if area.level == 1)


def test_every_area_has_a_shape_and_the_shapes_say_that_they_are_approximate(before: Profile, after: Profile) -> None:
    for profile in (before, after):
        for layer in (each for each in profile.layers.values() if each.kind == "choropleth"):
            shapes = places.areas(profile, layer)["features"]
            codes = [shape["properties"]["code"] for shape in shapes]
            assert sorted(codes) == sorted(c for c, area in profile.current_areas().items() if area.level == 1)
            assert all(isinstance(shape["properties"]["approximate"], bool) for shape in shapes)


def test_every_river_station_lies_at_its_river(before: Profile) -> None:
    """Both are approximate; 2 km apart would look wrong on the wall."""
    lines = {
        feature["properties"]["name"]: feature["geometry"]["coordinates"]
        for feature in before.geo["rivers.geojson"]["features"]
    }
    for station in (each for each in before.stations.values() if each.kind == "river"):
        apart = min(math.hypot(lon - station.lon, lat - station.lat) for lon, lat in lines[station.river])
        assert apart < 2 / 111, station.name


def test_maps_show_the_mainland_first(after: Profile) -> None:
    layer = after.layers["on-time"]
    assert places.extent(after, [layer]) == after.head.view
    west, south, east, north = after.head.bbox
    island = after.current_areas()["11948"]
    assert west < island.lon < east
    assert south < island.lat < north


def _codes(folder: Path, level: str) -> list[str]:
    with (folder / "areas.csv").open(encoding="utf-8", newline="") as rows:
        return [row["code"] for row in csv.DictReader(rows) if row["level"] == level]


def _at(profile: Profile, code: str, day: str) -> Area:
    return profile.areas_at(day)[code]
