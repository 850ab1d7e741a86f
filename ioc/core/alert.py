"""Alerts and their states, as ISA-18.2 / IEC 62682 have them. Pure: the journal is a list of transitions, folded here.

An alert keeps two memories, *active* (the cause holds) and *acknowledged* (somebody has taken it on), and three ways of
being set aside: shelved by a person for a time, suppressed by design while another alert explains it, out of service.

==================  ======  ============  ================================================
state               active  acknowledged  set aside
==================  ======  ============  ================================================
unacknowledged      yes     no
acknowledged        yes     yes
returned            no      no            returned-unacknowledged: it was there, nobody saw
normal              no      yes           over; the end of this alert
shelved                                   until ``shelved_until``
suppressed                                by ``suppressed_by``
out_of_service                            until somebody puts it back
==================  ======  ============  ================================================

Silence never resolves: only a value that is back, a message that ends it, or a person does.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from ioc.core.reading import Priority

State = Literal[
    "unacknowledged", "acknowledged", "returned", "normal", "shelved", "suppressed", "out_of_service"
]  # fmt: skip
Kind = Literal[
    "raised", "changed", "cleared", "acknowledged", "shelved", "unshelved", "suppressed", "unsuppressed",
    "out_of_service", "in_service", "assigned", "noted", "step_done", "escalated", "closed",
]  # fmt: skip
LONGEST_SHELF = 24 * 3600.0
STANDING: tuple[State, ...] = ("unacknowledged", "acknowledged", "returned")
BY_PERSONS: tuple[Kind, ...] = (
    "acknowledged", "shelved", "unshelved", "out_of_service", "in_service", "assigned", "noted", "step_done", "closed",
)  # fmt: skip
NEEDS_REASON: tuple[Kind, ...] = ("shelved", "out_of_service", "noted", "closed")


class Refused(Exception):  # noqa: N818 - an answer, not an error of the program
    """A transition that the alert can't take now. ``reason`` is a code: see the words ``alert.refused``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the journal. ``at`` POSIX s; ``actor`` empty for the system itself.

    ``id`` is deterministic for what the system does (alert, kind, time), so that doing it again is no second line.
    ``until`` ends a shelf. ``value`` is the number behind it, ``text`` reason, note or finished step, ``to`` the
    position that it was assigned or escalated to, ``by`` the alert that suppresses it.
    """

    id: str
    alert: str
    kind: Kind
    at: float
    actor: str = ""
    text: str = ""
    until: float | None = None
    value: float | None = None
    priority: Priority | None = None
    to: str = ""
    by: str = ""


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert as it stands. ``version`` counts its transitions: who acts on an older one gets the new state instead.

    ``source`` is rule, cap, security; ``rule`` the rule's id, or empty; ``subject`` what it is about (a station, an
    area, a feed). ``since`` is when its cause began, POSIX s.
    """

    id: str
    source: str
    rule: str
    subject: str
    priority: Priority
    since: float
    title: dict[str, str]
    area: str = ""
    owner: str = ""
    feed: str = ""
    mode: str = "actual"
    lat: float | None = None
    lon: float | None = None
    value: float | None = None
    active: bool = False
    seen: bool = False  # acknowledged
    shelved_until: float | None = None
    suppressed_by: str = ""
    out: bool = False
    assignee: str = ""
    raised_at: float = 0.0
    acknowledged_at: float | None = None
    cleared_at: float | None = None
    steps: tuple[str, ...] = ()
    escalated: int = 0
    version: int = 0

    @property
    def state(self) -> State:
        """The one state that is shown; being set aside hides the rest."""
        if self.out:
            return "out_of_service"
        if self.suppressed_by:
            return "suppressed"
        if self.shelved_until is not None:
            return "shelved"
        if self.active:
            return "acknowledged" if self.seen else "unacknowledged"
        return "normal" if self.seen else "returned"

    @property
    def over(self) -> bool:
        """Whether nothing is left to do or to see."""
        return not self.active and self.seen and not self.out


def after(alert: Alert, step: Transition) -> Alert:
    """The alert after a transition. Raises :class:`Refused`; then nothing has changed."""
    if step.alert != alert.id:
        raise Refused("other_alert")
    if step.kind in NEEDS_REASON and not step.text.strip():
        raise Refused("needs_reason")
    change = _CHANGES[step.kind](alert, step)
    return msgspec.structs.replace(alert, version=alert.version + 1, **change)


