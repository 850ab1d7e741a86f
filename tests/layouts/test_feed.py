"""A feed's own page: figures in words, tables worst first, empty states, and thirty days from the history."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from ioc.core.errors import EngineError
from ioc.core.feed_quality import FIGURES
from ioc.core.quality import Completeness, Signs, Tallied
from ioc.core.quality_hours import Day
from ioc.locales import load
from layouts import site
from layouts.feed import told, units
from layouts.feed.past import DAYS
from layouts.fill import identified
from layouts.panels import PANELS
from tests.layouts.fake_scene import NOW, POOR, FakeScene, FakeSite, _quality
from tests.layouts.test_panels import text

MIDNIGHT = 1_726_074_000


async def drawn(feed: str = "dossier", history: Any = None) -> Any:
    made = FakeSite()
    made.history = history
    return await site.draw(made, f"/feeds/{feed}", "vi")


async def test_each_figure_says_what_it_rests_on() -> None:
    page = identified(await drawn())
    shown = {figure: text(page[f"summary-hour-{figure}-why"]) for figure in FIGURES}
    assert "98 trên 100 sự kiện đạt mọi quy tắc. Nguyên nhân: giá trị phi lý 2." in shown["validity"]
    assert "Nhận 98 trên 100 sự kiện, theo số thứ tự của hệ thống gửi." in shown["completeness"]
    assert "10 trên 12 đơn vị phải báo cáo đã gửi." in shown["completeness"]
    assert "trùng lặp 2, tên viết chưa chuẩn 1" in shown["cleanliness"]
    assert "Đang có số liệu mới." in shown["liveness"]
    assert page["summary-hour-completeness-bar"].className == "is-critical"


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (Completeness(), "Chưa có căn cứ"),
        (Completeness(received=3, expected=4.0, basis="heartbeat"), "tín hiệu kết nối"),
        (Completeness(received=30, expected=39.6, basis="baseline"), "những ngày tương tự là 40"),
    ],
)
def test_what_completeness_is_measured_against_is_said(parts: Completeness, sentence: str) -> None:
    found = msgspec.structs.replace(_quality(), completeness=parts)
    assert sentence in " ".join(told.sentences(FakeScene(), "dossier", "completeness", found))


def test_why_a_feed_is_silent_is_said() -> None:
    shown = {}
    for situation in ("live", "quiet", "late", "stale", "dead", "manual", "never"):
        found = msgspec.structs.replace(_quality(), situation=situation, signs=Signs())
        shown[situation] = told.sentences(FakeScene(), "dossier", "liveness", found)[0]
    assert shown["quiet"] == "Không có sự việc mới, kết nối vẫn hoạt động."
    assert shown["dead"] == "Mất tín hiệu."
    assert shown["manual"] == "Số liệu nhập tay."
    assert len(set(shown.values())) == len(shown)


def test_the_worst_unit_comes_first() -> None:
    scene = FakeScene()
    scene.quality_by = lambda *_: {"a": _quality(), "b": _quality(POOR), "c": _quality(Tallied(), Signs())}  # type: ignore[method-assign]

    rows = units.rows(load("vi"), scene, "dossier", "hour", "organisation")
    assert [text(row).split()[0] for row in rows] == ["b", "a", "c"]


async def test_a_feed_that_never_spoke_says_so() -> None:
    shown = text(await drawn("silent"))
    assert shown.count("Chưa có sự kiện nào trong khoảng này.") >= 4
    assert "Chưa nhận sự kiện nào" in shown
    assert "Chưa có lịch sử chất lượng" in shown


class History:
    """A history of three days; or one that is away."""

    def __init__(self, away: bool = False) -> None:
        self.quality = SimpleNamespace(days=self.days)
        self.away = away

    async def days(self, feed: str, start: float, end: float, zone: str) -> list[Day]:
        if self.away:
            raise EngineError("away")
        assert (start, end, zone) == (MIDNIGHT - (DAYS - 1) * 86_400, NOW, "Asia/Ho_Chi_Minh")
        return [Day(at=MIDNIGHT - back * 86_400, tally=POOR, completeness=0.9) for back in (2, 1, 0)]


async def test_thirty_days_of_each_figure() -> None:
    charts = [
        part for part in (await drawn(history=History()))._traverse() if getattr(part, "className", "") == "chart"
    ]
    lines = [json.loads(getattr(chart, "data-trend"))["lines"][0] for chart in charts]
    assert [line[-4:] for line in lines] == [
        [None, 80.0, 80.0, 80.0], [None, 90.0, 90.0, 90.0], [None, 100.0, 100.0, 100.0], [None] * 4,
    ]  # fmt: skip
    assert all(len(line) == DAYS for line in lines)
    assert "cơ sở dữ liệu không trả lời" in text(await drawn(history=History(away=True)))


@pytest.mark.parametrize("kind", ["trend", "table"])
def test_a_panel_of_several_indicators_is_as_fresh_as_the_worst(kind: str) -> None:
    scene, panel_type = FakeScene(), PANELS[kind]
    wall = scene.profile.walls["overview"]
    panel = next(panel for panel in wall.panels if panel.type == "tile")
    panel = msgspec.structs.replace(panel, type=kind, indicator=None, indicators=["on_time", "beds"], options={})
    props = dict(panel_type.update(panel, scene, panel_type.options_of(panel)))
    assert "is-stale" in props[panel.id]["className"]
