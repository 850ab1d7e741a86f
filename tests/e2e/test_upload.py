"""An official without a system hands in a form: choose, match, look, send; the wall shows what was typed in."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Page

from ioc.core.outcome import OUTCOMES
from ioc.locales import load as load_words
from ioc.profile_files import load
from ioc.settings import child_environment
from ioc.store.connect import connect
from ioc.store.reader import StateReader
from tests.browser import Witness, chromium, need_chromium, until
from tests.centre import PROFILE, Centre
from tests.e2e.test_axe import RULES, _told
from tests.streams.sources.files import excel, text

pytestmark = [pytest.mark.browser, pytest.mark.engines]
SHOTS = os.environ.get("IOC_SHOTS", "")
FORM = [
    ["UBND HUYỆN NAM SÁCH", "", "", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
    ["BÁO CÁO CƠ SỞ Y TẾ"],
    ["TT", "Mã cơ sở", "Tên bệnh viện", "Số lượt khám ngoại trú", "Nội trú", "Cấp cứu", "Giường kế hoạch", "Giường đang dùng"],
    [1, "BV01", "Trung tâm Y tế huyện", "1.234", 120, 3, 150, 131],
    [2, "BV02", "<img src=x onerror=alert(1)>", 56, "", 0, 20, "không rõ"],
    [3, "BV03", "@SUM(1)", "999.999.999", 1, 0, 20, 4],
    *([at, f"BV{at:02}", f"Phòng khám {at}", 10, 2, 1, 20, 4] for at in range(4, 31)),
]  # fmt: skip


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    need_chromium()
    with Centre(tmp_path_factory.mktemp("upload")) as running:
        running.run("consume-1", "consume")
        running.run("web", "web")
        running.ready()
        yield running


async def shot(page: Page, name: str) -> None:
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


async def chosen(page: Page, url: str, content: bytes, name: str = "bao-cao.xlsx") -> None:
    await page.goto(f"{url}/upload/hospital_status?lang=vi")
    await page.wait_for_selector("#upload-organisation")
    await shot(page, "1-file")
    await page.select_option("#upload-organisation", "ubnd-nam-sach")
    await page.set_input_files("#upload-file input[type=file]", {"name": name, "mimeType": "", "buffer": content})
    await page.wait_for_selector("#upload-look")
    await shot(page, "2-columns")


async def sent(page: Page) -> None:
    await page.check("#upload-understood")
    await page.click("#upload-send")
    await page.wait_for_selector(".upload-done", timeout=15_000)


async def counted(centre: Centre, feed: str = "hospital_status", **wanted: int) -> None:
    """Wait until consumers have counted these outcomes."""
    client = connect(centre.settings.redis_url)
    found: dict[str, int] = {}
    for _ in range(100):
        pulse = (await StateReader(client).snapshot(feed, 0)).state["pulse"]
        found = {
            name.removeprefix("total:"): msgspec.msgpack.decode(count)
            for name, count in pulse.items()
            if name.startswith("total:")
        }
        if found == wanted:
            break
        await asyncio.sleep(0.1)
    await client.aclose()
    assert found == wanted


async def test_a_form_is_handed_in_twice_and_counts_once(centre: Centre) -> None:
    async with chromium() as browser:
        page = await browser.new_page(viewport={"width": 1180, "height": 820}, bypass_csp=True)
        witness = Witness(page)
        file = excel(FORM)
        await chosen(page, centre.url, file)
        assert await page.input_value("#upload-header") == "2"
        await page.focus("#upload-look")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#upload-rows table")
        await shot(page, "3-preview")
        counts = await page.locator(".upload-count b").all_inner_texts()
        assert counts == ["28", "0", "0", "0", "2"]
        wrong = page.locator(".upload-wrong")
        assert await wrong.count() == 2
        assert "từ 0 đến 100.000" in await wrong.nth(1).inner_text()
        assert await page.locator("#upload-rows img").count() == 0
        results = await Axe().run(page, options=RULES)
        assert [_told(violation) for violation in results.response["violations"]] == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.check("#upload-only")
        await until(page, "document.querySelectorAll('#upload-rows tbody tr').length === 2")
        async with page.expect_download() as download:
            await page.click("#upload-save")
        saved = (await asyncio.to_thread(Path(await (await download.value).path()).read_bytes)).decode("utf-8-sig")
        assert "'@SUM(1)" in saved
        assert ",@SUM" not in saved
        await page.click("#upload-send")
        await page.get_by_text("trước khi gửi").first.wait_for()
        await sent(page)
        await shot(page, "4-sent")
        await counted(centre, accepted=28)
        await chosen(page, centre.url, file)
        await page.get_by_text("Đúng tệp này đã gửi").wait_for()
        await page.click("#upload-look")
        await page.wait_for_selector("#upload-rows table")
        await sent(page)
        await counted(centre, accepted=28, duplicate=28)
        await page.goto(f"{centre.url}/indicators/{beds()}?lang=vi")
        await page.get_by_text("nhập tay").first.wait_for(timeout=10_000)
        await shot(page, "5-indicator")
        assert witness.complaints == []
        assert witness.hosts == {centre.url.removeprefix("http://")}


def _ioc(centre: Centre, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = child_environment(centre.settings)
    command = [sys.executable, "-m", "ioc.cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


async def test_the_preview_is_what_consumers_count(centre: Centre, tmp_path: Path) -> None:
    rows = [["Mã chỉ tiêu", "Giá trị", "ĐVT", "Kỳ báo cáo", "Địa bàn", "Ngày số liệu"]]
    today, before = (f"{datetime.now(UTC) - timedelta(days=days):%d/%m/%Y}" for days in (0, 3))
    for at in range(40):
        rows.append(
            [
                f"X{at % 17}",
                str(at),
                "%",
                "Quý I/2025",
                "Sao Hỏa" if at % 5 == 0 else "291",
                before if at % 3 else today,
            ]
        )
    rows += [["", "1", "%", "2025", "291", today], ["X", "một", "%", "2025", "291", today], rows[4], rows[4]]
    file, mapping = tmp_path / "chi-tieu.csv", tmp_path / "mapping.json"
    file.write_bytes(text(rows, ";", "utf-16"))
    command = ["upload", str(file), "--feed", "indicator", "--organisation", "so-yt"]
    told = await asyncio.to_thread(_ioc, centre, *command, "--dry-run")
    assert told.returncode == 0, told.stderr
    words = load_words("vi")
    preview = {
        outcome: int(line.partition(" ")[0])
        for outcome in OUTCOMES
        for line in told.stdout.splitlines()
        if line.endswith(f" dòng {words(f'upload.outcomes.{outcome}')}")
    }
    assert (preview["quarantined"], preview["rejected"], preview["duplicate"]) == (8, 2, 2)
    assert preview["late"] + preview["accepted"] == 32
    mapping.write_text(told.stdout.partition("): ")[2].splitlines()[0], "utf-8")
    for _ in range(2):
        done = await asyncio.to_thread(_ioc, centre, *command, "--quarantined", "--mapping", str(mapping))
        assert done.returncode == 0, done.stderr
    wanted = {name: preview[name] for name in ("accepted", "late") if preview.get(name)}
    await counted(centre, "indicator", **wanted, quarantined=16, duplicate=32)


def beds() -> str:
    return next(i.id for i in load(PROFILE).indicators.values() if i.measure.number == "beds_used")


@pytest.mark.parametrize(("theme", "language", "width"), [("light", "en", 820), ("dark", "vi", 390)])
async def test_steps_fit_narrow_screens_and_say_what_is_wrong(
    centre: Centre, theme: str, language: str, width: int
) -> None:
    async with chromium() as browser:
        page = await browser.new_page(viewport={"width": width, "height": 900}, bypass_csp=True)
        await page.goto(f"{centre.url}/upload/task?lang={language}&theme={theme}")
        await page.wait_for_selector("#upload-organisation")
        old = {"name": "cu.xls", "mimeType": "", "buffer": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600}
        await page.select_option("#upload-organisation", "so-yt")
        await page.set_input_files("#upload-file input[type=file]", old)
        await page.get_by_text(".xls)").wait_for()
        large = {"name": "lon.csv", "mimeType": "", "buffer": b"a" * (10 * 1024 * 1024 + 1)}
        await page.set_input_files("#upload-file input[type=file]", large)
        await page.wait_for_selector("#upload-large:not([hidden])")
        good = {
            "name": "viec.csv",
            "mimeType": "",
            "buffer": "Mã nhiệm vụ;Nhiệm vụ;Tiến độ (%)\nN1;Xây cầu;40\n".encode(),
        }
        await page.set_input_files("#upload-file input[type=file]", good)
        await page.wait_for_selector("#upload-look")
        await page.click("#upload-look")
        await page.wait_for_selector("#upload-rows table")
        await shot(page, f"6-{language}-{width}")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        results = await Axe().run(page, options=RULES)
        assert [_told(violation) for violation in results.response["violations"]] == []
