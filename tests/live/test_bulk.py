"""A callback's size is told and bounded before its body is read."""

from __future__ import annotations

from typing import Any

import pytest

from ioc.live.bulk import Bulk
from ioc.live.door import Message, Receive, Send


@pytest.mark.parametrize(
    ("method", "path", "length", "status"),
    [
        ("POST", "/_dash-update-component", b"1000", 200),
        ("POST", "/_dash-update-component", b"1001", 413),
        ("POST", "/_dash-update-component", b"", 411),
        ("POST", "/_dash-update-component", b"-1", 411),
        ("GET", "/_dash-layout", b"", 200),
        ("POST", "/api/v1/feeds/x/events", b"9999", 200),
    ],
)
async def test_bulk(method: str, path: str, length: bytes, status: int) -> None:
    sent: list[Message] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("the body isn't read")

    headers = [(b"content-length", length)] if length else []
    await Bulk(app, most=1000)({"type": "http", "method": method, "path": path, "headers": headers}, receive, send)
    assert sent[0]["status"] == status
