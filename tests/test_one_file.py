"""An indicator, a feed, a wall: one file each in the profile, and no Python."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ioc.core.board import Board
from ioc.core.clock import REAL
from ioc.core.event import Beat, Compiled
from ioc.core.profile import Profile
from ioc.core.reading import Scene
from ioc.core.words import Words
from ioc.locales import load as load_words
from ioc.profile_files import load
from layouts import site
from layouts.fill import identified
from layouts.panels import PANELS
from layouts.views import view
from streams.session import Session
from streams.simulator import files, stream
from streams.topics import wanted
from tests.conftest import PROFILE
from tests.layouts.test_panels import text
from tests.streams.memory_store import Memory, MemoryStore, NoLetters
from tests.streams.records import NOON, Record, event

WORDS = {language: load_words(language) for language in ("vi", "en")}
PANEL_TYPES = {name: kind.options for name, kind in PANELS.items()}

INDICATOR = """\
id: reports-zalo
title: {vi: Phản ánh qua Zalo, en: Reports by Zalo}
group: citizen-reports
unit: {vi: phản ánh, en: reports}
measure: {kind: count, feed: citizen_report, where: {channel: [zalo]}}
by: [area, category]
better: lower
thresholds:
  - {priority: high, above: 2, basis: thử}
source: {vi: Hệ thống 1022, en: The 1022 system}
owner: so-khcn
formula: {vi: Số phản ánh gửi qua Zalo hôm nay, en: Reports sent by Zalo today}
"""

FEED = """\
feed: water_supply
title: {vi: Cấp nước sạch, en: Water supply}
owner: nuoc-sach
source: ["urn:vn:hai-duong:nuoc-sach"]
cadence: 2m
partitions: 2
fields:
  point_id: text
  pressure: number 0..16
  state: $state
  pump?: on|off
  checked_on?: date
  next_check?: time
  interval?: duration
  month?: period
  operator?: org
  drawing?: url
  open_valves?: int 0..40
  notes?: "[text]"
  alarm?: bool
  lat?: number
  lon?: number
codes:
  state: [NORMAL, LOW, BURST]
dimensions: [state, pump, area]
numbers: [pressure]
coordinates: {lat: lat, lon: lon}
organisation_of: operator
entity:
  key: [point_id]
  status: state
  open: [LOW, BURST]
  by: [area]
  keep: [point_id, pressure, state]
  live: true
"""

WALL = """\
id: night
title: {vi: Ca trực đêm, en: Night shift}
order: 90
panels:
  - {id: open-reports, type: tile, at: [1, 1, 6, 2], indicator: report-open}
  - {id: ranked, type: ranking, at: [1, 3, 6, 8], title: {vi: Theo huyện, en: By district}, indicator: report-open, options: {by: area, level: 1}}
  - {id: alarms, type: alerts, at: [7, 1, 12, 10], title: {vi: Cần xử lý ban đêm, en: To do at night}}
"""


class Site:
    """What the pages ask of a process, over one board."""

    history = None

    def __init__(self, profile: Profile, board: Board, now: float) -> None:
        self.profile, self._board, self._now = profile, board, now

    def scene(self, language: str) -> Scene:
        return self._board.scene(self._now, REAL, language)

    def words(self, language: str) -> Words:
        return WORDS[language]

    def problems(self) -> list[Any]:
        return []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROFILE, tmp_path / PROFILE.name))


def added(folder: Path, name: str, content: str) -> Profile:
    """The profile with one file more, as the web process loads it. Raises ProfileError if that isn't enough."""
    path = folder / name
    assert not path.exists()
    path.write_text(content, "utf-8")
    return load(folder, WORDS["en"], PANEL_TYPES)


def fold(compiled: Compiled, values: list[bytes], now: float) -> Memory:
    """The changes that these events make, as the board gets them."""

    async def folded() -> Memory:
        memory = Memory()
        session = Session(MemoryStore(memory), compiled, NoLetters())  # type: ignore[arg-type]
        await session.claim(0)
        records = [Record(offset=at, value=value, timestamp=int(now * 1000)) for at, value in enumerate(values)]
        await session.take(records, len(records), lambda: now)
        await session.settled()
        return memory

    return asyncio.run(folded())


def drawn(page: Site, address: str, language: str = "vi") -> Any:
    found: Any = asyncio.run(site.draw(page, address, language))
    assert "page-missing" not in (found.className or "")
    return found


