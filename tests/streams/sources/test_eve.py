"""Suricata's log as it grows, is rotated, cut short and broken."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from ioc.core.event import Compiled
from streams.sources.eve import LONGEST_LINE
from tests.conftest import hai_duong
from tests.streams.sources.desk import Desk, Taken, desk

DATA = Path("/work/shared/data/suricata-eve/first-org-conf-2015-alerts.json")
NOW = 1_742_266_800.0


def _alert(number: int, severity: Any = 2, **more: Any) -> bytes:
    record = {
        "timestamp": f"2025-03-18T09:00:{number % 60:02}.000000+0700", "flow_id": 100 + number, "event_type": "alert",
        "src_ip": "203.0.113.7", "dest_ip": "10.1.2.3",
        "alert": {"signature_id": 2_001_219, "signature": f"ET SCAN {number}", "severity": severity, **more},
        "flow": {"start": f"2025-03-18T08:59:{number % 60:02}.000000+0700"},
    }  # fmt: skip
    return json.dumps(record).encode() + b"\n"


def _lines(*numbers: int) -> bytes:
    return b"".join(map(_alert, numbers))


def _source(office: Desk, path: Path, **fields: Any) -> Taken:
    options = {"file": str(path), "every": "0.02s", **fields.pop("options", {})}
    return office.line("eve", options, feed="security_alert", **fields)


def _titles(line: Taken) -> list[str]:
    return [event["data"]["title"] for event in line.events]


async def _read(office: Desk, path: Path, count: int, **fields: Any) -> Taken:
    line = _source(office, path, **fields)
    await office.until(lambda: len(line.events) >= count and line.live, line)
    return line


async def test_alerts_become_events_that_their_feed_takes(tmp_path: Path) -> None:
    path = tmp_path / "eve.json"
    path.write_bytes(
        _alert(1, metadata={"mitre_technique_id": ["T1046"], "signature_severity": ["Major"]})
        + b'{"event_type":"flow"}\n{"event_type":"stats"}\n{"event_type":"flow"}\nno json\n[]\n\n'
        + _alert(2, severity=1, metadata={"signature_severity": ["Critical"]})
    )
    async with desk(tmp_path) as office:
        line = await _read(office, path, 2, options={"networks": ["203.0.113.0/24"]})
        assert dict(line._skipped) == {"flow": 2, "stats": 1, "not_json": 1, "unknown": 1}
        feed = Compiled(hai_duong().feeds["security_alert"], hai_duong())
        for event, raw, severity, technique in zip(
            line.events, line.raw, ("medium", "critical"), ("T1046", None), strict=False
        ):
            data = event["data"]
            assert (data["severity"], data.get("technique"), data["rule"]) == (severity, technique, "2001219")
            assert data["asset"] == "203.0.113.7"
            got: Any = feed.read(raw, NOW, event["subject"].encode())
            assert isinstance(got, tuple), got


@pytest.mark.parametrize(
    ("given", "level"), [(1, "high"), (2, "medium"), (3, "low"), (4, "info"), (255, "info"), (None, "info")]
)
async def test_severities(given: Any, level: str, tmp_path: Path) -> None:
    path = tmp_path / "eve.json"
    path.write_bytes(_alert(1, severity=given))
    async with desk(tmp_path) as office:
        line = await _read(office, path, 1)
        assert line.events[0]["data"]["severity"] == level


async def test_it_goes_on_after_a_restart_and_through_rotations(tmp_path: Path) -> None:
    path = tmp_path / "eve.json"
    path.write_bytes(_lines(1, 2) + _alert(3)[:-20])  # half a line
    async with desk(tmp_path) as office:
        assert _titles(await _read(office, path, 2)) == ["ET SCAN 1", "ET SCAN 2"]
        with path.open("ab") as file:
            file.write(_alert(3)[-20:] + _alert(4))
        path.rename(tmp_path / "eve.json.2")
        (tmp_path / "eve.json.1").write_bytes(_lines(5))  # a second rotation while nobody read
        path.write_bytes(_lines(6))
        os.utime(tmp_path / "eve.json.2", (NOW, NOW))
        os.utime(tmp_path / "eve.json.1", (NOW + 1, NOW + 1))
        (tmp_path / "eve.json.3.gz").write_bytes(b"packed")
        line = await _read(office, path, 4)
        assert _titles(line) == [f"ET SCAN {number}" for number in (3, 4, 5, 6)]


async def test_a_file_that_was_copied_and_cut(tmp_path: Path) -> None:
    path = tmp_path / "eve.json"
    path.write_bytes(_lines(1, 2, 3))
    async with desk(tmp_path) as office:
        await _read(office, path, 3)
        os.truncate(path, 0)
        with path.open("ab") as file:
            file.write(_lines(4))
        assert _titles(await _read(office, path, 1)) == ["ET SCAN 4"]
        os.truncate(path, 0)
        with path.open("ab") as file:
            file.write(_lines(*range(5, 15)))  # longer than before: only its beginning tells
        assert len(_titles(await _read(office, path, 10))) == 10


async def test_kafka_away_loses_nothing_and_sends_the_same_again(tmp_path: Path) -> None:
    path = tmp_path / "eve.json"
    path.write_bytes(_lines(*range(50)))
    async with desk(tmp_path) as office:
        line = _source(office, path)
        line.fails, line.lost = 1, 1
        await office.until(lambda: len(set(_titles(line))) == 50 and line.live, line)
        assert len({event["id"] for event in line.events}) == len(set(line.raw[: len(line.events)])) == 50


async def test_a_line_without_end_is_let_go(tmp_path: Path) -> None:
    path = tmp_path / "eve.json"
    path.write_bytes(b"x" * (5 * LONGEST_LINE) + b"\n" + _alert(1))
    async with desk(tmp_path) as office:
        line = await _read(office, path, 1)
        assert line._skipped["not_json"] >= 1


async def test_silence_and_absence_are_told(tmp_path: Path) -> None:
    path = tmp_path / "eve.json"
    async with desk(tmp_path) as office:
        line = _source(office, path)
        await office.until(lambda: line.status.errors > 0, line)
        assert "can't be read (FileNotFoundError)" in line.status.last_error
        path.write_bytes(b"")
        os.utime(path, (NOW, NOW))
        dead = _source(office, path, options={"silent": "10m"})
        await office.until(lambda: dead.status.errors > 0, dead)
        assert "nothing was written" in dead.status.last_error
        assert dead.beats == []


async def test_a_mapping_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "eve.json"
    path.write_bytes(_lines(1))
    mapping = {
        "time": "timestamp",
        "fields": {
            "alert_id": {"template": "{alert.signature_id}-{dest_ip}"}, "title": "alert.signature", "asset": "asset",
            "severity": {"path": "level", "map": {"2": "critical"}}, "status": {"const": "open"},
        },
    }  # fmt: skip
    async with desk(tmp_path) as office:
        line = await _read(office, path, 1, mapping=mapping)
        assert (line.events[0]["subject"], line.events[0]["data"]["severity"]) == ("2001219-10.1.2.3", "critical")


@pytest.mark.skipif(not DATA.is_file(), reason="the alerts to test with aren't here")
async def test_real_alerts(tmp_path: Path) -> None:
    alerts = json.loads(await asyncio.to_thread(DATA.read_bytes))
    path = tmp_path / "eve.json"
    path.write_bytes(b"".join(json.dumps(one).encode() + b"\n" for one in alerts))
    async with desk(tmp_path) as office:
        line = await _read(office, path, len(alerts))
        feed = Compiled(hai_duong().feeds["security_alert"], hai_duong())
        read: list[Any] = [feed.read(raw, NOW) for raw in line.raw[: len(line.events)]]
        assert [getattr(one, "reason", "") for one in read if not isinstance(one, tuple)] == []
        assert len({event["id"] for event in line.events}) == len(alerts)
