"""Quix Streams: a batching sink at its checkpoints. Arguments: bootstrap, Redis URL, number of events."""

from __future__ import annotations

import sys
import tempfile

from quixstreams import Application
from quixstreams.sinks import BatchingSink, SinkBatch
from redis import Redis

from bench.peers.work import FEED, MOST_RECORDS, Worker


class RedisSink(BatchingSink):
    """Writes each checkpoint's batches."""

    def __init__(self, redis_url: str, worker: Worker) -> None:
        super().__init__()
        self._client = Redis.from_url(redis_url)
        self._worker = worker

    def write(self, batch: SinkBatch) -> None:
        rows = [(item.offset, item.timestamp / 1000, item.value) for item in batch]
        for part in self._worker.batches(batch.partition, rows):
            with self._client.pipeline(transaction=False) as pipe:
                part.reads(pipe)
                part.fold(pipe.execute())
            with self._client.pipeline(transaction=True) as pipe:
                part.writes(pipe)
                pipe.execute()
        self._worker.done += len(rows)


def main() -> None:
    bootstrap, redis_url, events = sys.argv[1], sys.argv[2], int(sys.argv[3])
    worker = Worker()
    with tempfile.TemporaryDirectory() as folder:
        app = Application(
            bootstrap, consumer_group="quixstreams", auto_offset_reset="earliest", state_dir=folder,
            commit_every=MOST_RECORDS, commit_interval=60.0, loglevel="WARNING", use_changelog_topics=False,
        )  # fmt: skip
        frame = app.dataframe(app.topic(f"ioc.{FEED}", value_deserializer="bytes", key_deserializer="bytes"))
        frame.sink(RedisSink(redis_url, worker))
        app.run(count=events)
    worker.report()


if __name__ == "__main__":
    main()
