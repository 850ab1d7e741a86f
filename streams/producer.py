"""Sends events to ``ioc.<feed>``; for the simulator, replay and the sources."""

from __future__ import annotations

import asyncio
from typing import Any, Self

from streams.kafka import PacedProducer, producer_options


class EventSender:
    """A thin producer, idempotent where the broker can. Records of one key keep their order, in one partition."""

    def __init__(self, bootstrap: str, idempotent: bool = True) -> None:
        self._options = producer_options(bootstrap, idempotent)
        self._producer: Any = None
        self._waiting: set[asyncio.Future[Any]] = set()
        self._failure: BaseException | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        self._producer = PacedProducer(**self._options)
        await self._producer.start()

    async def send(self, feed: str, key: str | None, value: bytes | None, timestamp_ms: int | None = None) -> None:
        """Put one event on its way; :meth:`flush` waits until all are acknowledged.

        Raises the error of an earlier event that couldn't be delivered, once.
        """
        self._raise_failure()
        encoded = None if key is None else key.encode()
        future = await self._producer.send(f"ioc.{feed}", value, key=encoded, timestamp_ms=timestamp_ms)
        self._waiting.add(future)
        future.add_done_callback(self._settled)

    def _settled(self, future: asyncio.Future[Any]) -> None:
        self._waiting.discard(future)
        if not future.cancelled() and future.exception():
            self._failure = future.exception()

    def _raise_failure(self) -> None:
        failure, self._failure = self._failure, None
        if failure:
            raise failure

    async def flush(self) -> None:
        """Wait until everything sent is acknowledged. Raises the first failure."""
        if self._waiting:
            await asyncio.wait(set(self._waiting))
        self._raise_failure()

    async def stop(self) -> None:
        """Send what is left and close."""
        await self._producer.stop()
