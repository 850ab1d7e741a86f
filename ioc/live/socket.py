"""``/live``: a client names its page and gets frames. It names it again to get a full frame, or another page's.

A message is ``{"view": "wall/<id>", "language": "vi"}``. Who sends anything else, sends too much or doesn't
read for long is cut off: 1003 not understood, 1008 too many, 1013 come back later.
"""

from __future__ import annotations

import asyncio
import contextlib
import time

import msgspec

from ioc.live.channel import Channel
from ioc.live.door import Message, Receive, Send
from ioc.live.hub import Hub
from ioc.live.mailbox import Mailbox

LONGEST = 512  # characters of a message
BURST = 10  # messages at once; one a second is always allowed
MOST_CLIENTS = 2_000
READ_WITHIN = 20.0  # seconds a client may leave a frame unread


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """The page a client shows."""

    view: str
    language: str = ""


_WISH = msgspec.json.Decoder(Wish)


class CutOffError(Exception):
    """The client did what it may not; ``code`` is that of the close frame."""

    def __init__(self, code: int) -> None:
        super().__init__(f"close {code}")
        self.code = code


class LiveSocket:
    """The ASGI application of ``/live``. Nothing lies between it and the server: each frame to each client counts."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        await receive()
        if self._hub.clients >= MOST_CLIENTS:
            await send({"type": "websocket.close", "code": 1013})
            return
        await send({"type": "websocket.accept"})
        await _Client(self._hub, receive, send).serve()


class _Client:
    def __init__(self, hub: Hub, receive: Receive, send: Send) -> None:
        self._hub = hub
        self._receive = receive
        self._deliver = send
        self._mailbox = Mailbox()
        self._channel: Channel | None = None
        self._allowed = float(BURST)
        self._asked = time.monotonic()

    async def serve(self) -> None:
        """Until the client goes or is cut off."""
        works = {asyncio.create_task(work) for work in (self._listen(), self._send(), self._watch())}
        try:
            await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if self._channel is not None:
                self._hub.leave(self._mailbox, self._channel)
            for work in works:
                work.cancel()
            ends = await asyncio.gather(*works, return_exceptions=True)
        for end in ends:
            if isinstance(end, CutOffError):
                with contextlib.suppress(TimeoutError):  # who doesn't read doesn't get the reason either
                    await asyncio.wait_for(self._deliver({"type": "websocket.close", "code": end.code}), 1)
            elif isinstance(end, Exception) and not isinstance(end, OSError):  # gone between two frames
                raise end

    async def _listen(self) -> None:
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                return
            self._join(self._wish(message.get("text") or ""))

    def _wish(self, text: str) -> Wish:
        now = time.monotonic()
        self._allowed = min(BURST, self._allowed + now - self._asked) - 1
        self._asked = now
        if self._allowed < 0:
            raise CutOffError(1008)
        if len(text) > LONGEST:
            raise CutOffError(1003)
        try:
            return _WISH.decode(text)
        except msgspec.MsgspecError:
            raise CutOffError(1003) from None

    def _join(self, wish: Wish) -> None:
        """Joins before it leaves: asking again doesn't end the channel of its last client."""
        left = self._channel
        self._mailbox.clear()
        self._channel = self._hub.join(self._mailbox, wish.view, wish.language)
        if left is not None and left is not self._channel:
            self._hub.leave(self._mailbox, left)

    async def _send(self) -> None:
        mailbox, deliver = self._mailbox, self._deliver
        while True:
            frame = await mailbox.take()
            await deliver({"type": "websocket.send", "text": frame.text})

    async def _watch(self) -> None:
        """End when the client leaves a frame unread; a timer for each frame would cost more than the frame."""
        while True:
            await asyncio.sleep(READ_WITHIN / 4)
            if self._mailbox.waits_since(time.monotonic() - READ_WITHIN):
                raise CutOffError(1008)
