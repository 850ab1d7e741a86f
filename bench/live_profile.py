"""A copy of a profile with what ``bench/live.py`` needs: a feed of marked events, indicators of it, and two walls.

A mark carries the milliseconds since the start of the run, so the text on a screen says when its event was produced.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from ioc.core.profile import Profile
from ioc.profile_files import load

FEED = "bench_mark"
KEYS = [f"k{number:02}" for number in range(1, 25)]
SOURCE = "urn:vn:bench:marks"

_FEED = """feed: {feed}
title: {{vi: Đo đạc, en: Measurement}}
owner: {owner}
source: ["{source}"]
cadence: 10m
fields: {{key: $key, sent: int}}
codes: {{key: [{keys}]}}
dimensions: [key]
numbers: [sent]
entity: {{key: [key]}}
"""
_INDICATOR = """id: bench-{key}
title: {{vi: "Dấu {key}", en: "Mark {key}"}}
group: {group}
unit: {{vi: ms, en: ms}}
measure: {{kind: last, feed: {feed}, where: {{key: [{key}]}}, number: sent, window: 15m}}
source: {{vi: Đo đạc, en: Measurement}}
owner: {owner}
formula: {{vi: Mốc gửi mới nhất, en: Newest mark}}
"""


def write(source: Path, target: Path, feeds: tuple[str, ...]) -> Profile:
    """Copy ``source``; add wall ``bench-marks`` (24 marks, 1 Hz) and ``bench-mixed`` (1 mark, 23 of ``feeds``).

    The second has the rate of a wall that names none.
    """
    shutil.copytree(source, target)
    known = load(source)
    owner, group = next(iter(known.organisations)), known.head.groups[0].id
    keys = ", ".join(KEYS)
    (target / "feeds" / f"{FEED}.yaml").write_text(_FEED.format(feed=FEED, owner=owner, source=SOURCE, keys=keys))
    for key in KEYS:
        text = _INDICATOR.format(key=key, group=group, feed=FEED, owner=owner)
        (target / "indicators" / f"bench-{key}.yaml").write_text(text)
    others = sorted(name for name, each in known.indicators.items() if each.measure.feed in feeds)
    marks = [f"bench-{key}" for key in KEYS]
    _wall(target, "bench-marks", marks, "rate: 1.0")
    _wall(target, "bench-mixed", [marks[0], *(others * 23)[:23]])
    return load(target)


def _wall(target: Path, name: str, indicators: list[str], *settings: str) -> None:
    lines = [f"id: {name}", f"title: {{vi: {name}, en: {name}}}", *settings, "panels:"]
    for number, indicator in enumerate(indicators):
        column, row = 1 + 4 * (number % 6), 1 + 3 * (number // 6)
        lines.append(f"  - {{id: {KEYS[number]}, type: tile, at: [{column}, {row}, 4, 3], indicator: {indicator}}}")
    (target / "walls" / f"{name}.yaml").write_text("\n".join(lines) + "\n")
