"""Events of the sources as CloudEvents 1.0, ready for Kafka.

An envelope holds nothing that differs when the same object is fetched once more (no counter, no time of fetching), so
that what is sent twice after a crash is the same bytes under the same id, and counts once.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from ioc.core.contract import FeedContract
from ioc.core.event import HEARTBEAT
from ioc.core.mapping import Mapped, as_text
from ioc.core.source import Source
from ioc.core.text import one_line

JSON, CAP = "application/json", "application/cap+xml"
LONGEST_SUBJECT = 256
_encode = msgspec.json.Encoder().encode


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """One record: ``key`` and ``value`` for the feed's topic, ``at`` the event time (POSIX s)."""

    id: str
    key: str
    value: bytes
    at: float


def event(contract: FeedContract, source: Source, mapped: Mapped) -> Outgoing:
    """The event of a mapped object."""
    subject = mapped.subject or _subject(contract, mapped)
    envelope: dict[str, Any] = {
        "specversion": "1.0", "id": mapped.id, "source": source.source, "type": f"vn.ioc.{contract.feed}.v1",
        "time": mapped.time, "subject": subject, "datacontenttype": CAP if contract.payload == "cap" else JSON,
    }  # fmt: skip
    if mapped.area:
        envelope["areacode"] = mapped.area
    envelope |= {
        "orgcode": mapped.organisation or source.organisation, "entry": "auto", "mode": source.mode,
        "data": mapped.data,
    }  # fmt: skip
    return Outgoing(id=mapped.id, key=subject, value=_encode(envelope), at=mapped.at)


def heartbeat(source: Source, now: float, since: int) -> Outgoing:
    """The sign that the source lives; ``since`` new events went out after the last one. They have no numbers."""
    identity = f"{source.id}-heartbeat-{int(now * 1000)}"
    envelope = {
        "specversion": "1.0", "id": identity, "source": source.source, "type": HEARTBEAT,
        "time": datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds"), "subject": source.source,
        "datacontenttype": JSON, "mode": source.mode, "data": {"last_sequence": None, "sent_since": since},
    }  # fmt: skip
    return Outgoing(id=identity, key=source.source, value=_encode(envelope), at=now)


def _subject(contract: FeedContract, mapped: Mapped) -> str:
    """The entity's key, so that all events of one entity stay in order; the event's id where the data has none."""
    data = mapped.data if isinstance(mapped.data, dict) else {}
    parts = [_part(name, data, mapped) for name in contract.entity.key]
    return one_line("/".join(parts), LONGEST_SUBJECT) if all(parts[:1]) else mapped.id


def _part(name: str, data: dict[str, Any], mapped: Mapped) -> str:
    if name in data:
        return "" if data[name] is None else as_text(data[name])
    if name == "areacode":
        return mapped.area
    return str(int(mapped.at) // 60) if name == "minute" else ""
