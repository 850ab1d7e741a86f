"""``/live``: a client names its page and gets frames. It names it again to get a full frame, or another page's.

A message is ``{"view": "wall/<id>", "language": "vi"}``.
"""

from __future__ import annotations

import asyncio
import logging

import msgspec
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from ioc.live.channel import Channel
from ioc.live.hub import Hub
from ioc.live.mailbox import Mailbox

log = logging.getLogger(__name__)

LONGEST = 512  # characters of a message


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """The page a client shows."""

    view: str
    language: str = ""


_WISH = msgspec.json.Decoder(Wish)


def router(hub: Hub) -> APIRouter:
    """The route of the live socket."""
    routes = APIRouter()

    @routes.websocket("/live")
    async def live(websocket: WebSocket) -> None:
        await websocket.accept()
        await _Client(hub, websocket).serve()

    return routes


class _Client:
    def __init__(self, hub: Hub, websocket: WebSocket) -> None:
        self._hub = hub
        self._websocket = websocket
        self._mailbox = Mailbox()
        self._channel: Channel | None = None

    async def serve(self) -> None:
        """Until the client goes."""
        sending = asyncio.create_task(self._send())
        try:
            await self._listen()
        except WebSocketDisconnect:
            log.debug("a client left")
        finally:
            sending.cancel()
            self._leave()
            await asyncio.gather(sending, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            text = await self._websocket.receive_text()
            try:
                wish = _WISH.decode(text[: LONGEST + 1] if len(text) <= LONGEST else b"")
            except msgspec.MsgspecError:
                await self._websocket.close(1003)
                return
            self._leave()
            self._channel = self._hub.join(self._mailbox, wish.view, wish.language)

    def _leave(self) -> None:
        if self._channel is not None:
            self._hub.leave(self._mailbox, self._channel)
            self._channel = None
        self._mailbox.clear()

    async def _send(self) -> None:
        while True:
            frame = await self._mailbox.take()
            try:
                await self._websocket.send_text(frame.text)
            except (WebSocketDisconnect, RuntimeError):  # gone between two frames; the listener ends the rest
                return
