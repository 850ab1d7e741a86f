"""A real HTTP server on a free port, whose answers a test writes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Answer = Callable[[Request], Response | Awaitable[Response]]


class Web:
    """``answers`` maps a path to what is answered; ``requests`` are all that came."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.answers: dict[str, Answer] = {}
        self.requests: list[Request] = []

    async def answer(self, request: Request) -> Response:
        self.requests.append(request)
        answer = self.answers.get(request.url.path)
        if answer is None:
            return Response(status_code=404)
        made = answer(request)
        return made if isinstance(made, Response) else await made


@asynccontextmanager
async def serving() -> AsyncIterator[Web]:
    listener = socket.create_server(("127.0.0.1", 0))
    web = Web(listener.getsockname()[1])
    app = Starlette(routes=[Route("/{rest:path}", web.answer)])
    config = uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    # Not serve(), which would take over the process's signals.
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    ticking = asyncio.create_task(server.main_loop())
    try:
        yield web
    finally:
        server.should_exit = True
        await ticking
        await server.shutdown(sockets=[listener])
