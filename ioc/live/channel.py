"""One page in one language: evaluates the parts that changed, once for all clients that show it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable

from ioc.core.reading import Scene
from ioc.live.frames import Frame, Moment, State, difference, encoded, merge
from ioc.live.mailbox import Mailbox
from ioc.live.view import Part, View

log = logging.getLogger(__name__)

TICK = 2.0  # seconds: a page hears this often that all is well, and what follows from the clock is told anew
REST = 1.0  # all channels together rest this many times as long as they evaluate: half a core is left to the rest
STANDING = 1.0  # frames a second at most while the clock stands: a scenario's past is filled in, nobody reads along
LARGEST = 262_144  # bytes of one part's props


class Channel:
    """Lives while it has clients. ``scene`` gives the board now, ``build`` names profile and problems.

    ``failed`` is the sentence of a part that can't be updated; ``channels`` counts those that share the process.
    """

    def __init__(
        self,
        view: View,
        scene: Callable[[], Scene],
        build: Callable[[], str],
        failed: str = "",
        channels: Callable[[], int] = lambda: 1,
    ) -> None:
        self.view = view
        self.clients: set[Mailbox] = set()
        self.frames = 0
        self._scene = scene
        self._build = build
        self._failed = failed
        self._channels = channels
        self._state: State = {}
        self._seq = 0
        self._moment = Moment(0, 0)
        self._dirty: set[str] = set()
        self._wake = asyncio.Event()
        self._failing: set[str] = set()
        self._full: Frame | None = None
        self._evaluated = False
        self._ticked = 0.0
        self._task: asyncio.Task[None] | None = None

    def join(self, client: Mailbox) -> None:
        """Give the client all there is, then every change."""
        if not self._evaluated:
            self._send(self._evaluate(self.view.parts))
        if self._full is None:
            state = {name: dict(props) for name, props in self._state.items()}
            self._full = Frame(self._seq, None, self._moment, state, self._build())
        client.put(self._full)
        self.clients.add(client)
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def leave(self, client: Mailbox) -> None:
        self.clients.discard(client)

    def notify(self, feeds: Iterable[str]) -> None:
        """Some feeds changed."""
        self._dirty.update(feeds)
        if any(part.feeds & self._dirty for part in self.view.parts):
            self._wake.set()

    def use(self, view: View) -> None:
        """Show the view of another profile; every client is told to draw its page again."""
        self.view, self._state, self._full, self._evaluated = view, {}, None, False
        frame = Frame(self._seq, None, self._moment, reload=True)
        for client in self.clients:
            client.put(frame)

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()  # it waits for nothing but time

    async def _run(self) -> None:
        """The first change goes out at once, the next not before the spacing is over."""
        while True:
            ticked = not await self._woken()
            began = time.monotonic()
            self._wake.clear()
            dirty, self._dirty = self._dirty, set()
            try:
                whole = ticked or not self._evaluated
                parts = [part for part in self.view.parts if whole or part.feeds & dirty]
                self._send(self._evaluate(parts))
            except Exception:  # the scene itself failed: this frame is lost, the next tick tries again
                log.exception("view %s can't be evaluated", self.view.name)
            await asyncio.sleep(self._spacing(time.monotonic() - began))

    def _spacing(self, used: float) -> float:
        """Seconds until the next evaluation may begin, after one that took ``used``: a rate, but never a whole core."""
        rate = self.view.rate if self._moment.speed else min(self.view.rate, STANDING)
        return max(1 / max(rate, 0.1) - used, ((1 + REST) * self._channels() - 1) * used)

    async def _woken(self) -> bool:
        """Whether a change came before the tick."""
        try:
            await asyncio.wait_for(self._wake.wait(), TICK)
        except TimeoutError:
            return False
        # Under constant change, what follows from the clock still needs its tick.
        return time.monotonic() - self._ticked < TICK

    def _evaluate(self, parts: Iterable[Part]) -> State:
        """What differs now; the state has it already."""
        scene = self._scene()
        self._moment = Moment(time.time(), scene.now, scene.clock.speed, scene.clock.mode)
        changed: State = {}
        parts = list(parts)
        for part in parts:
            merge(changed, difference(self._state, self._updates(part, scene)))
        merge(self._state, changed)
        self._full = None
        if len(parts) == len(self.view.parts):
            self._evaluated, self._ticked = True, time.monotonic()
        return changed

    def _updates(self, part: Part, scene: Scene) -> State:
        """The part's props; of one that fails, what says so in its frame."""
        try:
            found = encoded(part.update(scene))
            size = sum(len(value) for props in found.values() for value in props.values())
            if size > LARGEST:
                raise ValueError(f"{size} bytes of props, more than {LARGEST}")  # noqa: TRY301 - told as any failure
        except Exception:  # whatever a part does wrong must not stop its neighbours
            if part.id not in self._failing:
                self._failing.add(part.id)
                log.exception("part %s of %s can't be updated", part.id, self.view.name)
            return encoded([(f"{part.id}-error", {"children": self._failed, "className": "panel-error is-shown"})])
        if part.id in self._failing:
            self._failing.discard(part.id)
            merge(found, encoded([(f"{part.id}-error", {"children": "", "className": "panel-error"})]))
        return found

    def _send(self, changed: State) -> None:
        frame = Frame(self._seq + 1, self._seq, self._moment, changed, self._build())
        self._seq += 1
        self._full = None
        self.frames += 1
        for client in self.clients:
            client.put(frame)
