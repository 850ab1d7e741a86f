"""An event at the door: what will become of it, told to its sender before it is on its way."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from ioc.core.event import Beat, Compiled
from ioc.core.outcome import ACCEPTED, HEARTBEAT, REJECTED
from ioc.core.refusal import Refusal
from ioc.core.shape import UNSET

ATTRIBUTES = (
    "specversion", "id", "source", "type", "time", "subject", "datacontenttype", "sequence", "areacode", "areaasof",
    "orgcode", "entry", "mode", "expiresat", "data",
)  # fmt: skip


class BodyError(Exception):
    """A body that can't be taken apart, for a ``reason`` of requests: ``unsupported_type``, ``too_many`` …"""

    def __init__(self, reason: str, **found: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.found = found


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One event, judged. ``outcome`` is accepted, heartbeat, quarantined (kept, in no total) or rejected.

    ``key`` and ``value`` are what goes to Kafka; ``field`` names the attribute or field at fault, where it is known.
    """

    id: str
    source: str
    outcome: str
    reason: str = ""
    field: str = ""
    detail: str = ""
    key: str | None = None
    value: bytes = b""

    @property
    def sent(self) -> bool:
        """Whether it goes on: a rejected event is only told of."""
        return self.outcome != REJECTED


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    subject: Any = None


def judge(compiled: Compiled, raw: bytes, received: float) -> Judged:
    """Judge an event as its consumer will. ``received``: POSIX seconds of the installation's time."""
    got = compiled.read(raw, received)
    if isinstance(got, Refusal):
        return refused(got, raw, compiled.fields)
    if isinstance(got, Beat):
        return Judged(id=got.event_id, source=got.source, outcome=HEARTBEAT, key=_key(raw, got.source), value=raw)
    event = got[11]
    subject = event.subject
    key = got[4] if subject is UNSET or not subject else subject
    return Judged(id=event.id, source=event.source, outcome=ACCEPTED, key=key, value=raw)


def refused(refusal: Refusal, raw: bytes, fields: Collection[str]) -> Judged:
    """The refusal of an event, told."""
    sent = refusal.outcome != REJECTED
    return Judged(
        id=refusal.event_id, source=refusal.source, outcome=refusal.outcome, reason=refusal.reason,
        field=field_at_fault(refusal.detail, fields), detail=refusal.detail,
        key=_key(raw, refusal.event_id) if sent else None, value=raw if sent else b"",
    )  # fmt: skip


def _key(raw: bytes, otherwise: str) -> str:
    """The subject, which has to be the record's key: events of one subject stay in order, in one partition."""
    try:
        subject = msgspec.json.decode(raw.removeprefix(b"\xef\xbb\xbf"), type=_Head).subject
    except msgspec.MsgspecError:
        return otherwise
    return subject if isinstance(subject, str) and subject else otherwise


def field_at_fault(detail: str, fields: Collection[str]) -> str:
    """The name at the beginning of a detail: ``missing=agency``, ``rating=7 wanted=1..5``, ``data: wanted=object``."""
    name = detail.removeprefix("missing=").partition(" ")[0].partition("=")[0].rstrip(":")
    return name if name in fields or name in ATTRIBUTES else ""
