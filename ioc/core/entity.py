"""What is kept of an entity (a dossier, a report, a station's metric) between its events."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class EntityState(msgspec.Struct, array_like=True):
    """The newest accepted state of one entity, msgpack array.

    ``at``, ``due`` and ``since`` are POSIX seconds (``due``/``since`` None: not given). ``by`` holds the values of the
    contract's ``entity.by`` dimensions, in that order; ``area`` and ``organisation`` are codes, or empty. ``kept``
    holds the fields of ``entity.keep`` (times as POSIX seconds). ``mode``: actual, exercise
    or test; ``manual``: typed in, and until ``expires`` (POSIX seconds; absent in most states) it holds.
    """

    at: float
    status: str = ""
    due: float | None = None
    since: float | None = None
    by: list[str] = []
    area: str = ""
    organisation: str = ""
    mode: str = "actual"
    manual: bool = False
    kept: dict[str, Any] = {}
    expires: float | None = None


class Heartbeat(msgspec.Struct, array_like=True):
    """The newest heartbeat of one source: event time (POSIX s), its last sequence number, and events it says it sent
    since its heartbeat before."""

    at: float
    last_sequence: int | None = None
    sent_since: int = 0


LogFault = Literal["head_lost", "tail_lost", "hole", "corrupt"]


class LogAlarm(msgspec.Struct, array_like=True, kw_only=True):
    """What was wrong with the event log of a partition, and where reading went on: offsets, ``at`` in POSIX s.

    ``stored`` was expected of a log that held ``begin``..``end``; ``resumed`` equals it where the partition stands.
    """

    at: float
    why: LogFault
    stored: int
    begin: int
    end: int
    resumed: int


ENCODER = msgspec.msgpack.Encoder()
DECODER = msgspec.msgpack.Decoder(EntityState)
_BEAT = msgspec.msgpack.Decoder(Heartbeat)
_ALARM = msgspec.msgpack.Decoder(LogAlarm)
_ANY = msgspec.msgpack.Decoder()


def decoded(field: str, value: bytes) -> Any:
    """A field of the pulse: a number, a :class:`Heartbeat` or a :class:`LogAlarm`."""
    if field.startswith("heartbeat:"):
        return _BEAT.decode(value)
    return _ALARM.decode(value) if field == "alarm" else _ANY.decode(value)
