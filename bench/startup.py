"""From a fresh clone to the first live value in a browser: ``make run`` with an empty package cache, then again.

    python -m bench.startup

Prints seconds as text and JSON. Bars: 120 s with an empty cache, 20 s the second time; page load to first live value
800 ms (median of ten loads of the overview wall, counted from the start of navigation, while the scenario runs). Python
keeps its bytecode from the first start, as it does unless it is told not to.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Page

from bench.first_value import first_value, first_values
from streams.embedded import free_port
from tests.browser import chromium
from tests.centre import ROOT

SETTLE = 15.0  # seconds in which the scenario's past is read
PATIENCE = 300.0
ENDS_WITHIN = 30.0


async def run(clone: Path, caches: Path) -> dict[str, float]:
    """The figures; ``caches`` is empty and belongs to this run."""
    port = free_port()
    environment = {
        **os.environ,
        "UV_CACHE_DIR": f"{caches}/uv",
        "PIP_CACHE_DIR": f"{caches}/pip",
        "IOC_PORT": str(port),
    }
    url = f"http://127.0.0.1:{port}/wall/overview"
    async with chromium() as browser:
        page = await browser.new_page(viewport={"width": 1920, "height": 1080})
        first, _ = await _started(clone, environment, page, url, loads=False)
        second, loads = await _started(clone, environment, page, url, loads=True)
    return {"first_s": round(first, 1), "second_s": round(second, 1), "page_load_ms_median": loads["median"],
            "page_load_ms_max": loads["max"]}  # fmt: skip


async def _started(
    clone: Path, environment: dict[str, str], page: Page, url: str, *, loads: bool
) -> tuple[float, dict[str, int]]:
    """Seconds from ``make run`` to a live value; then milliseconds of page loads."""
    began = time.monotonic()
    process = await asyncio.to_thread(_make_run, clone, environment)
    try:
        await _until_live(page, url, began + PATIENCE)
        seconds = time.monotonic() - began
        if not loads:
            return seconds, {}
        await asyncio.sleep(SETTLE)
        return seconds, await first_values(page, url)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        await asyncio.to_thread(process.wait, ENDS_WITHIN)


def _make_run(clone: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["make", "run"], cwd=clone, env=environment, stdout=sys.stderr, stderr=sys.stderr, start_new_session=True
    )


async def _until_live(page: Page, url: str, end: float) -> None:
    """Raises TimeoutError when nobody listens until ``end`` (monotonic), AssertionError when no value comes."""
    address = urlsplit(url)
    while time.monotonic() < end:
        try:
            _, writer = await asyncio.open_connection(address.hostname, address.port)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        await first_value(page, url, end - time.monotonic())
        return
    raise TimeoutError(f"nobody listens at {url}")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        load = os.getloadavg()[0]
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder / "clone")], check=True)
        found = asyncio.run(run(folder / "clone", folder))
    print(f"load average at the start: {load:.1f} on {os.cpu_count()} cores")
    print(f"make run, empty package cache: {found['first_s']} s (bar 120); second time: {found['second_s']} s (bar 20)")
    print(f"page load to first live value: median {found['page_load_ms_median']} ms, "
          f"max {found['page_load_ms_max']} ms (bar 800)")  # fmt: skip
    print(json.dumps(found))


if __name__ == "__main__":
    main()
