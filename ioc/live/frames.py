"""Frames: what changed on a page since the last one, encoded once for every client that shows the page.

``{seq, prev, at, now, speed, mode, u: [[id, {prop: value}], …]}``; a full frame has no ``prev`` and replaces what was
known. ``prev`` is the ``seq`` that the frame follows: a client that stands elsewhere asks for a full frame. ``at`` is
real, ``now`` the installation's time (POSIX s).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import orjson

from ioc.live.view import Update

State = dict[str, dict[str, bytes]]  # component id → prop → JSON


@dataclass(frozen=True)
class Moment:
    """When a frame was made: real time, the installation's time, the clock's speed and mode."""

    at: float
    now: float
    speed: float = 1.0
    mode: str = "actual"


@dataclass(frozen=True)
class Frame:
    """One frame. ``prev`` None: full. ``build`` names profile and its problems; a page of another build reloads."""

    seq: int
    prev: int | None
    moment: Moment
    u: State = field(default_factory=dict)
    build: str = ""
    reload: bool = False

    @cached_property
    def text(self) -> str:
        """The frame's JSON, made when first asked for."""
        if self.reload:
            return '{"reload":true}'
        moment = self.moment
        head = {"seq": self.seq} if self.prev is None else {"seq": self.seq, "prev": self.prev}
        body = {"at": moment.at, "now": moment.now, "speed": moment.speed, "mode": moment.mode, "build": self.build}
        updates = [
            [name, {prop: orjson.Fragment(value) for prop, value in props.items()}] for name, props in self.u.items()
        ]
        return orjson.dumps({**head, **body, "u": updates}).decode()


def encoded(updates: Iterable[Update]) -> State:
    """The updates with every prop as JSON. Raises TypeError for a value that isn't plain data or a component."""
    state: State = {}
    for name, props in updates:
        held = state.setdefault(name, {})
        for prop, value in props.items():
            held[prop] = orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS)
    return state


def difference(known: State, new: State) -> State:
    """The props of ``new`` that differ from ``known``."""
    changed: State = {}
    for name, props in new.items():
        held = known.get(name, {})
        differing = {prop: value for prop, value in props.items() if held.get(prop) != value}
        if differing:
            changed[name] = differing
    return changed


def merge(into: State, new: State) -> None:
    """Put the props of ``new`` over those of ``into``."""
    for name, props in new.items():
        into.setdefault(name, {}).update(props)


def merged(first: Frame, second: Frame) -> Frame:
    """One frame with the effect of both, in order."""
    if second.prev is None or second.reload:
        return second
    if first.reload:
        return first
    updates = {name: dict(props) for name, props in first.u.items()}
    merge(updates, second.u)
    return replace(second, prev=first.prev, u=updates)


def _plain(value: Any) -> Any:
    convert = getattr(value, "to_plotly_json", None)
    if convert is None:
        raise TypeError(f"{type(value).__name__} can't be sent to a page")
    return convert()
