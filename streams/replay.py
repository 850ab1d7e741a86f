"""Sends a recording again: at once, or in step with an exercise clock that starts at its first event."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Iterator

from ioc.core.clock import Clock
from ioc.core.contract import Text
from streams.producer import EventSender
from streams.simulator.envelope import Event
from streams.simulator.pace import Pacer, Plan, Say, at_once


async def replay(
    sender: EventSender,
    events: Iterator[Event],
    *,
    speed: float,
    label: Text,
    write: Callable[[Clock], Awaitable[None]],
    say: Say,
) -> int:
    """Send the events; how many were sent.

    ``speed`` 0 sends them at once and leaves the clock alone. Else the clock shows the first event's record time when
    it is sent, and the others follow ``speed`` times as fast as they were recorded.
    """
    if not speed:
        return await at_once(sender, events)
    first = next(events, None)
    if first is None:
        return 0
    plan = Plan(begin=first.at, start=first.at, end=None, until=None, speed=speed, mode="exercise", label=label)
    pacer = Pacer(sender, write, say)
    await pacer.run(plan, itertools.chain([first], events))
    return pacer.sent
