"""Snapshot, then changes: every gap between the two is noticed; on Valkey and on Redis."""

from __future__ import annotations

import pytest

from ioc.core.change import Change
from ioc.store import keys, reader
from ioc.store.connect import Redis
from ioc.store.partition import Partition, Write
from ioc.store.reader import Cursor, Place, StateReader, Update

pytestmark = pytest.mark.engines
PLACE: Place = ("dossier", 0)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at generations and offsets at every read."""
    monkeypatch.setattr(reader, "LOOK_EVERY", -1.0)


class Writer:
    """Writes one value a batch, one offset each."""

    def __init__(self, client: Redis) -> None:
        self.partition = Partition(client, *PLACE)
        self.at = 0

    async def claim(self) -> Writer:
        _, self.at = await self.partition.claim(0)
        return self

    async def write(self, entries: int = 100) -> None:
        sets = [("pulse", 0, ["newest", str(self.at).encode()]), ("cells:5", 4_000_000_000, [f"f{self.at}", b"c"])]
        await self.partition.apply(Write(board=Change(sets=sets), rest=Change(), entries=entries), self.at, self.at + 1)
        self.at += 1


async def follow(found: StateReader, cursor: Cursor, reads: int = 1) -> tuple[list[Update], Cursor]:
    updates: list[Update] = []
    for _ in range(reads):
        for update in await found.changes({PLACE: cursor}, 20):
            updates.append(update)
            cursor = update.cursor
    return updates, cursor


async def test_an_empty_server_has_an_empty_state(client: Redis) -> None:
    snapshot = await StateReader(client).snapshot(*PLACE)
    assert snapshot.state == {"open": {}, "entities": {}, "pulse": {}}
    assert snapshot.cursor == Cursor(stream_id="0-0", next_offset=0, generation=1)


async def test_changes_follow_the_snapshot_in_order(client: Redis) -> None:
    writer, found = await Writer(client).claim(), StateReader(client)
    await writer.write()
    snapshot = await found.snapshot(*PLACE)
    assert snapshot.state["pulse"] == {"newest": b"0"}
    assert snapshot.state["cells:5"] == {"f0": b"c"}
    assert await found.changes({PLACE: snapshot.cursor}, 20) == []
    for _ in range(3):
        await writer.write()
    updates, cursor = await follow(found, snapshot.cursor)
    assert [update.change.sets[0][2][1] for update in updates if update.change] == [b"1", b"2", b"3"]
    assert cursor.next_offset == 4


async def test_a_first_batch_reaches_a_reader_of_nothing(client: Redis) -> None:
    writer, found = await Writer(client).claim(), StateReader(client)
    cursor = (await found.snapshot(*PLACE)).cursor
    await writer.write()
    updates, cursor = await follow(found, cursor)
    assert [update.change is not None for update in updates] == [True]


async def test_a_trimmed_stream_asks_for_a_snapshot(client: Redis) -> None:
    writer, found = await Writer(client).claim(), StateReader(client)
    await writer.write()
    cursor = (await found.snapshot(*PLACE)).cursor
    for _ in range(5):
        await writer.write(entries=2)
    updates, _ = await follow(found, cursor)
    assert [update.change for update in updates] == [None]
    snapshot = await found.snapshot(*PLACE)
    assert (snapshot.state["pulse"]["newest"], snapshot.cursor.next_offset) == (b"5", 6)
    await writer.write(entries=2)
    updates, _ = await follow(found, snapshot.cursor)
    assert [update.change is not None for update in updates] == [True]


async def test_a_lost_stream_asks_for_a_snapshot(client: Redis) -> None:
    writer, found = await Writer(client).claim(), StateReader(client)
    await writer.write()
    cursor = (await found.snapshot(*PLACE)).cursor
    await writer.write()
    await client.delete(keys.changes(*PLACE, 1))
    updates, _ = await follow(found, cursor, reads=3)
    assert any(update.change is None for update in updates)


async def test_lost_data_asks_for_a_snapshot(client: Redis) -> None:
    writer, found = await Writer(client).claim(), StateReader(client)
    for _ in range(3):
        await writer.write()
    cursor = (await found.snapshot(*PLACE)).cursor
    await client.flushall()
    updates, _ = await follow(found, cursor)
    assert [update.change for update in updates] == [None]
    assert (await found.snapshot(*PLACE)).state["pulse"] == {}


async def test_a_partition_claimed_anew_after_a_loss_is_read_anew(client: Redis) -> None:
    """The new log reaches the old offset before the reader looks: the stream itself tells."""
    writer, found = await Writer(client).claim(), StateReader(client)
    for _ in range(3):
        await writer.write()
    cursor = (await found.snapshot(*PLACE)).cursor
    await client.flushall()
    again = await Writer(client).claim()
    for _ in range(5):
        await again.write(entries=1)
    updates, _ = await follow(found, cursor, reads=3)
    assert any(update.change is None for update in updates)


async def test_another_generation_asks_for_a_snapshot(client: Redis) -> None:
    writer, found = await Writer(client).claim(), StateReader(client)
    await writer.write()
    cursor = (await found.snapshot(*PLACE)).cursor
    rebuilt = Partition(client, *PLACE)
    await rebuilt.claim(0, generation=2)
    sets = [("pulse", 0, ["newest", b"rebuilt"])]
    await rebuilt.apply(Write(board=Change(sets=sets), rest=Change()), 0, 1)
    assert await found.changes({PLACE: cursor}, 20) == []
    await client.hset(keys.GENERATION, PLACE[0], "2")
    updates, _ = await follow(found, cursor)
    assert [update.change for update in updates] == [None]
    assert (await found.snapshot(*PLACE)).state["pulse"] == {"newest": b"rebuilt"}
