"""A client's mailbox holds one frame: a client that can't keep up gets fewer and larger frames, never a queue."""

from __future__ import annotations

import asyncio
import time

from ioc.live.frames import Frame, merged


class Mailbox:
    """One writer, one reader."""

    def __init__(self) -> None:
        self._frame: Frame | None = None
        self._since = 0.0
        self._waiting: asyncio.Future[None] | None = None

    def put(self, frame: Frame) -> None:
        """Add a frame; it is merged with one that still waits."""
        if self._frame is None:
            self._frame, self._since = frame, time.monotonic()
            if self._waiting is not None and not self._waiting.done():
                self._waiting.set_result(None)
        else:
            self._frame = merged(self._frame, frame)

    def waits_since(self, moment: float) -> bool:
        """Whether what waits was put there before ``moment`` (monotonic)."""
        return self._frame is not None and self._since < moment

    def clear(self) -> None:
        """Forget what waits: the client looks at another page now."""
        self._frame = None

    async def take(self) -> Frame:
        """The frame, when there is one."""
        while self._frame is None:
            # A bare future: this runs for each frame of each screen, and an Event costs a coroutine more.
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        frame, self._frame = self._frame, None
        return frame
