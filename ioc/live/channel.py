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


class Channel:
    """Lives while it has clients. ``scene`` gives the board now, ``build`` names profile and problems."""

    def __init__(self, view: View, scene: Callable[[], Scene], build: Callable[[], str]) -> None:
        self.view = view
        self.clients: set[Mailbox] = set()
        self.frames = 0
        self._scene = scene
        self._build = build
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
            self._wake.clear()
            dirty, self._dirty = self._dirty, set()
            try:
                whole = ticked or not self._evaluated
                parts = [part for part in self.view.parts if whole or part.feeds & dirty]
                self._send(self._evaluate(parts))
            except Exception:  # the scene itself failed: this frame is lost, the next tick tries again
                log.exception("view %s can't be evaluated", self.view.name)
            await asyncio.sleep(1 / max(self.view.rate, 0.1))

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
        try:
            found = encoded(part.update(scene))
        except Exception:  # whatever a part does wrong must not stop its neighbours
            if part.id not in self._failing:
                self._failing.add(part.id)
                log.exception("part %s of %s can't be updated", part.id, self.view.name)
            return {}
        self._failing.discard(part.id)
        return found

    def _send(self, changed: State) -> None:
        frame = Frame(self._seq + 1, self._seq, self._moment, changed, self._build())
        self._seq += 1
        self._full = None
        self.frames += 1
        for client in self.clients:
            client.put(frame)
