"""Why an event was refused."""

from __future__ import annotations

from typing import Any

from ioc.core.outcome import QUARANTINED, REJECTED


class Refusal(Exception):  # noqa: N818 - an outcome, not an error of the program
    """One refused event: outcome, reason code, and what was found (``name=value`` pairs, nothing marked PII).

    ``plan`` is what was understood of its place and organisation; ``salvage`` an event whose entity is still shown,
    because a warning with a broken polygon must not be lost.
    """

    def __init__(self, outcome: str, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason
        self.detail = detail
        self.source = ""
        self.event_id = ""
        self.plan: Any = None
        self.salvage: Any = None


def rejected(reason: str, detail: str = "") -> Refusal:
    return Refusal(REJECTED, reason, detail)


def quarantined(reason: str, detail: str = "") -> Refusal:
    return Refusal(QUARANTINED, reason, detail)
