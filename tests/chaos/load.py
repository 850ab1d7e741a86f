"""A load whose truth is known while it is made: late, duplicate and broken events among good ones.

The truth is counted here event by event, in the plainest way, and shares no code with the consumer.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

STATUSES = ("NEW", "ASSIGNED", "IN_PROGRESS", "ANSWERED")
OPEN = {"NEW", "ASSIGNED", "IN_PROGRESS", "REOPENED"}
CATEGORIES = ("NGAP_LUT", "DIEN", "GIAO_THONG", "MOI_TRUONG")
CHANNELS = ("call", "app", "web")


class Produced(msgspec.Struct, frozen=True, kw_only=True):
    """One message for Kafka."""

    feed: str
    key: str
    value: bytes


class Truth:
    """What Redis must hold in the end: outcomes by feed, events by minute and area, states by entity."""

    def __init__(self) -> None:
        self.outcomes: dict[str, Counter[str]] = {}
        self.minutes: dict[str, Counter[tuple[int, str]]] = {}
        self.states: dict[str, dict[str, tuple[float, Any]]] = {}

    def count(self, feed: str, outcome: str) -> None:
        self.outcomes.setdefault(feed, Counter())[outcome] += 1

    def applied(self, feed: str, at: datetime, area: str) -> None:
        minute = int(at.timestamp()) // 60
        self.minutes.setdefault(feed, Counter())[minute, area] += 1

    def state(self, feed: str, entity: str, at: datetime, status: Any) -> None:
        self.states.setdefault(feed, {})[entity] = (at.timestamp(), status)

    def open_reports(self) -> int:
        return sum(status in OPEN for _, status in self.states.get("citizen_report", {}).values())


class Load:
    """Citizen reports and station readings; 5 % late, 2 % duplicate, 0.1 % broken, all drawn from ``seed``."""

    LATE, DUPLICATE, BROKEN = 0.05, 0.02, 0.001

    def __init__(self, seed: int, areas: list[str], stations: list[str], sources: dict[str, str]) -> None:
        self.random = random.Random(seed)
        self.areas = areas
        self.stations = stations
        self.sources = sources
        self.truth = Truth()
        self.made = 0
        self.reports: dict[str, tuple[str, str, datetime]] = {}  # id → status, area, newest
        self.sent: list[Produced] = []

    def next(self, now: datetime) -> Produced:
        """The next message at ``now``; its effect is already in the truth."""
        self.made += 1
        draw = self.random.random()
        if draw < self.BROKEN:
            return self._broken(now)
        if draw < self.BROKEN + self.DUPLICATE and self.sent:
            again = self.random.choice(self.sent)
            self.truth.count(again.feed, "duplicate")
            return again
        late = draw < self.BROKEN + self.DUPLICATE + self.LATE
        produced = self._report(now, late) if self.random.random() < 0.5 else self._reading(now, late)
        self.sent = [*self.sent[-499:], produced]
        return produced

    def _broken(self, now: datetime) -> Produced:
        if self.random.random() < 0.5:
            self.truth.count("station_reading", "rejected")
            return Produced(feed="station_reading", key="broken", value=b'{"specversion": "1.0", "id": ')
        self.truth.count("station_reading", "quarantined")
        strange = self._envelope("station_reading", "strange", now, {})
        strange["source"] = "urn:vn:nowhere:nobody"
        strange["data"] = self._reading_data(self.stations[0])
        return Produced(feed="station_reading", key="strange", value=json.dumps(strange).encode())

    def _report(self, now: datetime, late: bool) -> Produced:
        feed = "citizen_report"
        if late and (old := self._old_enough(now)):
            report, (status, area, newest) = old
            at = newest - timedelta(seconds=self.random.randint(1, 120))
            self.truth.count(feed, "late")
        else:
            report, status, area = self._step()
            at = now
            self.reports[report] = (status, area, at)
            self.truth.state(feed, report, at, status)
            self.truth.count(feed, "accepted")
        self.truth.applied(feed, at, area)
        data = {
            "report_id": report, "title": "Thử tải", "category": self.random.choice(CATEGORIES),
            "channel": self.random.choice(CHANNELS), "status": status,
        }  # fmt: skip
        return self._produced(feed, report, at, data, area)

    def _old_enough(self, now: datetime) -> tuple[str, tuple[str, str, datetime]] | None:
        """A report whose newest event lies on today's local day with two minutes to spare."""
        if not self.reports:
            return None
        report = self.random.choice(list(self.reports)[-200:])
        return report, self.reports[report]

    def _step(self) -> tuple[str, str, str]:
        """A new report, or the next status of a known one."""
        if self.reports and self.random.random() < 0.6:
            report = self.random.choice(list(self.reports)[-200:])
            status, area, _ = self.reports[report]
            following = STATUSES[min(STATUSES.index(status) + 1, len(STATUSES) - 1)]
            return report, following, area
        return f"R{self.made}", "NEW", self.random.choice(self.areas)

    def _reading(self, now: datetime, late: bool) -> Produced:
        feed = "station_reading"
        station = self.random.choice(self.stations)
        states = self.truth.states.get(feed, {})
        entity = f"{station}/muc_nuoc"
        data = self._reading_data(station)
        if late and entity in states:
            at = datetime.fromtimestamp(states[entity][0], UTC) - timedelta(seconds=self.random.randint(1, 120))
            self.truth.count(feed, "late")
        else:
            at = now
            self.truth.state(feed, entity, at, data["value"])
            self.truth.count(feed, "accepted")
        self.truth.applied(feed, at, self.areas[0])
        return self._produced(feed, station, at, data, self.areas[0])

    def _reading_data(self, station: str) -> dict[str, Any]:
        value = round(self.random.uniform(0.0, 6.5), 2)
        return {"station_id": station, "metric": "muc_nuoc", "value": value, "unit": "m", "quality": "good"}

    def _produced(self, feed: str, key: str, at: datetime, data: dict[str, Any], area: str) -> Produced:
        envelope = self._envelope(feed, key, at, data)
        envelope["areacode"] = area
        return Produced(feed=feed, key=key, value=json.dumps(envelope, ensure_ascii=False).encode())

    def _envelope(self, feed: str, subject: str, at: datetime, data: dict[str, Any]) -> dict[str, Any]:
        return {
            "specversion": "1.0", "id": f"load-{self.made}", "source": self.sources[feed], "type": f"vn.ioc.{feed}.v1",
            "time": at.isoformat(), "subject": subject, "datacontenttype": "application/json", "data": data,
        }  # fmt: skip