def rebuilt(first: Alert, steps: list[Transition]) -> Alert:
    """The alert from its journal, in the order of its lines."""
    alert = first
    for step in steps:
        alert = after(alert, step)
    return alert


def _raised(alert: Alert, step: Transition) -> dict[str, object]:
    if alert.version:
        raise Refused("raised_already")
    return {"active": True, "raised_at": step.at, "value": step.value}


def _changed(alert: Alert, step: Transition) -> dict[str, object]:
    """A worse alarm level or an update of a message: worse has to be seen again."""
    if not alert.active:
        raise Refused("not_active")
    priority = step.priority or alert.priority
    worse = RANK[priority] < RANK[alert.priority]
    return {"priority": priority, "value": step.value, "seen": alert.seen and not worse}


def _cleared(alert: Alert, step: Transition) -> dict[str, object]:
    if not alert.active:
        raise Refused("not_active")
    return {"active": False, "cleared_at": step.at, "suppressed_by": ""}


def _acknowledged(alert: Alert, step: Transition) -> dict[str, object]:
    if alert.seen:
        raise Refused("acknowledged_already")
    if alert.out or alert.suppressed_by:
        raise Refused("set_aside")
    return {"seen": True, "acknowledged_at": step.at, "shelved_until": None}


def _shelved(alert: Alert, step: Transition) -> dict[str, object]:
    if not alert.active or alert.out:
        raise Refused("not_active")
    if step.until is None or not step.at < step.until <= step.at + LONGEST_SHELF:
        raise Refused("shelf_too_long")
    return {"shelved_until": step.until}


def _unshelved(alert: Alert, step: Transition) -> dict[str, object]:
    if alert.shelved_until is None:
        raise Refused("not_shelved")
    return {"shelved_until": None}


def _suppressed(alert: Alert, step: Transition) -> dict[str, object]:
    if not alert.active or alert.suppressed_by:
        raise Refused("not_active")
    return {"suppressed_by": step.by}


def _unsuppressed(alert: Alert, step: Transition) -> dict[str, object]:
    if not alert.suppressed_by:
        raise Refused("not_suppressed")
    return {"suppressed_by": ""}


def _out_of_service(alert: Alert, step: Transition) -> dict[str, object]:
    if alert.out:
        raise Refused("out_already")
    return {"out": True, "shelved_until": None}


def _in_service(alert: Alert, step: Transition) -> dict[str, object]:
    if not alert.out:
        raise Refused("in_service_already")
    return {"out": False}


def _assigned(alert: Alert, step: Transition) -> dict[str, object]:
    if not step.to:
        raise Refused("needs_position")
    return {"assignee": step.to}


def _noted(alert: Alert, step: Transition) -> dict[str, object]:
    return {}


def _step_done(alert: Alert, step: Transition) -> dict[str, object]:
    if not step.text or step.text in alert.steps:
        raise Refused("step_done_already")
    return {"steps": (*alert.steps, step.text)}


def _escalated(alert: Alert, step: Transition) -> dict[str, object]:
    if not alert.active:
        raise Refused("not_active")
    return {"escalated": alert.escalated + 1, "assignee": step.to or alert.assignee}


def _closed(alert: Alert, step: Transition) -> dict[str, object]:
    """A person ends what no value can end: a security alert dealt with, a message overtaken."""
    if alert.over:
        raise Refused("over_already")
    if alert.source == "rule" and alert.active:
        raise Refused("still_active")
    return {
        "active": False, "seen": True, "cleared_at": alert.cleared_at or step.at, "shelved_until": None,
        "suppressed_by": "", "acknowledged_at": alert.acknowledged_at or step.at,
    }  # fmt: skip


RANK: dict[Priority, int] = {"critical": 0, "high": 1, "low": 2}
_CHANGES = {
    "raised": _raised, "changed": _changed, "cleared": _cleared, "acknowledged": _acknowledged, "shelved": _shelved,
    "unshelved": _unshelved, "suppressed": _suppressed, "unsuppressed": _unsuppressed,
    "out_of_service": _out_of_service, "in_service": _in_service, "assigned": _assigned, "noted": _noted,
    "step_done": _step_done, "escalated": _escalated, "closed": _closed,
}  # fmt: skip
