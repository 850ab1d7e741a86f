"""How much a page may send: an uploaded file and what stands around it. Beyond that a request is refused unread."""

from __future__ import annotations

from ioc.live.door import App, Message, Receive, Send

MOST = 16 * 1024 * 1024  # a file of 10 MiB in base64 takes 14


class Bulk:
    """ASGI middleware for the callbacks of pages: their size is told before their body, and bounded.

    Other routes bound what they read themselves (``ioc.api.body``).
    """

    def __init__(self, app: App, most: int = MOST) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope)
        if not refusal:
            await self._app(scope, receive, send)
            return
        headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": refusal, "headers": headers})
        await send(
            {"type": "http.response.body", "body": b"The request is too large, or doesn't say how large it is.\n"}
        )

    def _refusal(self, scope: Message) -> int:
        if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].startswith("/_dash-"):
            return 0
        length = dict(scope["headers"]).get(b"content-length", b"")
        if not length.isdigit():
            return 411
        return 413 if int(length) > self._most else 0
