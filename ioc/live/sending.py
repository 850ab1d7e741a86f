"""What the web process asks of whoever puts events into Kafka (``ioc.web`` gives it ``streams.delivery``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

Record = tuple[str | bytes | None, bytes | None]  # key and value
Headers = Sequence[tuple[str, bytes]]


class Sender(Protocol):
    """Puts events on a feed's topic."""

    @property
    def possible(self) -> bool:
        """Whether there is a Kafka to send to; without one, pages say what they lack."""

    async def ready(self) -> object:
        """Connect, where that isn't done yet. Raises :class:`ioc.core.errors.DeliveryError`: nothing was sent then."""

    async def deliver(
        self,
        feed: str,
        records: Sequence[Record],
        headers: Sequence[Headers] = (),
        partitions: Sequence[int | None] = (),
    ) -> None:
        """Send records in their order; returns when all are acknowledged.

        ``headers`` and ``partitions``, where there are any, are those of each record. Raises
        :class:`ioc.core.errors.DeliveryError`: some may have been sent then.
        """
