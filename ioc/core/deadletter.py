"""A refused event as it is kept for repair: never in a total, always replayable."""

from __future__ import annotations

import msgspec

WAITING = "waiting"
REPLAYING = "replaying"
REPLAYED = "replayed"
REFUSED_AGAIN = "refused_again"
DISCARDED = "discarded"
STATES = (WAITING, REPLAYING, REPLAYED, REFUSED_AGAIN, DISCARDED)

REPLAY_OF = "replay-of"  # header of a record that is sent again: the id of its dead letter


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One refused event; its id is ``topic-partition-offset``.

    ``outcome`` is quarantined or rejected, ``reason`` a code of ``ioc.core.outcome``, ``detail`` what was found and
    what would be right. ``received`` is POSIX seconds of the installation's time; ``kept_at`` and ``decided_at`` are of
    the real clock. ``raw`` are the event's bytes, the first ones only where they are fewer than ``size``; ``digest`` is
    their xxh3-64, hexadecimal. ``mended`` and ``mended_key`` are what a replay sends instead. ``replay_of`` is the
    letter whose replay was refused again.
    """

    id: str
    feed: str
    outcome: str
    reason: str
    detail: str = ""
    source: str = ""
    organisation: str = ""
    area: str = ""
    event_id: str = ""
    received: float = 0.0
    key: bytes | None = None
    raw: bytes | None = None
    size: int = 0
    digest: str = ""
    state: str = WAITING
    kept_at: float = 0.0
    decided_at: float | None = None
    decided_by: str = ""
    note: str = ""
    replay_of: str = ""
    mended: bytes | None = None
    mended_key: bytes | None = None

    @property
    def whole(self) -> bool:
        """Whether all of the event is kept, so that it can be sent again."""
        return self.raw is not None and len(self.raw) == self.size
