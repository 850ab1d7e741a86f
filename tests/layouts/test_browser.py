"""The fake province in Chromium: pages fit their screens, draw their lines, and pass axe."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from streams.embedded import free_port
from tests.browser import Witness, chromium
from tests.layouts.serve import make

pytestmark = pytest.mark.browser

SIZES = {"wall": (1920, 1080), "4k": (3840, 2160), "tablet": (1180, 820), "upright": (820, 1180)}
PAGES = ["/", "/wall/overview", "/wall/second", "/brief", "/indicators/on_time", "/feeds", "/feeds/dossier", "/nowhere"]


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[str]:
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(make(), host="127.0.0.1", port=port, log_level="error", ws="websockets-sansio")
    )
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await running


async def shown(page: Page, address: str) -> None:
    await page.goto(address)
    await page.wait_for_selector("#view")
    await page.wait_for_function("document.getElementById('live-light')?.dataset.state !== 'connecting'")


async def test_pages_fit_speak_and_ask_no_other_host() -> None:
    async with serving() as base, chromium() as browser:
        for theme, language, (width, height) in zip(
            ("dark", "light") * 2, ("vi", "en", "en", "vi"), SIZES.values(), strict=True
        ):
            page = await browser.new_page(viewport={"width": width, "height": height})
            witness = Witness(page)
            for path in PAGES:
                await page.goto(f"{base}{path}?lang={language}&theme={theme}")
                await page.wait_for_selector("#view h1")
                assert await page.evaluate("document.documentElement.lang") == language
                assert await page.evaluate("document.documentElement.dataset.bsTheme") == theme
                assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
            await page.wait_for_timeout(300)
            assert witness.hosts == {base.removeprefix("http://")}
            assert witness.complaints == []
            await page.close()


async def test_a_wall_is_drawn_and_ticks() -> None:
    async with serving() as base, chromium() as browser:
        page = await browser.new_page(viewport={"width": 1920, "height": 1080})
        await shown(page, f"{base}/wall/overview")
        await page.wait_for_selector(".map-area")
        assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        assert await page.locator(".spark svg path").count() >= 4
        assert await page.locator(".chart svg path.line").count() == 1
        assert await page.locator(".map-area.area-critical").count() == 1
        assert await page.locator(".map-tag").count() == 2
        assert await page.evaluate("typeof window.alerted") == "undefined"
        assert "<img src=x" in await page.locator("#alerts").inner_text()
        assert await page.locator("#alerts img").count() == 0
        timer = page.locator("#alerts .age[data-form=timer]").first
        before = await timer.inner_text()
        await page.wait_for_function(
            "(before) => document.querySelector('#alerts .age[data-form=timer]').textContent !== before", arg=before
        )


async def test_letters_keep_their_share_of_the_screen() -> None:
    async with serving() as base, chromium() as browser:
        shares = []
        for width, height in ((1920, 1080), (3840, 2160)):
            page = await browser.new_page(viewport={"width": width, "height": height})
            await shown(page, f"{base}/wall/overview")
            box = await page.locator("#t-on_time-value").bounding_box()
            assert box is not None
            shares.append(box["height"] / height)
            await page.close()
        assert shares[0] == pytest.approx(shares[1], rel=0.02)


async def test_keys_turn_the_walls_and_show_help() -> None:
    async with serving() as base, chromium() as browser:
        page = await browser.new_page()
        await shown(page, f"{base}/wall/overview")
        await page.keyboard.press("?")
        assert await page.locator("#keys").is_visible()
        await page.keyboard.press("Escape")
        await page.keyboard.press("ArrowRight")
        await page.wait_for_url("**/wall/second")
        await page.wait_for_selector("#keys", state="attached")
        await page.keyboard.press("ArrowLeft")
        await page.wait_for_url("**/wall/overview")


async def test_everything_to_press_is_large_enough() -> None:
    async with serving() as base, chromium() as browser:
        page = await browser.new_page(viewport={"width": 820, "height": 1180})
        await shown(page, f"{base}/brief")
        for selector in (".head-links a", ".cards .panel"):
            for box in await page.locator(selector).all():
                found = await box.bounding_box()
                assert found is not None
                assert found["height"] >= 44


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("path", PAGES)
async def test_axe_finds_nothing(path: str, theme: str) -> None:
    async with serving() as base, chromium() as browser:
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        await page.goto(f"{base}{path}?theme={theme}")
        await page.wait_for_selector("#view h1")
        await page.wait_for_timeout(700)
        results = await Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
        told = [
            (each["id"], [node["html"][:200] for node in each["nodes"][:3]]) for each in results.response["violations"]
        ]
        assert told == []
