"""``/live`` through a real server: what clients get, and who is cut off."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ioc.live import channel, socket
from ioc.live.hub import Hub
from ioc.live.site import LiveSite
from ioc.locales import load
from layouts.views import view
from streams.embedded import free_port
from tests.live.fakes import FakeFollower, serving


@asynccontextmanager
async def _socket(url: str, path: str = "/live", **options: Any) -> AsyncIterator[ClientConnection]:
    options = {"origin": url, "compression": None, **options}
    async with connect(url.replace("http:", "ws:") + path, **options) as websocket:
        yield websocket


async def _ask(websocket: ClientConnection, view: str = "wall/overview", language: str = "vi") -> dict[str, Any]:
    """Name a page; its first full frame."""
    await websocket.send(json.dumps({"view": view, "language": language}))
    while True:
        frame: dict[str, Any] = json.loads(await asyncio.wait_for(websocket.recv(), 10))
        if "prev" not in frame:
            return frame


async def _code(websocket: ClientConnection) -> int | None:
    """The code with which the server closes."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            await asyncio.wait_for(websocket.recv(), 10)
    return websocket.close_code


async def test_full_frame_then_ticks_in_sequence() -> None:
    async with serving(FakeFollower(), free_port()) as url, _socket(url) as websocket:
        full = await _ask(websocket)
        assert {name for name, _ in full["u"]} >= {"head-critical", "head-mode"}
        tick = json.loads(await asyncio.wait_for(websocket.recv(), 5))
        assert tick["prev"] == full["seq"]
        assert tick["now"] >= full["now"]


async def test_another_page_on_the_same_socket() -> None:
    async with serving(FakeFollower(), free_port()) as url, _socket(url) as websocket:
        wall = await _ask(websocket)
        assert (await _ask(websocket, "nothing/here"))["u"] == []
        assert (await _ask(websocket))["u"] == wall["u"]
        assert (await _ask(websocket, language="en"))["u"] != wall["u"]


async def test_clients_that_left_are_forgotten() -> None:
    async with serving(FakeFollower(), free_port()) as url:
        for _ in range(5):
            async with _socket(url) as websocket:
                await _ask(websocket)
        async with httpx.AsyncClient() as client:
            for _ in range(100):
                if "ioc_live_clients 0" in (await client.get(f"{url}/metrics")).text:
                    return
                await asyncio.sleep(0.02)
    pytest.fail("clients that left are still counted")


@pytest.mark.parametrize("message", ["{", "5", "[1]", '{"language": "vi"}', "[" * 400, "x" * 600, b"\x00\xff"])
async def test_what_is_no_page_is_cut_off(message: str | bytes) -> None:
    async with serving(FakeFollower(), free_port()) as url, _socket(url) as websocket:
        await websocket.send(message)
        assert await _code(websocket) == 1003


async def test_a_flood_is_cut_off_and_others_are_unharmed() -> None:
    async with serving(FakeFollower(), free_port()) as url, _socket(url) as calm, _socket(url) as wild:
        await _ask(calm)
        for _ in range(socket.BURST + 5):
            await wild.send('{"view": "wall/overview"}')
        assert await _code(wild) == 1008
        assert "seq" in json.loads(await asyncio.wait_for(calm.recv(), 5))


async def test_who_never_reads_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's buffer is full: sending waits until the client is given up; then it has left its channel."""
    monkeypatch.setattr(socket, "READ_WITHIN", 0.2)
    monkeypatch.setattr(channel, "TICK", 0.05)
    hub = Hub(LiveSite(FakeFollower(), {"vi": load("vi")}), view)  # type: ignore[arg-type]
    asked: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    asked.put_nowait({"type": "websocket.connect"})
    asked.put_nowait({"type": "websocket.receive", "text": '{"view": "wall/overview"}'})
    sent: list[str] = []

    async def stuck(message: Any) -> None:
        sent.append(message["type"])
        if message["type"] != "websocket.accept":
            await asyncio.Event().wait()

    await asyncio.wait_for(socket.LiveSocket(hub)({"type": "websocket"}, asked.get, stuck), 5)
    assert sent == ["websocket.accept", "websocket.send", "websocket.close"]
    assert hub.clients == 0


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example"])
async def test_a_foreign_or_missing_origin_is_refused(origin: str | None) -> None:
    async with serving(FakeFollower(), free_port()) as url:
        with pytest.raises(InvalidStatus):
            async with _socket(url, origin=origin):
                pytest.fail("it opened")


@pytest.mark.parametrize("path", ["/_dash-ws-callback", "/other"])
async def test_there_is_one_socket_only(path: str) -> None:
    async with serving(FakeFollower(), free_port()) as url:
        with pytest.raises(InvalidStatus):
            async with _socket(url, path):
                pytest.fail("it opened")


async def test_too_many_clients_come_back_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "MOST_CLIENTS", 1)
    async with serving(FakeFollower(), free_port()) as url, _socket(url) as first:
        await _ask(first)
        with pytest.raises(InvalidStatus):
            async with _socket(url):
                pytest.fail("it opened")
