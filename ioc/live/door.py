"""Who may ask: this machine's own names only, and no page of another origin.

Without it a page of any site could read the centre through a visitor's browser (DNS rebinding, cross-site sockets).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


class Door:
    """ASGI middleware; sees requests and sockets.

    ``/live`` is the one socket (Dash opens one that nothing here uses). It must name its origin: every browser does.
    """

    def __init__(self, app: App, live: App) -> None:
        self._app = app
        self._live = live

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or self._welcome(scope):
            await (self._live if scope["type"] == "websocket" else self._app)(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"This address isn't served here.\n"})

    def _welcome(self, scope: Message) -> bool:
        headers = dict(scope["headers"])
        if scope["type"] == "websocket" and (scope["path"] != "/live" or b"origin" not in headers):
            return False
        return welcome(headers)


def welcome(headers: dict[bytes, bytes]) -> bool:
    """Whether Host is a loopback name, and Origin, when there is one, the same host and port."""
    host = headers.get(b"host", b"").decode("latin-1")
    origin = headers.get(b"origin")
    return _loopback(host) and (origin is None or urlsplit(origin.decode("latin-1")).netloc == host)


def _loopback(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
