"""The page script in a browser: live values, the banner when the server is away, back by itself."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from playwright.async_api import Route

from ioc.locales import load
from streams.embedded import free_port
from tests.browser import Witness, chromium, need_chromium, until
from tests.layouts.fake_scene import FakeScene
from tests.live.fakes import FakeFollower, serving

pytestmark = [pytest.mark.browser]


async def test_live_lost_and_back() -> None:
    need_chromium()
    port = free_port()
    async with chromium() as browser:
        page = await browser.new_page(viewport={"width": 1920, "height": 1080})
        witness = Witness(page)
        async with serving(FakeFollower(), port) as url:
            await page.goto(f"{url}/wall/overview")
            await until(page, "window.iocLive && iocLive.connected && iocLive.lastFrameAt", 15)
            await page.wait_for_selector("#live-light[data-state=live]", timeout=5_000)
            assert await page.locator("#live-banner").is_hidden()
            assert await page.evaluate("iocLive.now()") == pytest.approx(FakeScene().now, abs=600)
            first = await page.evaluate("iocLive.lastFrameAt")
            await until(page, f"iocLive.lastFrameAt > {first}", 5)
            assert witness.complaints == []
        lost = time.monotonic()
        await page.wait_for_selector("#live-banner", state="visible", timeout=10_000)
        assert time.monotonic() - lost < 5
        await page.evaluate("window.untouched = true")
        async with serving(FakeFollower(), port):
            await page.wait_for_selector("#live-banner", state="hidden", timeout=10_000)
            assert await page.evaluate("window.untouched && iocLive.connected")


async def test_says_that_it_loads_and_then_how_old_the_picture_is() -> None:
    need_chromium()
    words = load("vi")
    async with chromium() as browser, serving(FakeFollower(), free_port()) as url:
        page = await browser.new_page(viewport={"width": 1920, "height": 1080})
        await page.route("**/_dash-update-component*", _slowly)
        await page.goto(f"{url}/wall/overview")
        await until(page, "window.iocLive && iocLive.lastFrameAt")
        assert await page.get_by_text(words("pages.loading")).is_visible()
        assert not await page.get_by_text("Loading...").is_visible()
        await until(page, "document.getElementById('view')")
        assert not await page.get_by_text(words("pages.loading")).is_visible()
        told = words.sentences["wall.live"].replace("{age}", r"\d,\d .+")
        await until(page, f"/^{told}$/.test(document.getElementById('live-text').textContent)", 3)


async def _slowly(route: Route) -> None:
    await asyncio.sleep(1.5)
    await route.continue_()


async def test_page_without_live_parts_and_change_of_address() -> None:
    need_chromium()
    async with chromium() as browser, serving(FakeFollower(), free_port()) as url:
        page = await browser.new_page()
        await page.goto(f"{url}/?lang=en")
        await until(page, "window.iocLive && iocLive.connected", 15)
        sent: list[Any] = []
        page.on("console", lambda message: sent.append(message.text))
        await page.evaluate("history.pushState({}, '', '/wall/second')")
        await page.wait_for_timeout(1500)
        assert await page.evaluate("window.iocLive && iocLive.connected")


async def test_saved_profile_draws_the_page_again() -> None:
    need_chromium()
    follower = FakeFollower()
    async with chromium() as browser, serving(follower, free_port()) as url:
        page = await browser.new_page()
        await page.goto(f"{url}/wall/overview")
        await until(page, "window.iocLive && iocLive.connected", 15)
        await page.evaluate("window.untouched = true")
        follower.problems = ["profile.yaml:3: strange"]
        follower.redrawn()
        await page.get_by_text("profile.yaml:3: strange").first.wait_for(timeout=5_000)
        assert not await page.evaluate("window.untouched")
