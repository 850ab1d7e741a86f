"""One profile, its scenarios, and one day of each as events, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from ioc.core.profile import Profile
from ioc.profile_files import load
from streams.simulator import files, stream
from streams.simulator.envelope import Event
from streams.simulator.scenario import Scenario, moment

FOLDER = Path(__file__).parents[3] / "profiles" / "hai-duong"
DAY = 86_400.0


def drawn(profile: Profile, scenario: Scenario, begin: float, seconds: float, seed: int = 1) -> list[Event]:
    """The events up to ``seconds`` after ``begin``, what was open before included."""
    found: list[Event] = []
    for event in stream.events(profile, scenario, seed=seed, begin=begin):
        if event.at >= begin + seconds:
            return found
        found.append(event)
    raise AssertionError("the stream ended")


@pytest.fixture(scope="session")
def profile() -> Profile:
    return load(FOLDER)


@pytest.fixture(scope="session")
def normal() -> Scenario:
    return files.load(FOLDER, "normal-day")


@pytest.fixture(scope="session")
def yagi() -> Scenario:
    return files.load(FOLDER, "yagi-2024")


@pytest.fixture(scope="session")
def flood(profile: Profile, yagi: Scenario) -> list[Event]:
    """The flood from the afternoon of 11 September 2024 until its peak has passed."""
    return drawn(profile, yagi, moment("2024-09-11T12:00:00+07:00"), 1.5 * DAY)
