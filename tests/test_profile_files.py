"""Folders become profiles: whole, with a base, quickly, and a stamp tells when to look again."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ioc.core.errors import ProfileError
from ioc.locales import load as load_words
from ioc.profile_files import examine, load, profiles_in, stamp
from ioc.settings import profiles_folder
from streams.simulator.scenario import Scenario
from tests.profile_fixture import FILES, tiny_profile, write_profile

SHIPPED = profiles_in(profiles_folder())


def test_everything_of_the_folder_is_loaded(tmp_path: Path) -> None:
    profile = tiny_profile(tmp_path)
    assert profile.head.id == "tiny"
    assert sorted(profile.feeds) == ["dossier", "station_reading"]
    assert sorted(profile.indicators) == ["dossier-open", "on-time", "river-max"]
    assert [panel.id for panel in profile.walls["overview"].panels] == ["open", "on-time", "river", "alerts"]
    assert sorted(profile.layers) == ["districts", "stations"]
    assert sorted(profile.current_areas()) == ["90", "901", "90101", "902"]
    assert profile.current_areas()["90101"].name == "Xã Một Hai"
    assert profile.organisations["north"].area == "901"
    assert profile.stations["S1"].alarms["level"][2].value == 5.0
    assert profile.holidays["2025-04-26"].work
    assert profile.holidays["2025-01-01"].name == {"vi": "Tết Dương lịch", "en": "New Year's Day"}
    assert profile.crosswalk[0].weight == 1.0
    assert len(profile.geo["districts.geojson"]["features"]) == 2


def test_a_broken_folder_raises_every_problem(tmp_path: Path) -> None:
    dossier = FILES["feeds/dossier.yaml"].replace("owner: office", "owner: nobody")
    folder = write_profile(tmp_path / "tiny", {"feeds/dossier.yaml": dossier, "stations.yaml": None})
    with pytest.raises(ProfileError) as caught:
        load(folder)
    assert [(Path(problem.file).relative_to(folder).as_posix(), problem.line) for problem in caught.value.problems] == [
        ("feeds/dossier.yaml", 3),
        ("stations.yaml", 1),
    ]
    assert f"{folder}/feeds/dossier.yaml:3: owner: " in str(caught.value)


def test_problems_are_said_in_the_language_asked_for(tmp_path: Path) -> None:
    folder = write_profile(tmp_path / "tiny", {"stations.yaml": None})
    assert "thêm stations.yaml" in str(examine(folder, load_words("vi")).problems[0])


def test_a_folder_without_profile(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"no profile\.yaml"):
        load(tmp_path)
    with pytest.raises(ProfileError, match=r"no profile\.yaml"):
        load(tmp_path / "nowhere")


def _heir(tmp_path: Path, base: str = "tiny") -> Path:
    """A profile with areas of its own, one feed of its own, and all else from its base."""
    head = FILES["profile.yaml"].replace('as_of: "2025-03-31"', f'as_of: "2025-07-01"\nbase: {base}')
    areas = (
        "code,name,level,kind,parent,valid_from\n90,Thành phố,0,city,,2025-07-01\n901,Phường Bắc,1,ward,90,2025-07-01\n"
    )
    crosswalk = FILES["crosswalk.csv"].splitlines()[0] + "\n901,2020-01-01,901,2025-07-01,0.5,merger\n"
    own = FILES["feeds/dossier.yaml"].replace("partitions: 2", "partitions: 8")
    kept = dict.fromkeys(FILES)
    return write_profile(
        tmp_path / "heir",
        {**kept, "profile.yaml": head, "areas.csv": areas, "crosswalk.csv": crosswalk, "feeds/dossier.yaml": own},
    )


def test_what_is_absent_comes_from_the_base(tmp_path: Path) -> None:
    write_profile(tmp_path / "tiny")
    profile = load(_heir(tmp_path))
    assert profile.head.id == "heir"
    assert profile.feeds["dossier"].partitions == 8
    assert profile.feeds["station_reading"].owner == "office"
    assert len(profile.indicators) == 3
    assert sorted(profile.walls) == ["overview"]
    assert [area.name for area in profile.areas] == ["Thành phố", "Phường Bắc"]
    assert profile.crosswalk[0].weight == 0.5
    assert list(profile.stations) == ["S1"]


def test_a_missing_base_is_named_on_its_line(tmp_path: Path) -> None:
    problems = examine(_heir(tmp_path, base="gone")).problems
    assert [(problem.line, "gone" in problem.message) for problem in problems] == [(7, True)]


def test_a_base_stands_alone(tmp_path: Path) -> None:
    heir = _heir(tmp_path)
    write_profile(tmp_path / "tiny", {"profile.yaml": FILES["profile.yaml"] + "base: heir\n"})
    assert ["base" in problem.message for problem in examine(heir).problems] == [True]


def test_the_stamp_changes_with_any_file(tmp_path: Path) -> None:
    folder = write_profile(tmp_path / "tiny")
    seen = [stamp(folder)]
    assert stamp(folder) == seen[0]
    wall = folder / "walls/overview.yaml"
    os.utime(wall, ns=(1, 1))
    seen.append(stamp(folder))
    (folder / "walls/second.yaml").write_text("id: second\n")
    seen.append(stamp(folder))
    (folder / "walls/second.yaml").unlink()
    (folder / "holidays.csv").unlink()
    seen.append(stamp(folder))
    assert len(set(seen)) == 4


def test_the_stamp_changes_with_the_base(tmp_path: Path) -> None:
    base = write_profile(tmp_path / "tiny")
    heir = _heir(tmp_path)
    before = stamp(heir)
    os.utime(base / "stations.yaml", ns=(1, 1))
    assert stamp(heir) != before


def test_a_scenario_is_read_only_when_asked_for(tmp_path: Path) -> None:
    """A mistake in an exercise never keeps a centre from starting."""
    folder = write_profile(tmp_path / "tiny")
    before = load(folder).digest
    scenario = FILES["scenarios/flood.yaml"].replace("places: [S1]", "places: [S9]")
    write_profile(folder, {"scenarios/flood.yaml": scenario})
    assert load(folder).digest == before
    problems = examine(folder, scenario_type=Scenario).problems
    assert [(Path(problem.file).name, problem.line, problem.path) for problem in problems] == [
        ("flood.yaml", 15, "interruptions[0].places[0]")
    ]


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_the_scenarios_that_come_with_the_program_fit_their_profile(folder: Path) -> None:
    assert examine(folder, scenario_type=Scenario).problems == []


def test_files_of_editors_are_passed_over(tmp_path: Path) -> None:
    folder = write_profile(tmp_path / "tiny")
    before = load(folder).digest
    (folder / "feeds/.dossier.yaml.swp").write_text("x")
    (folder / "feeds/dossier.yaml~").write_text("x")
    (folder / "walls/.#overview.yaml").write_text("x")
    assert load(folder).digest == before


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_the_profiles_that_come_with_the_program_load_within_a_second(folder: Path) -> None:
    start = time.process_time()
    load(folder)
    assert time.process_time() - start < 1.0


def test_profiles_are_found() -> None:
    assert (profiles_folder() / "default").read_text("utf-8").strip() in [folder.name for folder in SHIPPED]
