"""``/live``: a client names its page and gets frames. It names it again to get a full frame, or another page's.

A message is ``{"view": "wall/<id>", "language": "vi"}``. Who sends anything else, sends too much or doesn't
read for long is cut off: 1003 not understood, 1008 too many, 1013 come back later.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time

import msgspec
from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect

from ioc.live.channel import Channel
from ioc.live.hub import Hub
from ioc.live.mailbox import Mailbox

log = logging.getLogger(__name__)

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


def router(hub: Hub) -> APIRouter:
    """The route of the live socket."""
    routes = APIRouter()

    @routes.websocket("/live")
    async def live(websocket: WebSocket) -> None:
        if hub.clients >= MOST_CLIENTS:
            await websocket.close(1013)
            return
        await websocket.accept()
        await _Client(hub, websocket).serve()

    return routes


class _Client:
    def __init__(self, hub: Hub, websocket: WebSocket) -> None:
        self._hub = hub
        self._websocket = websocket
        self._mailbox = Mailbox()
        self._channel: Channel | None = None
        self._allowed = float(BURST)
        self._asked = time.monotonic()

    async def serve(self) -> None:
        """Until the client goes or is cut off."""
        works = {asyncio.create_task(self._listen()), asyncio.create_task(self._send())}
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
                    await asyncio.wait_for(self._websocket.close(end.code), 1)
            elif isinstance(end, Exception) and not isinstance(end, WebSocketDisconnect | TimeoutError):
                raise end

    async def _listen(self) -> None:
        while True:
            message = await self._websocket.receive()
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
        while True:
            frame = await self._mailbox.take()
            async with asyncio.timeout(READ_WITHIN):
                await self._websocket.send_text(frame.text)
