"""The workbench of refused events in a real browser: looked at, mended, replayed, discarded, with the keyboard too."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page

from ioc.records.dead_letters import Filter, connect
from streams.delivery import Delivery
from streams.topics import create_topics
from tests.browser import Witness, chromium, need_chromium, until
from tests.centre import Centre
from tests.conftest import hai_duong
from tests.corpus.good import document

pytestmark = [pytest.mark.browser, pytest.mark.engines]
FEED = "citizen_report"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
HOSTILE = "<img src=x onerror=alert(1)>"


def _events(now: float) -> list[tuple[str, bytes]]:
    """Six swapped points, five of an unknown source, two unreadable ones with personal data."""
    made: list[tuple[str, bytes]] = []
    for number in range(11):
        found = document(FEED, number)
        found["time"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 60))
        del found["data"]["due_at"]
        if number < 6:
            found["data"]["lat"], found["data"]["lon"] = found["data"]["lon"], found["data"]["lat"]
        else:
            found["source"] = f"urn:vn:{HOSTILE}"
        made.append((found["data"]["report_id"], json.dumps(found).encode()))
    broken = '{"id": "x", "data": {"reporter_phone": "0912345678", "title": "gọi 0912 345 678"'.encode()
    return [*made, ("b-1", broken), ("b-2", broken)]


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    need_chromium()
    with Centre(tmp_path) as running:
        await create_topics(running.settings.kafka_bootstrap, hai_duong().feeds.values())
        for name, command in (("consume-1", "consume"), ("historian", "historian"), ("web", "web")):
            running.run(name, command)
        delivery = Delivery(running.settings.kafka_bootstrap)
        await delivery.deliver(FEED, _events(time.time()))
        await delivery.stop()
        await asyncio.to_thread(running.ready)
        await _kept(running, {"waiting": 13})
        yield running


async def _kept(centre: Centre, states: dict[str, int]) -> None:
    end = time.monotonic() + 30
    async with await connect(centre.settings.database_url) as kept:
        while (found := (await kept.counts(Filter(feed=FEED))).states) != states:
            assert time.monotonic() < end, f"{found}, {centre.log('historian')[-1500:]}"
            await asyncio.sleep(0.2)


async def _says(page: Page, place: str, text: str) -> None:
    await page.locator(place, has_text=text).first.wait_for(timeout=10_000)


async def _broken(browser: Browser, url: str) -> list[str]:
    """Rules of WCAG 2 A and AA that the page breaks, with a letter opened and a reason asked for."""
    page = await browser.new_page(viewport={"width": 1600, "height": 1200}, bypass_csp=True)
    await page.goto(url)
    await page.locator("#letters-list button").first.click()
    await page.locator("#letters-detail pre").wait_for(timeout=10_000)
    await page.locator("#letters-discard").click()
    await page.locator("#letters-drop").wait_for(timeout=10_000)
    results = await Axe().run(page, options=RULES)
    await page.close()
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in results.response["violations"]]


async def test_the_workbench(centre: Centre, tmp_path: Path) -> None:
    async with chromium() as browser:
        page = await browser.new_page(viewport={"width": 1600, "height": 1400})
        witness = Witness(page)
        await page.goto(f"{centre.url}/feeds/{FEED}")
        await _says(page, "#letters-total", "Hiện 13 trên 13 bản tin")
        assert "0912" not in await page.inner_text("#letters")
        await page.screenshot(path=tmp_path / "list.png", full_page=True)

        # A swapped point: its mend is shown, and done.
        await page.locator("#letters-reason").get_by_text("đảo vĩ độ").click()
        await _says(page, "#letters-total", "Hiện 6 trên 6")
        await page.locator("#letters-list button").first.focus()
        await page.keyboard.press("Enter")
        await _says(page, "#letters-detail", "đổi chỗ vĩ độ và kinh độ")
        assert "0977000222" not in await page.inner_text("#letters-detail")
        await page.screenshot(path=tmp_path / "detail.png", full_page=True)
        await page.get_by_role("button", name="Sửa như đề xuất và gửi lại").click()
        await _says(page, "#letters-told", "Đã gửi lại 1 bản tin")
        await _says(page, "#letters-total", "Hiện 5 trên 5")

        # All of a filter, after a dry check.
        await page.locator("#letters-check").click()
        await _says(page, "#letters-panel", "0 của 5 bản tin sẽ được nhận")
        await page.locator("#letters-mend label").click()
        await page.screenshot(path=tmp_path / "check.png", full_page=True)
        await page.locator("#letters-send").click()
        await _says(page, "#letters-told", "Đã gửi lại 5 bản tin; giữ lại 0.")
        await _says(page, "#letters-list", "Không có bản tin nào khớp bộ lọc")
        await _kept(centre, {"waiting": 7, "replayed": 6})

        # Some, chosen with the keyboard, are discarded with a reason, and come back.
        await page.locator("#letters-reason").get_by_text("tất cả").click()
        await _says(page, "#letters-total", "Hiện 7 trên 7")
        for place in (0, 1):
            await page.locator("#letters-list tbody input[type=checkbox]").nth(place).focus()
            await page.keyboard.press("Space")
        await _says(page, "#letters-scope", "các bản tin đã chọn (2)")
        await page.locator("#letters-discard").click()
        await page.locator("#letters-drop").click()
        await _says(page, "#letters-told", "Hãy ghi lý do bỏ qua")
        await page.locator("#letters-note").fill("dữ liệu thử, gọi 0912345678")
        await page.locator("#letters-drop").click()
        await _says(page, "#letters-told", "Đã bỏ qua 2 bản tin")
        await _says(page, "#letters-total", "Hiện 5 trên 5")
        await page.locator("#letters-state").get_by_text("đã bỏ qua").click()
        await _says(page, "#letters-total", "Hiện 2 trên 2")
        await page.locator("#letters-list button").first.click()
        await _says(page, "#letters-detail", "dữ liệu thử, gọi •••")
        await page.screenshot(path=tmp_path / "discarded.png", full_page=True)
        await page.locator("#letters-restore").click()
        await _says(page, "#letters-told", "Đã đưa 2 bản tin trở lại")
        await _kept(centre, {"waiting": 7, "replayed": 6})

        # The list without a database says so, and the page stays.
        assert await page.evaluate("document.querySelectorAll('#letters img').length") == 0
        assert witness.complaints == []
        assert witness.hosts == {centre.url.removeprefix("http://")}


async def test_in_english_and_empty(centre: Centre, tmp_path: Path) -> None:
    async with chromium() as browser:
        page = await browser.new_page(viewport={"width": 900, "height": 1200})
        witness = Witness(page)
        await page.goto(f"{centre.url}/feeds/{FEED}?lang=en&theme=light")
        await _says(page, "#letters-total", "13 of 13 events shown")
        await page.locator("#letters-check").click()
        await _says(page, "#letters-panel", "0 of 13 events would be accepted")
        await page.locator("#letters-cancel").click()
        await until(page, "!document.querySelector('#letters-panel').innerText")
        await page.locator("#letters-list button").last.click()
        await _says(page, "#letters-detail", "If replayed")
        await page.screenshot(path=tmp_path / "narrow.png", full_page=True)
        assert await _broken(browser, f"{centre.url}/feeds/{FEED}?lang=en&theme=light") == []
        assert await _broken(browser, f"{centre.url}/feeds/{FEED}?lang=vi&theme=dark") == []
        await page.goto(f"{centre.url}/feeds/task?lang=en")
        await _says(page, "#letters", "No event was refused.")
        assert witness.complaints == []
