"""A wall that nobody touches outlives an outage of the web process of 400 s, longer than any usual give-up time."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from tests.browser import Witness, chromium, need_chromium, until
from tests.centre import Centre

OUTAGE = 400.0
BANNER_WITHIN = 5.0
BACK_WITHIN = 10.0
BANNER = "#live-banner"

pytestmark = [pytest.mark.chaos, pytest.mark.browser, pytest.mark.engines]


async def test_wall_is_back_by_itself(tmp_path: Path, record_property: pytest.RecordProperty) -> None:
    need_chromium()
    with Centre(tmp_path) as centre:
        centre.run("consume-1", "consume")
        centre.run("simulate", "simulate", "--scenario", "normal-day", "--speed", "1", "--backfill", "1h")
        centre.run("web", "web")
        await asyncio.to_thread(centre.ready)
        async with chromium() as browser:
            page = await browser.new_page(viewport={"width": 1920, "height": 1080})
            witness = Witness(page)
            await page.goto(f"{centre.url}/wall/overview")
            await until(page, "window.iocLive && window.iocLive.connected", 20)
            await page.evaluate("window.untouched = true")

            centre.kill("web")
            lost = time.monotonic()
            await page.wait_for_selector(BANNER, state="visible", timeout=20_000)
            banner_after = time.monotonic() - lost
            await asyncio.sleep(OUTAGE - banner_after)

            centre.start("web")
            await asyncio.to_thread(centre.ready)
            back = time.monotonic()
            await until(page, "window.iocLive && window.iocLive.connected && window.iocLive.lastFrameAt", 60)
            await page.wait_for_selector(BANNER, state="hidden", timeout=60_000)
            live_after = time.monotonic() - back
        record_property("banner_after_s", round(banner_after, 2))
        record_property("live_after_s", round(live_after, 2))
        assert banner_after <= BANNER_WITHIN
        assert live_after <= BACK_WITHIN
        assert witness.hosts == {centre.url.removeprefix("http://")}
