"""The moment at which a wall is live: a frame was heard and a number stands in a panel."""

from __future__ import annotations

import statistics
import time

from playwright.async_api import Page

from tests.browser import until

LOADS = 10
LIVE = """window.iocLive && iocLive.connected && iocLive.lastFrameAt
  && [...document.querySelectorAll(".tile .value")].some((value) => /\\d/.test(value.textContent))"""


async def first_value(page: Page, url: str, seconds: float = 15.0) -> float:
    """Milliseconds from the start of a navigation to a live wall. Raises AssertionError when it doesn't come."""
    await page.goto("about:blank")
    began = time.monotonic()
    await page.goto(url, wait_until="commit")
    await until(page, LIVE, seconds, every=0.005)
    return (time.monotonic() - began) * 1000


async def first_values(page: Page, url: str) -> dict[str, int]:
    """Median and longest of ten loads, ms; the browser keeps what it may, as that of a wall does."""
    found = [await first_value(page, url) for _ in range(LOADS)]
    return {"median": round(statistics.median(found)), "max": round(max(found))}
