"""Every panel in every state: drawn and updated alike, its failure its own, texts of events inert."""

from __future__ import annotations

from typing import Any

import msgspec
import orjson
import pytest
from dash.development.base_component import Component

from ioc.core.reading import Freshness, Reading
from ioc.core.wall import Panel
from ioc.locales import load
from layouts import figures, stage
from layouts.fill import identified, wire
from layouts.inert import inert
from layouts.panels import PANELS
from tests.layouts.fake_scene import HOSTILE, NOW, FakeScene, profile, with_options

SOUND = list(profile().walls["overview"].panels) + profile().walls["second"].panels[:2]
BROKEN = {panel.id: panel for panel in profile().walls["second"].panels[2:]}


def panel(name: str) -> Panel:
    return next(each for each in SOUND if each.id == name)


def props(scene: FakeScene, name: str) -> dict[str, dict[str, Any]]:
    return dict(stage.update_panel(panel(name), scene))


def text(tree: Any) -> str:
    """All text of a component or of what a frame carries."""
    if isinstance(tree, Component):
        return text(wire(tree))
    if isinstance(tree, dict):
        return text(tree.get("props", {}).get("children")) if "props" in tree else ""
    if isinstance(tree, list):
        return " ".join(filter(None, map(text, tree)))
    return "" if tree is None else str(tree)


def test_every_type_is_in_the_fixture() -> None:
    assert {each.type for each in SOUND} == set(PANELS)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("each", SOUND, ids=lambda each: each.id)
def test_updates_fill_what_was_drawn(each: Panel, language: str) -> None:
    scene = FakeScene(language)
    drawn = identified(stage.draw_panel(each, scene))
    updates = stage.update_panel(each, scene)
    assert {name for name, _ in updates} <= set(drawn)
    assert all(
        wire(getattr(drawn[name], prop)) == wire(value) for name, found in updates for prop, value in found.items()
    )
    assert dict(updates)[f"{each.id}-error"]["children"] == ""
    orjson.dumps([wire(found) for _, found in updates])


@pytest.mark.parametrize("each", SOUND, ids=lambda each: each.id)
def test_an_update_is_the_same_at_the_same_moment(each: Panel) -> None:
    assert stage.update_panel(each, FakeScene()) == stage.update_panel(each, FakeScene())


@pytest.mark.parametrize("each", SOUND, ids=lambda each: each.id)
def test_feeds_are_those_of_the_profile(each: Panel) -> None:
    feeds = PANELS[each.type].feeds(each, profile())
    assert feeds
    assert feeds <= set(profile().feeds)


@pytest.mark.parametrize("freshness", ["live", "late", "stale", "offline", "none"])
@pytest.mark.parametrize("each", SOUND, ids=lambda each: each.id)
def test_every_panel_stands_every_freshness(each: Panel, freshness: Freshness) -> None:
    scene = FakeScene()
    at = None if freshness == "none" else NOW - 900
    for name, reading in scene.readings.items():
        value = None if freshness == "none" else reading.value
        scene.readings[name] = msgspec.structs.replace(
            reading, freshness=freshness, value=value, at=at, since=at, by={}, spark=[]
        )
    assert dict(stage.update_panel(each, scene))[f"{each.id}-error"]["children"] == ""


def test_a_tile_shows_value_unit_comparison_target() -> None:
    shown = text(stage.draw_panel(panel("t-on_time"), FakeScene()))
    assert "97,4" in shown
    assert "▲ 0,6 so với hôm qua" in shown
    assert "Mục tiêu ≥ 95" in shown
    assert "97.4" in text(stage.draw_panel(panel("t-on_time"), FakeScene("en")))


def test_a_breached_threshold_has_shape_class_and_limit() -> None:
    found = props(FakeScene(), "t-overdue")
    assert "is-high" in found["t-overdue"]["className"]
    assert found["t-overdue-sign"]["children"] == "▲"
    assert found["t-overdue-goal"]["children"] == "Ngưỡng ≤ 100"


def test_a_stale_number_is_grey_with_its_time() -> None:
    found = props(FakeScene(), "t-beds")
    assert "is-stale" in found["t-beds"]["className"]
    assert found["t-beds-value"]["children"] == "88,2"
    assert found["t-beds-note"]["data-note"] == "từ 13:20"


def test_an_offline_number_is_not_shown_and_not_critical() -> None:
    found = props(FakeScene(), "t-air")
    assert "is-offline" in found["t-air"]["className"]
    assert "is-critical" not in found["t-air"]["className"]
    assert found["t-air-value"]["children"] == "—"
    assert found["t-air-delta"]["children"] == "Mất tín hiệu 42 phút"


def test_zero_is_a_value_and_nothing_says_what_to_do() -> None:
    assert props(FakeScene(), "t-reports")["t-reports-value"]["children"] == "0"
    found = props(FakeScene(), "t-cashless")
    assert found["t-cashless-value"]["children"] == "—"
    assert "Hệ thống một cửa" in found["t-cashless-goal"]["children"]


def test_a_gap_stays_a_gap() -> None:
    scene = FakeScene()
    assert ";;" in props(scene, "t-on_time")["t-on_time-spark"]["data-spark"]
    chart = orjson.loads(props(scene, "trend")["trend-chart"]["data-trend"])
    assert None in chart["lines"][0]
    assert [limit["priority"] for limit in chart["limits"]] == ["critical", "high"]


