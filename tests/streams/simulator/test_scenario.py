"""Scenario files: what is wrong is named with its path and what would be right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ioc.core.errors import ProfileError
from ioc.core.profile import Profile
from ioc.profile_files import examine
from streams.simulator import files
from streams.simulator.scenario import Scenario, laid_over, parse
from tests.streams.simulator.conftest import FOLDER


@pytest.fixture
def document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / "scenarios" / "normal-day.yaml").read_text("utf-8"))
    return found


def test_the_shipped_scenarios_fit_their_profile() -> None:
    assert files.available(FOLDER) == ["normal-day", "yagi-2024"]
    assert examine(FOLDER, scenario_type=Scenario).problems == []


def test_every_measured_metric_has_a_model(profile: Profile, normal: Scenario) -> None:
    assert normal.station_reading is not None
    measured = {metric for station in profile.stations.values() for metric in station.metrics}
    assert measured - normal.station_reading.metrics.keys() == set()


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"colour": "red"}, ""),
        ({"mode": "actual"}, "$.mode"),
        ({"start": "2025-03-18T08:00:00", "end": "2025-03-19T08:00:00"}, "start"),
        ({"start": "2025-03-19T08:00:00+07:00", "end": "2025-03-18T08:00:00+07:00"}, "start"),
        ({"backfill": "a day"}, "backfill"),
        ({"phases": [{"feed": "dossier", "begin": "soon", "end": "later"}]}, "phases[0]"),
        ({"dossier": {"on_time": "often"}}, "$.dossier.on_time"),
    ],
)
def test_a_mistake_is_named(document: dict[str, Any], change: dict[str, Any], path: str) -> None:
    with pytest.raises(ProfileError) as raised:
        parse("file.yaml", laid_over(document, change))
    problem = raised.value.problems[0]
    assert problem.path == path
    assert problem.file == "file.yaml"
    assert problem.mend


def test_points_out_of_order_are_named(document: dict[str, Any]) -> None:
    points = [{"at": f"2024-09-{day}T07:00:00+07:00", "value": 1.0} for day in (12, 11)]
    change = {"station_reading": {"courses": [{"station": "pha-lai", "metric": "muc_nuoc", "points": points}]}}
    with pytest.raises(ProfileError, match="in order of time"):
        parse("file.yaml", laid_over(document, change))


def test_a_missing_scenario_names_those_there_are() -> None:
    with pytest.raises(ProfileError, match="normal-day, yagi-2024"):
        files.load(FOLDER, "earthquake")


def test_broken_yaml_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("id: x\ntitle: {vi: [\n", "utf-8")
    with pytest.raises(ProfileError) as raised:
        files.load(tmp_path, str(tmp_path / "x.yaml"))
    assert raised.value.problems[0].line >= 2


def test_a_scenario_that_stands_on_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("id: x\nbased_on: x\n", "utf-8")
    with pytest.raises(ProfileError, match="deep"):
        files.load(tmp_path, str(tmp_path / "x.yaml"))


def test_mappings_are_joined_and_lists_replaced() -> None:
    base = {"a": {"b": 1, "c": [1, 2]}, "d": 3}
    assert laid_over(base, {"a": {"c": [9]}}) == {"a": {"b": 1, "c": [9]}, "d": 3}
