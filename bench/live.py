"""Redis to the screen: how long an event takes to the text in the page, and what a screen costs the server.

    python -m bench.live [--part all|latency|cpu] [--events 1000] [--seconds 30] [--screens 200]

Real processes: embedded event log, Valkey, one consumer, the web process. Two parts:

*latency*: 50 screens (one Chromium, 49 sockets) show a wall of 24 tiles while ``--events`` events a second go through
Kafka. One event in ten is a mark that carries the time of its production; a MutationObserver tells when the text of a
mark, or of a later one, is in the DOM. Every mark counts, also those that no frame showed because a newer one came.

*cpu*: 24 tiles change once a second. CPU seconds of the web process (user + system) with N screens, absolute and less
what the process needs without any screen, against a bare Starlette page (``bench/bare_page.py``) that sends 24 values
a second, measured in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import bisect
import itertools
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import psutil  # type: ignore[import-untyped]

from bench.first_value import first_values
from bench.live_profile import FEED, KEYS, SOURCE, write
from ioc.core.profile import Profile
from streams.embedded import free_port
from streams.producer import EventSender
from tests.browser import chromium, until
from tests.centre import PROFILE, ROOT, Centre
from tests.chaos.load import Load

LOAD_FEEDS = ("citizen_report", "station_reading")
MARK_EVERY = 10
SOCKETS = 49
SETTLE = 4.0
BARS = {"p50_ms": 120, "p99_ms": 400, "cpu_ms": 12, "ratio": 3}
OBSERVE = """() => {
  window.marks = [];
  const shown = document.getElementById("k01-value");
  const now = () => (performance.timeOrigin + performance.now()) / 1000;
  new MutationObserver(() => window.marks.push([now(), shown.textContent]))
    .observe(shown, { childList: true, characterData: true, subtree: true });
}"""
MARKED = "window.iocLive && iocLive.connected && document.getElementById('k01-value')"


class Marks:
    """Makes marked events. ``sent`` holds the milliseconds since the start at which each was handed to the producer."""

    def __init__(self) -> None:
        self.began = time.time()
        self.sent: list[int] = []

    def next(self, key: str) -> tuple[str, bytes]:
        moment = time.time()
        self.sent.append(round((moment - self.began) * 1000))
        at = datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds")
        data = {"key": key, "sent": self.sent[-1]}
        envelope = {"specversion": "1.0", "id": f"m{len(self.sent)}-{self.sent[-1]}", "source": SOURCE, "time": at,
                    "type": f"vn.ioc.{FEED}.v1", "subject": key, "data": data}  # fmt: skip
        return key, json.dumps(envelope).encode()

    def latencies(self, seen: list[tuple[float, str]], since: int) -> list[float]:
        """Milliseconds from each mark after ``since`` to the first text that is as new; those never seen left out."""
        texts = sorted((at, int(re.sub(r"\D", "", text) or -1)) for at, text in seen)
        newest = list(itertools.accumulate((value for _, value in texts), max))
        found = []
        for mark in self.sent:
            place = bisect.bisect_left(newest, mark)
            if mark >= since and place < len(texts):
                found.append((texts[place][0] - self.began) * 1000 - mark)
        return found


async def produce(sender: EventSender, load: Load, marks: Marks, rate: int, seconds: float) -> float:
    """Events at a steady rate for some time; returns the rate that was reached."""
    began = time.monotonic()
    for number in range(int(rate * seconds)):
        if number % MARK_EVERY:
            made = load.next(datetime.now(UTC))
            await sender.send(made.feed, made.key, made.value)
        else:
            await sender.send(FEED, *marks.next(KEYS[0]))
        ahead = number / rate - (time.monotonic() - began)
        if ahead > 0.002:
            await asyncio.sleep(ahead)
    return rate * seconds / (time.monotonic() - began)


async def pulse(sender: EventSender, marks: Marks) -> None:
    """All 24 marks once a second, for ever."""
    while True:
        for key in KEYS:
            await sender.send(FEED, *marks.next(key))
        await asyncio.sleep(1)


@asynccontextmanager
async def screens(url: str, count: int, view: str = "", component: str = "") -> AsyncIterator[dict[str, Any]]:
    """``count`` sockets; what they saw is in the dict afterwards."""
    found: dict[str, Any] = {}
    if not count:
        yield found
        return
    command = [sys.executable, "-m", "bench.screens", url, str(count), view, component]
    process = await asyncio.to_thread(subprocess.Popen, command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert await asyncio.to_thread(process.stdout.readline) == "open\n"
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        output, _ = await asyncio.to_thread(process.communicate)
    found.update(json.loads(output))


def summary(latencies: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(latencies, n=100)
    return {"marks": len(latencies), "p50_ms": round(cuts[49], 1), "p90_ms": round(cuts[89], 1),
            "p99_ms": round(cuts[98], 1), "max_ms": round(max(latencies), 1)}  # fmt: skip


async def latency(centre: Centre, profile: Profile, rate: int, seconds: float) -> dict[str, Any]:
    marks, load, wall = Marks(), _load(profile), "wall/bench-mixed"
    async with chromium() as browser, EventSender(centre.settings.kafka_bootstrap) as sender:
        page = await browser.new_page(viewport={"width": 1920, "height": 1080})
        await page.goto(f"{centre.url}/{wall}")
        await until(page, MARKED)
        async with screens(_socket(centre.url), SOCKETS, wall, "k01-value") as heard:
            await produce(sender, load, marks, rate, SETTLE)
            await page.evaluate(OBSERVE)
            since, cpu = round((time.time() - marks.began) * 1000), _cpu(centre)
            reached = await produce(sender, load, marks, rate, seconds)
            cpu = _cpu(centre) - cpu
            await asyncio.sleep(2)
        seen = await page.evaluate("window.marks")
        load_ms = await first_values(page, f"{centre.url}/{wall}")
    return {
        "events_a_second": round(reached), "screens": SOCKETS + 1, "seconds": seconds,
        "dom": summary(marks.latencies(seen, since)), "socket": summary(marks.latencies(heard["seen"], since)),
        "dom_texts_a_second": round(len(seen) / seconds, 1), "web_cpu_share": round(cpu / seconds, 3),
        "page_to_first_live_value_ms": load_ms,
    }  # fmt: skip


async def cpu_of_screens(centre: Centre, counts: list[int], seconds: float) -> dict[str, Any]:
    """CPU milliseconds a screen and minute, of the product and of the bare page, for each number of screens."""
    port = free_port()
    bare = await asyncio.to_thread(subprocess.Popen, [sys.executable, "-m", "bench.bare_page", str(port)], cwd=ROOT)
    addresses = {"ioc": (_socket(centre.url), "wall/bench-marks"), "bare": (f"ws://127.0.0.1:{port}/live", "")}
    processes = {"ioc": psutil.Process(centre.processes["web"].pid), "bare": psutil.Process(bare.pid)}
    found: dict[str, Any] = {"seconds": seconds, "ioc": {}, "bare": {}}
    async with EventSender(centre.settings.kafka_bootstrap) as sender:
        pulsing = asyncio.create_task(pulse(sender, Marks()))
        await asyncio.sleep(SETTLE)
        try:
            for count in [0, *counts]:
                for name, (url, view) in addresses.items():
                    found[name][count] = await _one(processes[name], url, view, count, seconds)
        finally:
            pulsing.cancel()
            bare.terminate()
            bare.wait()
    for name in addresses:
        _per_screen(found[name], counts, seconds)
    return found


async def _one(process: psutil.Process, url: str, view: str, count: int, seconds: float) -> dict[str, float]:
    async with screens(url, count, view) as heard:
        await asyncio.sleep(SETTLE)
        before = _used(process)
        await asyncio.sleep(seconds)
        used = _used(process) - before
    bytes_a_frame = heard["bytes"] / heard["frames"] if heard.get("frames") else 0
    return {"cpu_s": round(used, 3), "bytes_a_frame": round(bytes_a_frame)}


def _per_screen(found: dict[int, dict[str, float]], counts: list[int], seconds: float) -> None:
    for count in counts:
        minute = 60_000 / seconds / count
        found[count]["absolute_ms"] = round(found[count]["cpu_s"] * minute, 2)
        found[count]["marginal_ms"] = round((found[count]["cpu_s"] - found[0]["cpu_s"]) * minute, 2)


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _cpu(centre: Centre) -> float:
    return _used(psutil.Process(centre.processes["web"].pid))


def _socket(url: str) -> str:
    return url.replace("http:", "ws:") + "/live"


def _load(profile: Profile) -> Load:
    sources = {feed: profile.feeds[feed].source[0] for feed in LOAD_FEEDS}
    areas = sorted(code for code, area in profile.current_areas().items() if area.level == 1)
    stations = sorted(station.id for station in profile.stations.values() if "muc_nuoc" in station.metrics)
    return Load(random.randrange(2**32), areas, stations, sources)


async def run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    profile = write(PROFILE, folder / PROFILE.name, LOAD_FEEDS)
    (folder / "data").mkdir()
    found: dict[str, Any] = {"load_average": os.getloadavg()}
    with Centre(folder / "data", folder / PROFILE.name) as centre:
        centre.run("consume-1", "consume")
        centre.run("web", "web")
        await asyncio.to_thread(centre.ready)
        if options.part in ("all", "latency"):
            found["latency"] = await latency(centre, profile, options.events, options.seconds)
        if options.part in ("all", "cpu"):
            found["cpu"] = await cpu_of_screens(centre, [1, options.screens // 2, options.screens], options.seconds)
    return found


def tell(found: dict[str, Any]) -> None:
    """The figures for people."""
    print(f"load average at the start: {found['load_average'][0]:.1f} on {os.cpu_count()} cores")
    if timed := found.get("latency"):
        dom, socket, first = timed["dom"], timed["socket"], timed["page_to_first_live_value_ms"]
        print(f"{timed['events_a_second']} events/s, {timed['screens']} screens, wall of 24 tiles")
        print(f"  event produced → text in the DOM: p50 {dom['p50_ms']} ms (bar {BARS['p50_ms']}), "
              f"p99 {dom['p99_ms']} ms (bar {BARS['p99_ms']}), {dom['marks']} marks")  # fmt: skip
        print(f"  event produced → frame heard:     p50 {socket['p50_ms']} ms, p99 {socket['p99_ms']} ms")
        print(f"  page load to first live value: median {first['median']} ms, max {first['max']} ms (bar 800)")
        print(
            f"  web process: {timed['web_cpu_share']:.0%} of a core, {timed['dom_texts_a_second']} texts/s in the DOM"
        )
    if cpu := found.get("cpu"):
        print("CPU ms a screen and minute, 24 tiles at 1 Hz (absolute; less the process without screens)")
        for count in [key for key in cpu["ioc"] if key]:
            ours, bare = cpu["ioc"][count], cpu["bare"][count]
            ratio = ours["absolute_ms"] / bare["absolute_ms"] if bare["absolute_ms"] else float("nan")
            print(f"  {count:4} screens: ioc {ours['absolute_ms']} ({ours['marginal_ms']}), bare {bare['absolute_ms']} "
                  f"({bare['marginal_ms']}), × {ratio:.1f}; bytes a frame {ours['bytes_a_frame']} and "
                  f"{bare['bytes_a_frame']} (bars {BARS['cpu_ms']} ms, × {BARS['ratio']})")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=["all", "latency", "cpu"], default="all")
    parser.add_argument("--events", type=int, default=1_000, help="events a second")
    parser.add_argument("--seconds", type=float, default=30.0, help="of each measurement")
    parser.add_argument("--screens", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        found = asyncio.run(run(options, folder))
    tell(found)
    print(msgspec.json.encode(found).decode())


if __name__ == "__main__":
    main()
