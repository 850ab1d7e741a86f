"""Every page, in each language and theme, breaks no rule of WCAG 2 A and AA that axe can check."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]

from ioc.profile_files import load
from tests.browser import chromium, need_chromium
from tests.centre import PROFILE, Centre

pytestmark = [pytest.mark.browser, pytest.mark.engines]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}


def _paths() -> list[str]:
    profile = load(PROFILE)
    walls = [f"/wall/{wall}" for wall in profile.walls]
    return [
        "/",
        *walls,
        "/brief",
        f"/indicators/{next(iter(profile.indicators))}",
        "/feeds",
        "/upload",
        "/nothing-here",
    ]


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    need_chromium()
    with Centre(tmp_path_factory.mktemp("axe")) as running:
        running.run("consume-1", "consume")
        running.run("simulate", "simulate", "--scenario", "yagi-2024", "--speed", "60", "--backfill", "3h")
        running.run("web", "web")
        running.ready()
        time.sleep(8)
        yield running


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("language", ["vi", "en"])
async def test_pages_break_no_rule(centre: Centre, language: str, theme: str) -> None:
    found: dict[str, list[str]] = {}
    async with chromium() as browser:
        for path in _paths():
            page = await browser.new_page(viewport={"width": 1920, "height": 1080}, bypass_csp=True)
            await page.goto(f"{centre.url}{path}?lang={language}&theme={theme}")
            await page.wait_for_function("window.iocLive && iocLive.connected && iocLive.lastFrameAt", timeout=20_000)
            await page.wait_for_timeout(500)
            results = await Axe().run(page, options=RULES)
            if told := [_told(violation) for violation in results.response["violations"]]:
                found[path] = told
            await page.close()
    assert found == {}


def _told(violation: dict[str, Any]) -> str:
    places = [" ".join(map(str, node["target"])) for node in violation["nodes"]]
    why = violation["nodes"][0]["any"] or violation["nodes"][0]["all"] or violation["nodes"][0]["none"]
    return f"{violation['id']} ({len(places)}): {places[:4]} {why[0]['message'] if why else ''}"
