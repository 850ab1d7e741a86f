"""A refused event as it is kept for repair: never in a total, always replayable."""

from __future__ import annotations

import msgspec


class DeadLetter(msgspec.Struct, array_like=True):
    """One refused event, msgpack array; its id is ``topic-partition-offset``.

    ``outcome`` is quarantined or rejected, ``reason`` a code of ``ioc.core.outcome``, ``detail`` what was found and
    what would be right, without payload text of fields marked PII. ``digest`` is the xxh3-64 of the bytes, hexadecimal.
    Times are POSIX seconds.
    """

    outcome: str
    reason: str
    detail: str
    received: float
    source: str = ""
    event_id: str = ""
    size: int = 0
    digest: str = ""
