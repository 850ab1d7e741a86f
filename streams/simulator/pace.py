"""Sends a simulated stream as time passes: the hours before the start at once, then in step with the exercise clock.

Until the past is sent, the exercise clock stands still at the start. An event is never sent before the clock has
reached it. At the scenario's end the clock goes on at the speed
of real time, and so do the feeds, at their usual rates: an exercise that nobody ends stays alive.

A sender that fell and is started again goes on where the clock stands: it makes the same events anew, passes over
those of the past but for the last ``OVERLAP`` seconds, and those it sends twice are the same bytes, so duplicates.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator

import msgspec

from ioc.core.clock import Clock
from ioc.core.contract import Text
from streams.producer import EventSender
from streams.simulator.envelope import Event

OVERLAP = 600.0
YIELD_EVERY = 200
PROGRESS_EVERY = 20_000
FORGOTTEN = 86_400.0  # a clock this far beyond the scenario's end belongs to an older run

Say = Callable[[str, dict[str, object]], None]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """When to send what, in POSIX seconds of the exercise; ``until`` ends the sending, ``end`` only the speed."""

    begin: float
    start: float
    end: float | None
    until: float | None
    speed: float
    mode: str
    label: Text

    def clock(self, real: float) -> Clock:
        """The exercise clock that shows ``start`` at ``real``."""
        return Clock(anchor_real=real, anchor=self.start, speed=self.speed, mode=self.mode, label=self.label)


def resumed(plan: Plan, clock: Clock, real: float) -> Clock | None:
    """The clock of this plan that a fallen sender left behind, or None when there is none."""
    if clock.real or not clock.speed or clock.mode != plan.mode or clock.label != plan.label:
        return None
    now, last = clock.now(real), plan.end if plan.end is not None else plan.start
    return clock if plan.start <= now <= last + FORGOTTEN else None


class Pacer:
    """Sends events by a plan; ``write`` puts a clock in force, ``say`` tells a key of the words and its values."""

    def __init__(self, sender: EventSender, write: Callable[[Clock], Awaitable[None]], say: Say) -> None:
        self._sender = sender
        self._write = write
        self._say = say
        self._stopping = asyncio.Event()
        self.sent = 0

    def stop(self) -> None:
        """Let :meth:`run` end after the event it is at."""
        self._stopping.set()

    async def run(self, plan: Plan, events: Iterator[Event], left: Clock | None = None) -> None:
        """Send until ``plan.until``, or for ever. ``left`` is the clock to go on with."""
        if left is None:
            await self._write(msgspec.structs.replace(plan.clock(time.time()), speed=0.0))
            first = await self._backfill(plan, events)
            clock = plan.clock(time.time())
            if first is not None:
                await self._write(clock)
        else:
            clock = left
            first = await self._passed(events, clock.now(time.time()) - OVERLAP)
        if first is not None:
            self._say("running", {"speed": f"{clock.speed:g}", "sent": self.sent})
            await self._follow(plan, clock, first, events)
        await self._sender.flush()

    async def _backfill(self, plan: Plan, events: Iterator[Event]) -> Event | None:
        """Everything before the start, as fast as it goes; the first event after it, None when there is none."""
        for event in events:
            if self._stopping.is_set():
                return None
            if event.at >= plan.start:
                await self._sender.flush()
                return event
            await self._send(event)
            if self.sent % PROGRESS_EVERY == 0:
                done = (event.at - plan.begin) / (plan.start - plan.begin)
                self._say("backfill", {"sent": self.sent, "percent": f"{max(done, 0.0) * 100:.0f}"})
        return None

    async def _passed(self, events: Iterator[Event], at: float) -> Event | None:
        for number, event in enumerate(events):
            if self._stopping.is_set():
                return None
            if event.at >= at:
                return event
            if number % YIELD_EVERY == 0:
                await asyncio.sleep(0)
        return None

    async def _follow(self, plan: Plan, clock: Clock, first: Event, events: Iterator[Event]) -> None:
        event: Event | None = first
        while event is not None and (plan.until is None or event.at < plan.until):
            if plan.end is not None and event.at >= plan.end and clock.speed != 1.0:
                clock = await self._slowed(plan.end, clock)
            await self._until(real_at(clock, event.at))
            if self._stopping.is_set():
                return
            await self._send(event)
            event = next(events, None)

    async def _slowed(self, end: float, clock: Clock) -> Clock:
        """The scenario is over: from its end on, the clock keeps real time's speed."""
        ended = real_at(clock, end)
        await self._until(ended)
        slow = msgspec.structs.replace(clock, anchor_real=ended, anchor=end, speed=1.0)
        await self._write(slow)
        self._say("ended", {"sent": self.sent})
        return slow

    async def _until(self, real: float) -> None:
        """Wait until it is ``real``, or the sending is to stop."""
        wait = real - time.time()
        if wait > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait)

    async def _send(self, event: Event) -> None:
        await self._sender.send(event.feed, event.key, event.value, round(event.at * 1000))
        self.sent += 1
        if self.sent % YIELD_EVERY == 0:
            await asyncio.sleep(0)


def real_at(clock: Clock, at: float) -> float:
    """The real time at which the clock shows ``at``."""
    return clock.anchor_real + (at - clock.anchor) / clock.speed


async def at_once(sender: EventSender, events: Iterable[Event]) -> int:
    """Send all events without waiting for any clock; how many there were."""
    count = 0
    for event in events:
        await sender.send(event.feed, event.key, event.value, round(event.at * 1000))
        count += 1
        if count % YIELD_EVERY == 0:
            await asyncio.sleep(0)
    await sender.flush()
    return count
