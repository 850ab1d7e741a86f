"""Events that a person or a system hands to the web process: in Kafka when the call returns, or an error."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from aiokafka.errors import KafkaError, KafkaTimeoutError

from ioc.core.errors import DeliveryError
from ioc.live.sending import Headers, Record
from streams.kafka import PacedProducer, producer_options

LOG = logging.getLogger(__name__)
WITHIN = 8.0  # seconds for a whole delivery


class Delivery:
    """A producer that connects at the first delivery, and anew when it is broken.

    Without addresses (``bootstrap`` empty) every delivery is refused, and :attr:`possible` says so.
    """

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._producer: Any = None
        self._starting = asyncio.Lock()

    @property
    def possible(self) -> bool:
        """Whether there is a Kafka to deliver to; it may be away."""
        return bool(self._bootstrap)

    async def deliver(
        self,
        feed: str,
        records: Sequence[Record],
        headers: Sequence[Headers] = (),
        partitions: Sequence[int | None] = (),
    ) -> None:
        """Put records on ``ioc.<feed>`` in their order; returns when all are acknowledged.

        ``headers`` and ``partitions``, where there are any, are those of each record; a partition that the topic
        doesn't have counts as none. Raises :class:`DeliveryError`: some may be in the log
        then. Sent again, an event of the same id and bytes counts as a duplicate.
        """
        if not records:
            return
        producer, topic = await self.ready(), f"ioc.{feed}"
        try:
            async with asyncio.timeout(WITHIN):
                known = await producer.partitions_for(topic)
                sent = []
                for at, (key, value) in enumerate(records):
                    marks = headers[at] if headers else None
                    place = partitions[at] if partitions and partitions[at] in known else None
                    sent.append(await producer.send(topic, value, key=_key(key), headers=marks, partition=place))
                    sent[-1].add_done_callback(_looked_at)
                # The producer settles its futures itself: one of them is never cancelled.
                await asyncio.gather(*map(asyncio.shield, sent))
        except (TimeoutError, KafkaTimeoutError) as error:
            # The producer goes on trying, and writes each record once: a new one would write it beside it.
            raise DeliveryError("Kafka didn't answer in time; send the events again", begun=True) from error
        except (KafkaError, OSError) as error:
            await self._drop(producer)
            raise DeliveryError(f"Kafka didn't take the events ({error!r}); send them again", begun=True) from error

    async def stop(self) -> None:
        """Close the connection, if there is one."""
        await self._drop(self._producer)

    async def ready(self) -> Any:
        """The producer, connected. Raises :class:`DeliveryError`."""
        if not self._bootstrap:
            raise DeliveryError("no Kafka is named; set KAFKA_BOOTSTRAP_SERVERS", begun=False)
        async with self._starting:
            if self._producer is None:
                options = producer_options(self._bootstrap) | {"request_timeout_ms": int(WITHIN * 1000), "linger_ms": 0}
                producer = PacedProducer(**options)
                try:
                    async with asyncio.timeout(WITHIN):
                        await producer.start()
                except (KafkaError, TimeoutError, OSError) as error:
                    await self._close(producer)
                    raise DeliveryError(
                        f"Kafka can't be reached at {self._bootstrap} ({error!r})", begun=False
                    ) from error
                self._producer = producer
            return self._producer

    async def _drop(self, producer: Any) -> None:
        """Give a producer up."""
        if producer is None or producer is not self._producer:
            return
        self._producer = None
        await self._close(producer)

    async def _close(self, producer: Any) -> None:
        try:
            async with asyncio.timeout(1.0):
                await producer.stop()
        except (KafkaError, TimeoutError, OSError) as error:
            LOG.warning("the producer didn't close cleanly: %r", error)
            await producer.client.close()


def _looked_at(future: asyncio.Future[Any]) -> None:
    """A failure that nobody waits for any more has been told already."""
    if not future.cancelled():
        future.exception()


def _key(key: str | bytes | None) -> bytes | None:
    return key.encode() if isinstance(key, str) else key
