"""The yardstick of ``bench/live.py``: a Starlette page that sends 24 values over a WebSocket once a second.

    python -m bench.bare_page PORT

The values are serialised once a second for all clients, which is the least a server can do. It is served as the product
is: the same WebSocket implementation, no compression, no access log.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

VALUES = 24
PAGE = """<!doctype html><title>bare</title><pre id="v"></pre><script>
new WebSocket(`ws://${location.host}/live`).onmessage = (event) => {
  for (const [name, value] of Object.entries(JSON.parse(event.data))) document.title = `${name} ${value}`;
};</script>"""


def application() -> Starlette:
    """The page and its socket."""
    clients: set[WebSocket] = set()

    async def page(_: Request) -> Response:
        return HTMLResponse(PAGE)

    async def live(websocket: WebSocket) -> None:
        await websocket.accept()
        clients.add(websocket)
        try:
            while True:
                await websocket.receive_text()
        except WebSocketDisconnect:
            clients.discard(websocket)

    async def send() -> None:
        while True:
            text = json.dumps({f"k{number:02}": int(time.time() * 1000) % 10**8 for number in range(1, VALUES + 1)})
            for client in list(clients):
                await client.send_text(text)
            await asyncio.sleep(1)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        sending = asyncio.create_task(send())
        yield
        sending.cancel()

    return Starlette(routes=[Route("/", page), WebSocketRoute("/live", live)], lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(
        application(), host="127.0.0.1", port=int(sys.argv[1]), access_log=False, log_level="warning",
        ws="websockets-sansio", ws_per_message_deflate=False,
    )  # fmt: skip
