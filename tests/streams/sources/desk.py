"""Lines whose events are kept instead of sent, and how long a test waits for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from ioc.core.outgoing import Outgoing
from ioc.core.source import Source
from ioc.records import database
from ioc.records.cursors import Cursors, connect
from streams.sources.collector import Collector
from streams.sources.line import Line, Surroundings
from streams.sources.registry import KINDS
from streams.sources.secret import Secrets
from tests.conftest import hai_duong

HEARTBEAT = "vn.ioc.heartbeat.v1"


class KafkaDown(Exception):
    """What the test lets go wrong."""


class Taken(Line):
    """Keeps what would be sent. ``fails`` is how many deliveries break; ``lost`` breaks after the events have gone."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.records: list[dict[str, Any]] = []
        self.raw: list[bytes] = []
        self.fails = 0
        self.lost = 0

    async def _send(self, made: Sequence[Outgoing]) -> None:
        beat = b'"vn.ioc.heartbeat' in made[0].value
        if self.fails and not beat:
            self.fails -= 1
            raise KafkaDown
        self.raw += [one.value for one in made]
        self.records += [msgspec.json.decode(one.value) for one in made]
        if self.lost and not beat:
            self.lost -= 1
            raise KafkaDown

    @property
    def events(self) -> list[dict[str, Any]]:
        return [record for record in self.records if record["type"] != HEARTBEAT]

    @property
    def beats(self) -> list[dict[str, Any]]:
        return [record for record in self.records if record["type"] == HEARTBEAT]


async def once(holds: Callable[[], bool], within: float = 30.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + within
    while not holds():
        assert time.monotonic() < end, "it didn't come to it"
        await asyncio.sleep(0.01)


class Desk:
    """Runs lines over one database; ``line`` makes one, ``until`` runs the lines until something holds."""

    def __init__(self, cursors: Cursors, secrets: Path) -> None:
        self.cursors = cursors
        self.secrets = secrets

    def line(self, kind: str, options: dict[str, Any], **fields: Any) -> Taken:
        feed = fields.get("feed", "station_reading")
        contract = hai_duong().feeds[feed]
        source = msgspec.convert(
            {
                "id": f"{kind}-source", "kind": kind, "feed": feed, "source": contract.source[0],
                "organisation": "so-nnmt", "title": {"vi": "x", "en": "x"}, **fields,
            },
            Source,
        )  # fmt: skip
        around = Surroundings(
            bootstrap="", cursors=self.cursors, secrets=Secrets(str(self.secrets)), profile="test",
            timezone="Asia/Ho_Chi_Minh", stop=asyncio.Event(),
        )  # fmt: skip
        return Taken(source, contract, msgspec.convert(options, KINDS[kind].options), around)

    async def until(self, holds: Callable[[], bool], *lines: Taken, within: float = 30.0) -> None:
        """Run the lines until ``holds``, then stop them gracefully."""
        running = asyncio.create_task(Collector(lines, first_pause=0.05).run())
        end = time.monotonic() + within
        try:
            while not holds():
                assert not running.done(), running.result()
                if time.monotonic() > end:
                    told = [(line.status, len(line.events)) for line in lines]
                    raise AssertionError(f"it didn't come to it: {told}")
                await asyncio.sleep(0.01)
        finally:
            for line in lines:
                line.stop.set()
            await running


@asynccontextmanager
async def desk(folder: Path) -> AsyncIterator[Desk]:
    secrets = folder / "secrets"
    secrets.mkdir(exist_ok=True)
    async with await connect(database.default_url(str(folder))) as cursors:
        yield Desk(cursors, secrets)
