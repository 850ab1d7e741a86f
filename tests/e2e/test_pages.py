"""Every page in a real browser: no request to another host, no console error, a saved profile shown."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ioc.profile_files import load
from tests.browser import Witness, chromium, need_chromium
from tests.centre import PROFILE, Centre

pytestmark = [pytest.mark.browser, pytest.mark.engines]
SETTLE = 2.5  # seconds in which a page would show its late errors


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    need_chromium()
    with Centre(tmp_path_factory.mktemp("pages")) as running:
        running.run("consume-1", "consume")
        running.run("simulate", "simulate", "--scenario", "yagi-2024", "--speed", "60", "--backfill", "6h")
        running.run("historian", "historian")
        running.run("web", "web")
        running.ready()
        time.sleep(10)
        yield running


def _paths() -> list[str]:
    profile = load(PROFILE)
    walls = [f"/wall/{wall}" for wall in profile.walls]
    return [
        "/",
        *walls,
        "/brief",
        "/feeds",
        f"/indicators/{next(iter(profile.indicators))}",
        "/upload",
        "/nothing-here",
    ]


async def test_no_other_host_and_no_complaint(centre: Centre) -> None:
    async with chromium() as browser:
        for path in _paths():
            page = await browser.new_page(viewport={"width": 1920, "height": 1080})
            witness = Witness(page)
            await page.goto(centre.url + path)
            await asyncio.sleep(SETTLE)
            assert witness.hosts == {centre.url.removeprefix("http://")}, path
            assert witness.complaints == [], path
            await page.close()


async def test_saved_change_of_the_profile_shows(tmp_path: Path) -> None:
    need_chromium()
    folder = tmp_path / "profiles" / PROFILE.name
    await asyncio.to_thread(_copy, PROFILE, folder)
    with Centre(tmp_path / "data-folder", folder) as running:
        running.run("consume-1", "consume")
        running.run("web", "web")
        await asyncio.to_thread(running.ready)
        async with chromium() as browser:
            page = await browser.new_page()
            wall = folder / "walls" / "overview.yaml"
            before = wall.read_text("utf-8")
            await page.goto(f"{running.url}/wall/overview")
            title = load(folder).walls["overview"].title["vi"]
            await page.get_by_text(title).first.wait_for(timeout=20_000)
            wall.write_text(before.replace(title, "Tên màn hình mới"), "utf-8")
            await page.get_by_text("Tên màn hình mới").first.wait_for(timeout=5_000)
            wall.write_text(before + "\nno_such_key: 1\n", "utf-8")
            await page.get_by_text("no_such_key").first.wait_for(timeout=8_000)
            assert await page.get_by_text("Tên màn hình mới").first.is_visible()


def _copy(source: Path, target: Path) -> None:
    import shutil

    shutil.copytree(source, target)
    (target.parent.parent / "data-folder").mkdir()
