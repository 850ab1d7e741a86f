"""Recorded events, NDJSON: one a line.

Either an envelope as it is, or ``{"feed", "key", "value", "timestamp"}`` as ``ioc simulate --out`` writes it: ``value``
is the record's text (with ``"encoding": "base64"`` where its bytes are no UTF-8), ``timestamp`` milliseconds.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from ioc.core.errors import RecordingError
from ioc.core.profile import Profile
from streams.simulator.envelope import HEARTBEAT, Event

_TYPE = re.compile(r"vn\.ioc\.([a-z0-9_]+)\.v\d+")


class Line(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One line as ``ioc simulate --out`` writes it."""

    feed: str
    key: str
    value: str
    timestamp: int
    encoding: str = "utf8"


_ENCODE = msgspec.json.Encoder().encode


def written(event: Event) -> bytes:
    """The line of an event, with its end of line."""
    try:
        value, encoding = event.value.decode(), "utf8"
    except UnicodeDecodeError:
        value, encoding = base64.b64encode(event.value).decode(), "base64"
    line = Line(feed=event.feed, key=event.key, value=value, timestamp=round(event.at * 1000), encoding=encoding)
    return _ENCODE(line) + b"\n"


def read(lines: Iterable[bytes], profile: Profile) -> Iterator[Event]:
    """The events of ``lines``, in their order; empty lines are skipped.

    Raises :class:`RecordingError` with the number of the line that can't be read, or whose feed isn't in the profile.
    """
    feeds = {source: feed for feed, contract in profile.feeds.items() for source in contract.source}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            event = _event(line.strip(), feeds)
        except (msgspec.MsgspecError, KeyError, ValueError, TypeError) as error:
            raise RecordingError(
                f"line {number}: {error}; write an envelope, or feed, key, value and timestamp"
            ) from None
        if event.feed not in profile.feeds:
            raise RecordingError(
                f"line {number}: '{event.feed}' is no feed; the profile has {', '.join(profile.feeds)}"
            )
        yield event


def _event(line: bytes, feeds: dict[str, str]) -> Event:
    document: dict[str, Any] = msgspec.json.decode(line, type=dict[str, Any])
    if "specversion" not in document:
        recorded = msgspec.convert(document, Line)
        text = recorded.value
        value = base64.b64decode(text, validate=True) if recorded.encoding == "base64" else text.encode()
        return Event(at=recorded.timestamp / 1000, feed=recorded.feed, key=recorded.key, value=value)
    kind, source = str(document["type"]), str(document["source"])
    named = _TYPE.fullmatch(kind)
    feed = named[1] if named and kind != HEARTBEAT else feeds.get(source, kind)
    at = datetime.fromisoformat(document["time"])
    if at.tzinfo is None:
        raise ValueError(f"time '{document['time']}' has no offset")
    return Event(at=at.timestamp(), feed=feed, key=str(document.get("subject") or source), value=line)
