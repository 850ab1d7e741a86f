"""After an hour of a scenario every indicator has a value, and no panel of a wall or of the brief stands empty."""

from __future__ import annotations

import pytest

from ioc.core.profile import Profile
from ioc.core.reading import Scene
from ioc.core.wall import Panel
from layouts import stage
from layouts.pages import brief
from layouts.panels import PANELS
from streams.simulator.scenario import Scenario
from tests.layouts.test_panels import text
from tests.streams.simulator.whole_board import scene_after

HOUR = 3_600.0


@pytest.fixture(scope="module", params=["normal", "yagi"])
def scenario(request: pytest.FixtureRequest, normal: Scenario, yagi: Scenario) -> Scenario:
    return {"normal": normal, "yagi": yagi}[request.param]


@pytest.fixture(scope="module")
def scene(profile: Profile, scenario: Scenario) -> Scene:
    return scene_after(profile, scenario, HOUR)


def _cards(profile: Profile) -> list[Panel]:
    return [brief.card(each) for group in brief.groups(profile) for each in brief.indicators(profile, group)]


def test_every_indicator_has_a_value_and_is_live(profile: Profile, scene: Scene) -> None:
    readings = [scene.reading(indicator) for indicator in profile.indicators]
    assert [each.indicator for each in readings if each.value is None] == []
    assert [(each.indicator, each.freshness) for each in readings if each.freshness != "live"] == []


def test_every_feed_is_heard(profile: Profile, scene: Scene) -> None:
    assert {feed: scene.pulse(feed).freshness for feed in profile.feeds} == dict.fromkeys(profile.feeds, "live")


def test_no_panel_stands_empty(profile: Profile, scene: Scene) -> None:
    words = scene.words  # type: ignore[attr-defined]
    empty = {words("panels.nothing"), words("panels.tile.none"), words("states.freshness.none")}
    panels = [panel for wall in profile.walls.values() for panel in wall.panels] + _cards(profile)
    assert {panel.type for panel in panels} <= set(PANELS)
    shown = {panel.id: text(stage.draw_panel(panel, scene)) for panel in panels}
    assert [name for name, said in shown.items() if any(phrase.lower() in said.lower() for phrase in empty)] == []


def test_targets_are_compared_with_what_was_reported(profile: Profile, scene: Scene) -> None:
    for indicator in profile.indicators.values():
        judged = scene.reading(indicator.id).on_target is not None
        assert judged == (indicator.target is not None), indicator.id


def test_figures_are_reported_by_the_owner_of_their_indicator(profile: Profile, scenario: Scenario) -> None:
    owners = {each.measure.code: each.owner for each in profile.indicators.values() if each.measure.kind == "reported"}
    reported = {figure.code: figure.organisation for figure in scenario.indicator if figure.code in owners}
    assert reported == owners


def test_no_figure_is_known_before_its_time(scenario: Scenario) -> None:
    """A year is reported when it is over, a quarter when it is over."""
    year, month = int(scenario.start[:4]), int(scenario.start[5:7])
    quarters = {f"{year}-Q{number}" for number in range(1, (month - 1) // 3 + 1)}
    written = {period for each in scenario.indicator for period in (each.period, *each.history) if period[0].isdigit()}
    early = {period for period in written if period >= str(year) and period not in quarters}
    assert early == set()