def test_a_failed_panel_says_so_and_leaves_its_neighbours() -> None:
    scene = FakeScene(broken=frozenset({"on_time"}))
    assert "no reading of on_time" in props(scene, "t-on_time")["t-on_time-error"]["children"]
    assert props(scene, "t-overdue")["t-overdue-error"]["children"] == ""
    assert "no reading" in text(stage.draw_panel(panel("t-on_time"), scene))


def test_a_panel_is_well_again() -> None:
    props(FakeScene(broken=frozenset({"on_time"})), "t-on_time")
    assert props(FakeScene(), "t-on_time")["t-on_time-error"] == {"children": "", "className": "panel-error"}


@pytest.mark.parametrize(
    ("name", "told"), [("broken", "nowhere"), ("strange", "hologram"), ("misspelt", "sparks")]
)  # fmt: skip
def test_what_is_wrong_with_a_panel_is_told_in_its_frame(name: str, told: str) -> None:
    assert told in text(stage.draw_panel(BROKEN[name], FakeScene()))


def test_ranking_puts_the_worst_first_and_leaves_out_the_unknown() -> None:
    rows = text(props(FakeScene(), "ranking")["ranking-rows"]["children"])
    assert rows.index("Huyện Đông") < rows.index("Huyện Cát") < rows.index("Huyện Gia")
    assert "Huyện Hạ" not in rows


def test_a_ranking_of_codes_speaks_words_and_keeps_strange_ones_inert() -> None:
    scene = FakeScene()
    other = with_options(msgspec.structs.replace(panel("ranking"), indicator="reports"), by="category")
    rows = text(dict(stage.update_panel(other, scene))["ranking-rows"]["children"])
    assert "Ngập lụt" in rows
    assert "\u202e" not in rows


def test_the_map_colours_areas_and_names_only_the_abnormal() -> None:
    found = props(FakeScene(), "map")
    states = found["map-districts-areas"]["hideout"]["states"]
    assert (states["010"], states["002"], states["000"]) == ("critical", "high", "")
    assert "012" not in states  # nothing known is no colour of the legend
    assert found["map-districts-names"]["hideout"]["values"] == {"010": "84,2 %", "002": "91,4 %"}


def test_stations_carry_level_and_text_and_a_silent_one_neither() -> None:
    stations = props(FakeScene(), "map")["map-stations-stations"]["hideout"]
    assert stations["s1"]["state"] == "critical"
    assert stations["s3"] == {"state": "none", "text": ""}
    later = props(FakeScene(now=NOW + 86_400), "map")["map-stations-stations"]["hideout"]
    assert later["s1"]["state"] == "offline"
    assert "6,12" not in later["s1"]["text"]


def test_points_carry_no_text_of_events() -> None:
    points = props(FakeScene(), "map")["map-reports-entities"]["data"]
    assert points["features"][0]["geometry"]["coordinates"] == [106.24, 20.06]
    assert "onerror" not in orjson.dumps(points).decode()


def test_alerts_have_shape_age_and_owner() -> None:
    rows = props(FakeScene(), "alerts")["alerts-rows"]["children"]
    assert [row["props"]["className"].split()[1] for row in rows] == ["is-critical", "is-critical", "is-high", "is-low"]
    assert "Sở TT&TT" in text(rows[1])
    assert "Thật" in text(rows[3])  # an actual alert during an exercise must not pass for the exercise


def test_more_alerts_than_fit_are_counted() -> None:
    few = with_options(panel("alerts"), limit=2)
    assert "và 2 cảnh báo khác" in text(dict(stage.update_panel(few, FakeScene()))["alerts-rows"]["children"])


def test_tasks_say_late_soon_and_none() -> None:
    rows = [text(row) for row in props(FakeScene(), "tasks")["tasks-rows"]["children"]]
    assert "Trễ 3 ngày" in rows[0]
    assert "Còn 2 ngày" in rows[1]
    assert "Không hạn" in rows[2]
    assert props(FakeScene(), "tasks")["tasks-note"]["children"] == "3 · trễ 1 · sắp hạn 1"


def test_feed_bars_have_class_width_and_words() -> None:
    found = props(FakeScene(), "feeds")
    assert found["feeds-dossier-validity"] == {"className": "", "style": {"--share": "100%"}}
    assert found["feeds-dossier-completeness"]["className"] == "is-high"
    assert found["feeds-dossier-liveness"]["className"] == "is-critical"
    assert found["feeds-silent-validity"]["className"] == "is-none"
    assert "đúng 99 %, đủ 93 %" in found["feeds-dossier"]["aria-label"]


@pytest.mark.parametrize("each", SOUND, ids=lambda each: each.id)
def test_texts_of_events_lose_controls_and_stay_text(each: Panel) -> None:
    sent = orjson.dumps([wire(found) for _, found in stage.update_panel(each, FakeScene())]).decode()
    assert "\u202e" not in sent
    assert "\\u0000" not in sent
    assert "dangerously" not in sent


def test_inert() -> None:
    assert inert(HOSTILE) == "<img src=x onerror=alert(1)>[x](javascript:1){{7*7}}"
    assert inert("a\n\tb \u200bc\u2066") == "a b c"
    assert inert("e\u0302\u0301") == "ế"
    assert len(inert("x" * 999, 50)) == 50


def test_a_comparison_without_change() -> None:
    words = load("vi")
    indicator = profile().indicators["overdue"]
    reading = Reading(indicator="overdue", value=5, at=NOW, freshness="live")
    assert figures.comparison(words, indicator, reading) == ""
    from ioc.core.reading import Comparison

    same = msgspec.structs.replace(reading, comparison=Comparison(delta=0.2, versus="yesterday"))
    assert figures.comparison(words, indicator, same) == "không đổi so với hôm qua"
