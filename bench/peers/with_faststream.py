"""FastStream: a batch subscriber with manual acknowledgement. Arguments: bootstrap, Redis URL, number of events."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import uvloop
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker, KafkaMessage
from redis.asyncio import Redis

from bench.peers.work import FEED, MOST_RECORDS, Worker


def application(bootstrap: str, redis_url: str, events: int) -> FastStream:
    broker, client, worker = KafkaBroker(bootstrap, logger=None), Redis.from_url(redis_url), Worker()
    app = FastStream(broker, logger=None)

    async def raw(message: KafkaMessage) -> Any:
        return message.body

    @broker.subscriber(
        f"ioc.{FEED}", batch=True, group_id="faststream", auto_offset_reset="earliest", max_records=MOST_RECORDS,
        ack_policy=AckPolicy.MANUAL, decoder=raw,
    )  # fmt: skip
    async def handle(_: Any, message: KafkaMessage) -> None:
        by_partition: dict[int, list[Any]] = {}
        for record in message.raw_message:
            by_partition.setdefault(record.partition, []).append((record.offset, record.timestamp / 1000, record.value))
        for partition, rows in by_partition.items():
            for batch in worker.batches(partition, rows):
                async with client.pipeline(transaction=False) as pipe:
                    batch.reads(pipe)
                    batch.fold(await pipe.execute())
                async with client.pipeline(transaction=True) as pipe:
                    batch.writes(pipe)
                    await pipe.execute()
        await message.ack()
        worker.done += len(message.raw_message)
        if worker.done >= events:
            worker.report()
            app.exit()

    return app


async def main() -> None:
    await application(sys.argv[1], sys.argv[2], int(sys.argv[3])).run()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
