"""Many screens without a browser: sockets that read every frame, in a process of their own.

    python -m bench.screens URL COUNT [VIEW [COMPONENT]]

Prints ``open`` when all are connected, and at the end (SIGTERM) one line of JSON: frames and bytes received by all, and
``seen``: when the first socket heard a new text of COMPONENT (POSIX seconds and the text).
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from typing import Any

from websockets.asyncio.client import ClientConnection, connect


class Screens:
    """``count`` sockets on one page."""

    def __init__(self, url: str, count: int, view: str, component: str) -> None:
        self.url = url
        self.count = count
        self.view = view
        self.component = component
        self.frames = 0
        self.bytes = 0
        self.seen: list[tuple[float, str]] = []

    async def run(self) -> None:
        ended = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
        sockets = [await self._open() for _ in range(self.count)]
        reading = [asyncio.create_task(self._read(socket, number == 0)) for number, socket in enumerate(sockets)]
        print("open", flush=True)
        await ended.wait()
        for task in reading:
            task.cancel()
        print(json.dumps({"frames": self.frames, "bytes": self.bytes, "seen": self.seen}), flush=True)

    async def _open(self) -> ClientConnection:
        origin: Any = self.url.replace("ws:", "http:").rpartition("/")[0]
        socket = await connect(self.url, origin=origin, compression=None, max_size=4_000_000)
        if self.view:
            await socket.send(json.dumps({"view": self.view, "language": "vi"}))
        return socket

    async def _read(self, socket: ClientConnection, parse: bool) -> None:
        async for message in socket:
            self.frames += 1
            self.bytes += len(message)
            if parse and self.component:
                self._look(time.time(), json.loads(message))

    def _look(self, at: float, frame: dict[str, Any]) -> None:
        for name, props in frame["u"]:
            if name == self.component and "children" in props:
                self.seen.append((at, props["children"]))


if __name__ == "__main__":
    url, count, *rest = sys.argv[1:]
    view, component = (*rest, "", "")[:2]
    asyncio.run(Screens(url, int(count), view, component).run())
