"""The province's stations: where they stand, and how much they send in a day."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from ioc.core.profile import Profile
from streams.simulator import registry
from streams.simulator.scenario import Scenario, moment
from streams.simulator.world import World

FEED = "station_reading"
DAY = 86_400.0
RIVERBANKS = ("river",)  # they stand on the border between two districts, whose shapes are approximate

Ring = list[list[float]]


def _rings(geometry: dict[str, Any]) -> Iterator[Ring]:
    parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    for part in parts:
        yield from part


def _crossed(ring: Ring, lon: float, lat: float) -> bool:
    """Whether a ray from the point crosses the ring an odd number of times."""
    odd = False
    for (x, y), (next_x, next_y) in itertools.pairwise(ring):
        if (y > lat) != (next_y > lat) and lon < (next_x - x) * (lat - y) / (next_y - y) + x:
            odd = not odd
    return odd


def test_stations_stand_in_their_district(profile: Profile) -> None:
    shapes = {
        feature["properties"]["code"]: list(_rings(feature["geometry"]))
        for feature in profile.geo["districts.geojson"]["features"]
    }
    astray = [
        station.id
        for station in profile.stations.values()
        if station.kind not in RIVERBANKS
        and sum(_crossed(ring, station.lon, station.lat) for ring in shapes[station.area]) % 2 == 0
    ]
    assert astray == []


def test_every_district_has_its_air_and_its_water_measured_somewhere(profile: Profile) -> None:
    districts = {code for code, area in profile.current_areas().items() if area.level == 1}
    air = {station.area for station in profile.stations.values() if station.kind == "air"}
    water = {station.area for station in profile.stations.values() if station.kind == "water"}
    assert air == districts
    assert len(water) >= 10


def test_every_station_says_how_it_is_known(profile: Profile) -> None:
    assert [station.id for station in profile.stations.values() if not station.basis] == []


@pytest.mark.parametrize("begin", ["2025-03-18T00:00:00+07:00", "2025-03-22T00:00:00+07:00"])
def test_a_day_has_as_many_readings_as_the_contract_says(profile: Profile, normal: Scenario, begin: str) -> None:
    at = moment(begin)
    world = World(profile, normal, seed=3, begin=at)
    sent = 0
    for draft in registry.drafts(world, FEED):
        if draft.at >= at + DAY:
            break
        sent += 1
    assert sent == pytest.approx(profile.feeds[FEED].rate.workday, rel=0.01)
