"""What one batch writes: absolute values only, so that applying a change twice, or from an older point, ends the same.

Encoded (msgpack) as ``[[suffix, expire_at, [field, value, …]], …], [[suffix, [field, …]], …]``: the sets, then the
deletes. The fenced function writes it; the screens' boards read the same bytes from the change stream. Suffixes:

================== ======================================================== ==========================
suffix             field                                                    value (msgpack)
================== ======================================================== ==========================
cells:<hour>       minute␟dimension…                                        :class:`ioc.core.cell.Cell`
quality:<hour>     ingest minute␟outcome␟reason␟organisation␟area           int
inflow:<hour>      ingest minute␟source                                     :class:`ioc.core.inflow.Inflow`
open               dimension…␟status␟due (POSIX seconds, or empty)          :class:`ioc.core.cell.OpenCell`
entities           entity id                                                :class:`ioc.core.entity.EntityState`
pulse              newest, received, offset, highwater, total:<outcome>,    number, or Heartbeat
                   heartbeat:<source>
================== ======================================================== ==========================
"""

from __future__ import annotations

from typing import Any

import msgspec

Sets = list[tuple[str, int, list[str | bytes]]]
Deletes = list[tuple[str, list[str]]]


class Change(msgspec.Struct, array_like=True):
    """One batch's writes. ``expire_at`` is POSIX seconds, 0 for never. Pairs are field (str) and value (bytes)."""

    sets: list[tuple[str, int, list[Any]]] = []
    deletes: list[tuple[str, list[str]]] = []


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Change)


def encode(change: Change) -> bytes:
    return _ENCODER.encode(change)


def decode(blob: bytes) -> Change:
    return _DECODER.decode(blob)
