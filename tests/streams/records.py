"""Events and records for tests of the streams: plain documents, and what a consumer gets to see of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec

NOON = datetime(2025, 3, 12, 5, 0, tzinfo=UTC).timestamp()  # 12:00 in Vietnam
LOCAL = timezone(timedelta(hours=7))


class Record(msgspec.Struct, kw_only=True):
    """One record of a topic, with the attributes of aiokafka's."""

    offset: int
    value: bytes | None
    timestamp: int
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


def moment(at: float) -> str:
    return datetime.fromtimestamp(at, LOCAL).isoformat()


def event(feed: str, number: int | str, at: float, data: dict[str, Any], source: str, **more: Any) -> bytes:
    """A CloudEvents document."""
    document = {
        "specversion": "1.0",
        "id": f"e-{number}",
        "source": source,
        "type": f"vn.ioc.{feed}.v1",
        "time": moment(at),
        **more,
        "data": data,
    }
    return json.dumps(document, ensure_ascii=False).encode()


def reading(number: int | str, at: float, value: float | None = 2.5, **changed: Any) -> bytes:
    data = {"station_id": "S1", "metric": "muc_nuoc", "value": value, "unit": "m", "quality": "good"} | changed
    return event("station_reading", number, at, data, "urn:vn:hai-duong:quan-trac")


def dossier(number: int | str, at: float, old: str | None, new: str, name: str = "H-1", **changed: Any) -> bytes:
    data = {
        "dossier_id": name, "procedure": "Cấp phép", "agency": "Sở Xây dựng", "new_status": new, "level": "province",
        "received_at": moment(NOON - 86_400), "due_at": moment(NOON + 86_400), **changed,
    }  # fmt: skip
    if old is not None:
        data["old_status"] = old
    return event("dossier", number, at, data, "urn:vn:hai-duong:mot-cua")


def records(values: list[tuple[bytes | None, float]], first: int = 0) -> list[Record]:
    """Values with their times of receipt as records in a row."""
    return [
        Record(offset=first + place, value=value, timestamp=int(at * 1000)) for place, (value, at) in enumerate(values)
    ]