def reports(count: int) -> list[bytes]:
    return [
        event(
            "citizen_report", number, NOON - 60, source="urn:vn:hai-duong:1022",
            data={"report_id": f"R-{number}", "title": "t", "category": "KHAC", "channel": "zalo" if number else "web",
                  "ward": "Vĩnh Hòa"},
        )
        for number in range(count)
    ]  # fmt: skip


def test_an_indicator_is_one_file_and_has_its_past_at_once(folder: Path) -> None:
    before = load(folder)
    memory = fold(Compiled(before.feeds["citizen_report"], before), reports(4), NOON)
    board = Board(before, WORDS)
    for change in memory.changes:
        board.apply("citizen_report", 0, change)
    profile = added(folder, "indicators/reports-zalo.yaml", INDICATOR)
    board.use(profile)
    board.load("citizen_report", 0, memory.hashes)
    reading = board.scene(NOON, REAL, "vi").reading("reports-zalo", by="area")
    assert (reading.value, reading.by, reading.freshness) == (3, {"11185": 3}, "live")
    assert reading.priority == "high"
    page = Site(profile, board, NOON)
    assert "Phản ánh qua Zalo" in text(drawn(page, "/indicators/reports-zalo"))
    assert "Reports by Zalo" in text(drawn(page, "/brief", "en"))
    assert view(profile, "indicators/reports-zalo") is not None


def test_a_new_indicator_follows_changes(folder: Path) -> None:
    profile = added(folder, "indicators/reports-zalo.yaml", INDICATOR)
    board = Board(profile, WORDS)
    assert board.scene(NOON, REAL, "vi").reading("reports-zalo").value is None
    for change in fold(Compiled(profile.feeds["citizen_report"], profile), reports(3), NOON).changes:
        board.apply("citizen_report", 0, change)
    assert board.take_dirty() == {"citizen_report"}
    assert board.scene(NOON, REAL, "vi").reading("reports-zalo").value == 2


def test_a_feed_is_one_file_with_its_topic_its_simulation_and_its_place_on_the_pages(folder: Path) -> None:
    profile = added(folder, "feeds/water_supply.yaml", FEED)
    contract = profile.feeds["water_supply"]
    assert {topic.name: topic.num_partitions for topic in wanted([contract], -1, -1)} == {
        "ioc.water_supply": 2,
        "ioc.water_supply.dlq": 1,
    }
    scenario = files.load(folder, "normal-day")
    begin = NOON
    simulated: list[bytes] = []
    for made in stream.events(profile, scenario, seed=3, begin=begin):
        if made.at > begin + 7200:
            break
        if made.feed == "water_supply":
            assert made.value is not None
            simulated.append(made.value)
    compiled = Compiled(contract, profile)
    read = [compiled.read(value, begin + 7200) for value in simulated]
    good = [got for got in read if isinstance(got, tuple)]
    assert len(good) > 40
    assert any(isinstance(got, Beat) for got in read)
    assert len(good) >= 0.95 * sum(not isinstance(got, Beat) for got in read)  # a scenario breaks some on purpose
    memory = fold(compiled, simulated, begin + 7200)
    board = Board(profile, WORDS)
    board.load("water_supply", 0, memory.hashes)
    scene = board.scene(begin + 7200, REAL, "vi")
    assert scene.pulse("water_supply").freshness == "live"
    accepted = msgspec.msgpack.decode(memory.hashes["pulse"]["total:accepted"])
    assert accepted == scene.pulse("water_supply").outcomes["accepted"] <= len(good)
    assert "Cấp nước sạch" in text(drawn(Site(profile, board, begin + 7200), "/feeds"))


def test_a_wall_is_one_file(folder: Path) -> None:
    profile = added(folder, "walls/night.yaml", WALL)
    page = Site(profile, Board(profile, WORDS), NOON)
    for language, title, panel in (("vi", "Ca trực đêm", "Cần xử lý ban đêm"), ("en", "Night shift", "To do at night")):
        shown = drawn(page, "/wall/night", language)
        assert title in text(shown)
        assert panel in text(shown)
    found = view(profile, "wall/night")
    assert found is not None
    ids = {name for part in found.parts for name, _ in part.update(page.scene("vi"))}
    assert ids <= set(identified(shown))
    assert title in text(drawn(page, "/", "en"))
