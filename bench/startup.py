"""From a fresh clone to the first live value in a browser: ``make run`` with an empty package cache, then again.

Prints seconds as text and JSON. Bars: 120 s with an empty cache, 20 s the second time; page load to first live value
800 ms (median of ten loads of the overview wall, counted from the start of navigation).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parent.parent
LOADS = 10
LIVE = "() => window.iocLive && window.iocLive.connected && window.iocLive.lastFrameAt && document.querySelector('{}')"
VALUE = "[data-live-value]"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        os.chmod(folder, 0o755)
        environment = {
            **os.environ,
            "UV_CACHE_DIR": f"{folder}/uv",
            "PIP_CACHE_DIR": f"{folder}/pip",
            "IOC_PORT": str(_free_port()),
        }
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1920, "height": 1080})
            first, _ = _run(clone, environment, page, 0)
            second, loads = _run(clone, environment, page, LOADS)
            browser.close()
    result = {
        "first_s": round(first, 1),
        "second_s": round(second, 1),
        "page_load_ms_median": round(statistics.median(loads)),
        "page_load_ms_max": round(max(loads)),
    }
    print(f"make run, empty package cache: {first:.1f} s (bar 120); second time: {second:.1f} s (bar 20)")
    print(f"page load to first live value: median {result['page_load_ms_median']} ms (bar 800)")
    print(json.dumps(result))


def _run(clone: Path, environment: dict[str, str], page: Page, loads: int) -> tuple[float, list[float]]:
    """Seconds from ``make run`` to a live value; then milliseconds of ``loads`` page loads."""
    began = time.monotonic()
    process = subprocess.Popen(
        ["make", "run"], cwd=clone, env=environment, stdout=sys.stderr, stderr=sys.stderr, start_new_session=True
    )
    url = f"http://127.0.0.1:{environment['IOC_PORT']}/wall/overview"
    try:
        _until_live(page, url, began + 300)
        seconds = time.monotonic() - began
        if loads:
            time.sleep(15)  # the scenario's past has been read
        return seconds, [_load(page, url) for _ in range(loads)]
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _until_live(page: Page, url: str, until: float) -> None:
    while time.monotonic() < until:
        try:
            page.goto(url, timeout=5_000)
            page.wait_for_function(LIVE.format(VALUE), timeout=15_000)
        except Exception as error:  # refused until the server listens
            if "ERR_CONNECTION_REFUSED" not in str(error) and "Timeout" not in str(error):
                raise
            time.sleep(0.1)
            continue
        return
    raise SystemExit(f"no live value at {url}")


def _load(page: Page, url: str) -> float:
    page.goto("about:blank")
    began = time.monotonic()
    page.goto(url, wait_until="commit")
    page.wait_for_function(LIVE.format(VALUE), timeout=15_000, polling=5)
    return (time.monotonic() - began) * 1000


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
