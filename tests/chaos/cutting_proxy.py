"""A proxy before Redis that loses answers: the command is executed, its answer and the connection are gone."""

from __future__ import annotations

import asyncio
from typing import Self

WRITE = b"ioc_apply"  # the function whose answers are worth losing
CHUNK = 1 << 16


class CuttingProxy:
    """Passes everything through; after :meth:`lose_one` the next successful write's answer is dropped."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._armed = False
        self._tasks: set[asyncio.Task[None]] = set()
        self.lost = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def lose_one(self) -> None:
        self._armed = True

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._pass(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        redis_reader, redis_writer = await asyncio.open_connection("127.0.0.1", self._target)
        writes = [False]  # whether the command that waits for its answer is a write
        asked = asyncio.create_task(self._ask(reader, redis_writer, writes))
        answered = asyncio.create_task(self._answer(redis_reader, writer, writes))
        try:
            await asyncio.wait({asked, answered}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (asked, answered):
                task.cancel()
            for end in (writer, redis_writer):
                end.close()
            await asyncio.gather(
                asked, answered, writer.wait_closed(), redis_writer.wait_closed(), return_exceptions=True
            )

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, writes: list[bool]) -> None:
        while chunk := await reader.read(CHUNK):
            writes[0] = writes[0] or WRITE in chunk
            writer.write(chunk)
            await writer.drain()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, writes: list[bool]) -> None:
        while chunk := await reader.read(CHUNK):
            if self._armed and writes[0] and not chunk.startswith(b"-"):
                self._armed = False
                self.lost += 1
                return
            writes[0] = False
            writer.write(chunk)
            await writer.drain()
