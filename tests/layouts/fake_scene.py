"""A small province in one moment: values that are live, late, stale, offline and missing, a flood and a late task."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from ioc.core.area import AlarmLevel, Area, Organisation, Station
from ioc.core.clock import Clock
from ioc.core.contract import Entity, FeedContract
from ioc.core.feed_quality import Quality
from ioc.core.grade import Grade
from ioc.core.indicator import Indicator, Measure, Target, Threshold
from ioc.core.profile import Group, Profile, ProfileHead
from ioc.core.quality import Completeness, Signs, Tallied
from ioc.core.reading import Alarm, Comparison, FeedPulse, Reading
from ioc.core.reporting import Reported
from ioc.core.wall import Layer, Panel, Wall

NOW = 1_726_124_427.0  # 12 September 2024, 14:00:27 in Viet Nam
HOSTILE = "<img src=x onerror=alert(1)>\u202e[x](javascript:1)\u0000{{7*7}}"


def _areas() -> list[Area]:
    return [Area(code="01", name="Sông Xanh", level=0, kind="province", parent="", valid_from="2000-01-01")] + [
        Area(code=f"0{row}{column}", name=f"Huyện {name}", level=1, kind="district", parent="01",
             valid_from="2000-01-01", lat=20.05 + 0.1 * row, lon=106.05 + 0.1 * column)
        for row, column, name in (
            (0, 0, "An"), (0, 1, "Bình"), (0, 2, "Cát"), (1, 0, "Đông"), (1, 1, "Gia"), (1, 2, "Hạ"),
        )
    ]  # fmt: skip


def _square(area: Area) -> dict[str, Any]:
    west, south, east, north = area.lon - 0.05, area.lat - 0.05, area.lon + 0.05, area.lat + 0.05
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "properties": {"code": area.code, "name": area.name},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def _indicator(name: str, title: str, **given: Any) -> Indicator:
    settled: dict[str, Any] = {
        "id": name,
        "title": {"vi": title, "en": name.replace("_", " ").capitalize()},
        "group": "service",
        "unit": {"vi": "hồ sơ", "en": "dossiers"},
        "measure": Measure(kind="count", feed="dossier"),
        "source": {"vi": "Hệ thống một cửa", "en": "One-stop system"},
        "owner": "stttt",
        "formula": {"vi": "Đếm hồ sơ trong ngày", "en": "Dossiers counted today"},
        "by": ["area"],
    }
    return Indicator(**(settled | given))


def _indicators() -> dict[str, Indicator]:
    percent = {"vi": "%", "en": "%"}
    made = [
        _indicator("on_time", "Hồ sơ giải quyết đúng hạn", unit=percent, decimals=1, better="higher",
                   target=Target(at_least=95, basis="Kế hoạch 1/KH"),
                   thresholds=[Threshold(priority="critical", below=85), Threshold(priority="high", below=92)]),
        _indicator("overdue", "Hồ sơ quá hạn chưa trả",
                   thresholds=[Threshold(priority="high", above=100, basis="Quyết định 2/QĐ", valid_from="2024-01-01")]),
        _indicator("reports", "Phản ánh 1022 đang xử lý", measure=Measure(kind="open", feed="citizen_report"),
                   group="people", by=["area", "category"], unit={"vi": "phản ánh", "en": "reports"}),
        _indicator("beds", "Công suất giường bệnh", unit=percent, decimals=1, group="people",
                   measure=Measure(kind="state", feed="station_reading"),
                   thresholds=[Threshold(priority="high", above=95)]),
        _indicator("air", "VN_AQI cao nhất", unit={}, measure=Measure(kind="last", feed="station_reading"), group="people"),
        _indicator("cashless", "Thanh toán không tiền mặt", unit=percent, decimals=1),
        _indicator("level", "Mực nước cao nhất", unit={"vi": "m", "en": "m"}, decimals=2, group="people",
                   measure=Measure(kind="last", feed="station_reading"),
                   thresholds=[Threshold(priority="critical", above=6.0), Threshold(priority="high", above=5.0)]),
    ]  # fmt: skip
    return {indicator.id: indicator for indicator in made}


def _feeds() -> dict[str, FeedContract]:
    titles = {
        "dossier": "Một cửa",
        "citizen_report": "Phản ánh 1022",
        "station_reading": "Quan trắc",
        "task": "Nhiệm vụ",
        "cap_alert": "Cảnh báo thiên tai",
        "silent": "Dữ liệu mở",
    }
    return {
        name: FeedContract(feed=name, title={"vi": title, "en": name.replace("_", " ").capitalize()}, owner="stttt",
                           source=["urn:vn:x:y"], cadence="5m", fields={}, entity=Entity(key=["id"], live=True))
        for name, title in titles.items()
    }  # fmt: skip


def _walls() -> dict[str, Wall]:
    tiles = ["on_time", "overdue", "reports", "beds", "air", "cashless"]
    panels = [
        Panel(id=f"t-{name}", type="tile", at=(1, 1 + 2 * row, 6, 2), indicator=name, options={"spark": 24})
        for row, name in enumerate(tiles[:5])
    ]
    panels += [
        Panel(id="map", type="map", title={"vi": "Hồ sơ đúng hạn theo huyện · Mực nước", "en": "On time by district"},
              at=(7, 1, 11, 7), layers=["districts", "rivers", "stations", "reports"]),
        Panel(id="trend", type="trend", title={"vi": "Mực nước và giường bệnh"}, at=(7, 8, 6, 4),
              indicators=["level"], options={"hours": 48}),
        Panel(id="ranking", type="ranking", title={"vi": "Đúng hạn theo huyện"}, at=(13, 8, 5, 4),
              indicator="on_time", options={"by": "area", "level": 1, "limit": 6}),
        Panel(id="alerts", type="alerts", title={"vi": "Cảnh báo cần xử lý", "en": "Alerts"}, at=(18, 1, 7, 7),
              options={"limit": 6}),
        Panel(id="tasks", type="tasks", title={"vi": "Nhiệm vụ", "en": "Tasks"}, at=(18, 8, 7, 4),
              feeds=["task"], options={"limit": 4}),
        Panel(id="feeds", type="feeds", at=(1, 12, 24, 1)),
        Panel(id="t-cashless", type="tile", at=(1, 11, 6, 1), indicator="cashless"),
    ]  # fmt: skip
    second = [
        Panel(id="table", type="table", title={"vi": "Các huyện"}, at=(1, 1, 12, 6), indicators=["on_time", "overdue"],
              options={"by": "area", "level": 1}),
        Panel(id="stations", type="table", title={"vi": "Mực nước các trạm"}, at=(13, 1, 12, 6),
              feeds=["station_reading"], options={"kinds": ["river"], "metric": "muc_nuoc"}),
        Panel(id="broken", type="tile", title={"vi": "Ô hỏng"}, at=(1, 7, 6, 3), indicator="nowhere"),
        Panel(id="strange", type="hologram", title={"vi": "Loại lạ"}, at=(7, 7, 6, 3)),
        Panel(id="misspelt", type="tile", title={"vi": "Sai tùy chọn"}, at=(13, 7, 6, 3), indicator="beds",
              options={"sparks": 3}),
    ]  # fmt: skip
    return {
        "overview": Wall(id="overview", title={"vi": "Toàn cảnh", "en": "Overview"}, order=1, panels=panels),
        "second": Wall(id="second", title={"vi": "Màn hình hai", "en": "Second"}, order=2, panels=second),
    }


def profile() -> Profile:
    """Six square districts, seven indicators, six feeds, two walls."""
    areas = _areas()
    districts = [area for area in areas if area.level == 1]
    levels = [
        AlarmLevel(name={"vi": "BĐ II", "en": "level II"}, value=5.0, priority="high"),
        AlarmLevel(name={"vi": "BĐ III", "en": "level III"}, value=6.0, priority="critical"),
    ]
    stations = [
        Station(id=name, name=title, kind="river", river="Xanh", area="001", lat=20.05 + step, lon=106.12 + step,
                metrics=["muc_nuoc"], alarms={"muc_nuoc": levels})
        for name, title, step in (("s1", "Phả Lại", 0.03), ("s2", "Bến Bình", 0.07), ("s3", "Cầu Mới", 0.12))
    ]  # fmt: skip
    river = [[106.0, 20.0], [106.1, 20.08], [106.2, 20.1], [106.3, 20.2]]
    return Profile(
        head=ProfileHead(
            id="song-xanh", title={"vi": "Tỉnh Sông Xanh", "en": "Sông Xanh"},
            centre={"vi": "TRUNG TÂM GIÁM SÁT, ĐIỀU HÀNH THÔNG MINH", "en": "INTELLIGENT OPERATIONS CENTRE"},
            province={"vi": "Tỉnh Sông Xanh", "en": "Sông Xanh Province"}, timezone="Asia/Ho_Chi_Minh",
            as_of="2024-09-01", source_prefix="urn:vn:x", bbox=(106.0, 20.0, 106.3, 20.2),
            geo_note={"vi": "Ranh giới gần đúng.", "en": "Boundaries are approximate."},
            groups=[Group(id="service", title={"vi": "Phục vụ người dân", "en": "Public service"}, order=1),
                    Group(id="people", title={"vi": "Đời sống", "en": "Life"}, order=2)],
            home_wall="overview",
        ),
        feeds=_feeds(), indicators=_indicators(), walls=_walls(),
        layers={
            "districts": Layer(id="districts", title={"vi": "Hồ sơ đúng hạn", "en": "On time"}, kind="choropleth",
                               geo="districts.geojson", indicator="on_time"),
            "rivers": Layer(id="rivers", title={"vi": "Sông", "en": "Rivers"}, kind="lines", geo="rivers.geojson"),
            "stations": Layer(id="stations", title={"vi": "Trạm thủy văn", "en": "River stations"}, kind="stations",
                              feed="station_reading", kinds=["river"], metric="muc_nuoc"),
            "reports": Layer(id="reports", title={"vi": "phản ánh 1022", "en": "citizen reports"}, kind="entities",
                             feed="citizen_report"),
        },
        areas=areas, crosswalk=[],
        organisations={"stttt": Organisation(code="stttt", name={"vi": "Sở Thông tin và Truyền thông"},
                                             short={"vi": "Sở TT&TT"}, head={"vi": "Giám đốc Sở TT&TT"})},
        stations={station.id: station for station in stations}, holidays={},
        geo={
            "districts.geojson": {"type": "FeatureCollection", "features": [_square(area) for area in districts]},
            "rivers.geojson": {"type": "FeatureCollection", "features": [
                {"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": river}}]},
        },
        digest="fake",
    )  # fmt: skip


def _readings() -> dict[str, Reading]:
    yesterday = Comparison(delta=0.6, versus="yesterday")
    spark: list[float | None] = [95 + 2 * math.sin(step / 5) for step in range(48)]
    made = [
        Reading(indicator="on_time", value=97.4, at=NOW - 2, freshness="live", on_target=True, comparison=yesterday,
                by={"000": 97.0, "001": 96.1, "002": 91.4, "010": 84.2, "011": 99.0, "012": None}, spark=spark, events=812),
        Reading(indicator="overdue", value=143, at=NOW - 2, freshness="live", priority="high", limit=100,
                comparison=Comparison(delta=21, versus="yesterday"), by={"000": 12, "001": 41}, spark=[1, 2, None, 4, 8]),
        Reading(indicator="reports", value=0, at=NOW - 500, freshness="late",
                comparison=Comparison(delta=-9, versus="yesterday"), by={"NGAP_LUT": 40, HOSTILE: 3}),
        Reading(indicator="beds", value=88.2, at=NOW - 2400, freshness="stale", since=NOW - 2400, spark=spark),
        Reading(indicator="air", value=120, at=NOW - 5000, freshness="offline", since=NOW - 2520, priority="critical", spark=spark),
        Reading(indicator="cashless", value=None, at=None, freshness="none"),
        Reading(indicator="level", value=6.12, at=NOW - 20, freshness="live", priority="critical", limit=6.0, spark=[4, 5, 6.12]),
    ]  # fmt: skip
    return {reading.indicator: reading for reading in made}


POOR = Tallied(outcomes={"accepted": 40, "rejected": 10}, reasons={"schema": 10})
FAIR = Tallied(outcomes={"accepted": 96, "duplicate": 2, "quarantined": 2}, reasons={"implausible": 2}, untidy=1)
NOTHING = Tallied()
SILENT = Signs()
SEEN = Signs(event=NOW - 30, heartbeat=NOW - 20)


def _quality(tally: Tallied = FAIR, signs: Signs = SEEN) -> Quality:
    reported = Reported(due=12, reported=10, missing=["001", HOSTILE])
    some = Completeness(received=98, expected=100.0, basis="sequence", filled=tally.filled(), reported=reported)
    return Quality(
        tally=tally, completeness=some if tally.total else Completeness(), signs=signs,
        situation="live" if signs.newest else "never", cadences=0.1 if signs.newest else None,
    )  # fmt: skip


class FakeScene:
    """One moment; ``broken`` names indicators whose reading raises."""

    def __init__(self, language: str = "vi", now: float = NOW, broken: frozenset[str] = frozenset()) -> None:
        self.profile = profile()
        self.now = now
        self.clock = Clock(anchor_real=0, anchor=now, speed=60, mode="exercise", label={"vi": "bão Yagi", "en": "Yagi"})
        self.language = language
        self.broken = broken
        self.readings = _readings()

    def reading(self, indicator: str, by: str | None = None, area: str | None = None) -> Reading:
        if indicator in self.broken:
            raise RuntimeError(f"no reading of {indicator}")
        return self.readings[indicator]

    def roll_up(self, reading: Reading, level: int) -> dict[str, float | None]:
        return dict(reading.by)

    def series(self, indicator: str, start: float, end: float, step: float) -> list[float | None]:
        count = round((end - start) / step)
        middle = self.reading(indicator).value or 0.0
        return [None if at == 3 else middle * (1 + 0.1 * math.sin(at / 4)) for at in range(count)]

    def pulse(self, feed: str) -> FeedPulse:
        silent = feed == "silent"
        grades: dict[str, Grade] = {
            "validity": "good",
            "completeness": "fair",
            "cleanliness": "good",
            "liveness": "poor",
        }
        return FeedPulse(
            feed=feed, at=None if silent else NOW - 30, heartbeat=None, freshness="none" if silent else "live", since=None,
            outcomes={} if silent else {"accepted": 12_345, "duplicate": 3, "quarantined": 2},
            reasons={} if silent else {"implausible": 2},
            validity=None if silent else 0.999, completeness=None if silent else 0.93,
            cleanliness=None if silent else 0.995, liveness=None if silent else 0.6, lag=4,
            situation="never" if silent else "live", grades={} if silent else grades,
        )  # fmt: skip

    def quality(self, feed: str, span: str) -> Quality:
        return _quality() if feed != "silent" else _quality(NOTHING, SILENT)

    def quality_by(self, feed: str, span: str, dimension: str) -> dict[str, Quality]:
        if feed == "silent":
            return {}
        named = {"organisation": "stttt", "area": "002"}[dimension]
        return {"": _quality(), named: _quality(POOR), HOSTILE: _quality(NOTHING, SILENT)}

    def entities(self, feed: str, open_only: bool = True) -> list[dict[str, Any]]:
        if feed == "task":
            return [
                {"id": "n1", "status": "OPEN", "due": NOW - 3 * 86_400, "organisation": "stttt", "at": NOW, "area": "",
                 "title": "Khai trương Cổng dữ liệu mở " + HOSTILE, "accountable": "Giám đốc Sở TT&TT", "progress": 72},
                {"id": "n2", "status": "OPEN", "due": NOW + 2 * 86_400, "organisation": "stttt", "at": NOW, "area": "",
                 "title": "Kết nối kho dữ liệu dùng chung", "accountable": "Giám đốc Sở Y tế", "progress": 88},
                {"id": "n3", "status": "OPEN", "due": None, "organisation": "", "at": NOW, "area": "",
                 "title": "Ra mắt SOC tỉnh", "accountable": "Giám đốc Sở TT&TT", "progress": 64},
            ]  # fmt: skip
        if feed == "station_reading":
            return [
                {"id": f"{name}/muc_nuoc", "status": "", "at": NOW - 60, "area": "001",
                 "station_id": name, "metric": "muc_nuoc", "value": value, "unit": "m"}
                for name, value in (("s1", 6.12), ("s2", 5.31))
            ]  # fmt: skip
        if feed == "citizen_report":
            return [
                {"id": "r1", "status": "NEW", "at": NOW, "area": "002",
                 "title": HOSTILE, "lat": 20.06, "lon": 106.24, "category": "NGAP_LUT"}
            ]  # fmt: skip
        return []

    def alerts(self) -> list[Alarm]:
        return [
            Alarm(id="a1", kind="station", priority="critical", title="Lũ vượt báo động III · Phả Lại",
                  detail="Xanh 6,12 m (BĐ III 6,00)", since=NOW - 760, area="001", mode="exercise"),
            Alarm(id="a2", kind="security", priority="critical", title=HOSTILE, detail="Sở Xây dựng · SOC",
                  since=NOW - 185, owner="stttt", mode="exercise"),
            Alarm(id="a3", kind="threshold", priority="high", title="Hồ sơ quá hạn tăng đột biến", detail="41 hồ sơ",
                  since=NOW - 4811, area="002", owner="stttt", mode="exercise"),
            Alarm(id="a4", kind="feed", priority="low", title="Nguồn quan trắc không khí im lặng, các trạm không gửi số",
                  detail="5 trạm · từ 13:18", since=NOW - 2520, owner="stttt", mode="actual"),
        ]  # fmt: skip


class FakeSite:
    """A site around fake scenes."""

    def __init__(self, problems: tuple[str, ...] = ()) -> None:
        self.profile = profile()
        self.history = None
        self.uploads: Any = None
        self.workbench: Any = None
        self._problems = list(problems)

    def scene(self, language: str) -> FakeScene:
        return FakeScene(language)

    def words(self, language: str) -> Any:
        from ioc.locales import load

        return load(language)

    def problems(self) -> list[Any]:
        return self._problems

    def build(self) -> str:
        return self.profile.digest


def with_options(panel: Panel, **options: Any) -> Panel:
    """The panel with other options."""
    return msgspec.structs.replace(panel, options=options)
