"""What a page may do: load from its own server alone, run no script that isn't ours, stand in no foreign frame."""

from __future__ import annotations

from collections.abc import Iterable

from ioc.live.door import App, Message, Receive, Send


def content_policy(script_hashes: Iterable[str]) -> str:
    """The Content-Security-Policy. ``script_hashes`` are those of the inline scripts, quoted (``'sha256-…'``).

    Leaflet and React set style attributes and Leaflet draws data images; nothing needs ``unsafe-eval``.
    """
    rules = {
        "default-src": "'self'",
        "script-src": " ".join(["'self'", *script_hashes]),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


class Policy:
    """ASGI middleware: puts the headers on every answer of ``app``."""

    def __init__(self, app: App, content: str) -> None:
        self._app = app
        self._headers = [
            (b"content-security-policy", content.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),
        ]

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self._headers]
            await send(message)

        await self._app(scope, receive, with_headers)
