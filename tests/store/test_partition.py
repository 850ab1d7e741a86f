"""Claim and apply of one partition: fenced, at the expected offset, whole or not at all; on Valkey and on Redis."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any

import pytest

from ioc.core.change import Change
from ioc.core.errors import EngineError, FencedError, OffsetError, ShapeError
from ioc.store import keys
from ioc.store.connect import Redis, connect, ready
from ioc.store.partition import Partition, Write

pytestmark = pytest.mark.engines
FEED, PLACE = "dossier", 3


def write(pairs: dict[str, bytes] | None = None, suffix: str = "pulse", expiry: int = 0, **more: Any) -> Write:
    flat: list[str | bytes] = [part for pair in (pairs or {"offset": b"1"}).items() for part in pair]
    return Write(board=Change(sets=[(suffix, expiry, flat)]), rest=Change(), **more)


async def everything(client: Redis) -> dict[Any, Any]:
    """All keys with their values, to see that nothing changed."""
    found: dict[Any, Any] = {}
    readers: dict[Any, Any] = {b"hash": client.hgetall, b"stream": client.xrange, b"string": client.get}
    for key in sorted(await client.keys("*")):
        kind = await client.type(key)
        read = readers.get(kind)
        found[key] = await read(key) if read else await client.lrange(key, 0, -1)
    return found


async def stream(client: Redis) -> list[dict[bytes, bytes]]:
    """The entries of the change stream."""
    found: Any = await client.xrange(keys.changes(FEED, PLACE, 1))
    return [fields for _, fields in found]


async def owner(client: Redis, begin: int = 0) -> Partition:
    partition = Partition(client, FEED, PLACE)
    await partition.claim(begin)
    return partition


async def test_a_new_partition_begins_where_its_log_does(client: Redis) -> None:
    assert await Partition(client, FEED, PLACE).claim(41) == (1, 41)
    assert await Partition(client, FEED, PLACE).claim(99) == (1, 41)


async def test_a_batch_is_written_and_the_next_claim_goes_on_behind_it(client: Redis) -> None:
    first = await owner(client)
    batch = Write(
        board=Change(sets=[("pulse", 0, ["newest", b"a"]), ("open", 0, ["x", b"1", "y", b"2"])]),
        rest=Change(sets=[("entities", 0, ["E-1", b"state"])]),
        seen=b"0123456789abcdef",
        entries=9,
    )
    size = await first.apply(batch, 0, 7)
    assert await Partition(client, FEED, PLACE).claim(0) == (1, 7)
    next_owner = await owner(client)
    assert await next_owner.wholes(["pulse", "open", "entities"]) == [
        {"newest": b"a"}, {"x": b"1", "y": b"2"}, {"E-1": b"state"},
    ]  # fmt: skip
    assert await next_owner.some("open", ["y", "z"]) == {"y": b"2"}
    assert await next_owner.sizes(["open", "nothing"]) == [2, 0]
    assert await next_owner.seen() == [b"0123456789abcdef"]
    [entry] = await stream(client)
    assert (entry[b"o"], entry[b"n"], len(entry[b"c"])) == (b"0", b"7", size)
    assert b"entities" not in entry[b"c"]


async def test_an_older_claim_is_fenced_and_writes_nothing(client: Redis) -> None:
    zombie = await owner(client)
    heir = await owner(client)
    before = await everything(client)
    with pytest.raises(FencedError):
        await zombie.apply(write(seen=b"x" * 16), 0, 5)
    assert await everything(client) == before
    await heir.apply(write(), 0, 5)
    with pytest.raises(FencedError):
        await zombie.apply(write(), 5, 6)


async def test_another_offset_than_expected_is_refused_and_told(client: Redis) -> None:
    partition = await owner(client)
    await partition.apply(write(), 0, 5)
    before = await everything(client)
    for wrong in (0, 4, 6):
        with pytest.raises(OffsetError) as refused:
            await partition.apply(write({"offset": b"2"}, seen=b"y" * 16), wrong, 9)
        assert refused.value.stored == 5
    assert await everything(client) == before


async def test_a_write_whose_answer_was_lost_isnt_written_twice(client: Redis) -> None:
    partition = await owner(client)
    await partition.apply(write(seen=b"z" * 16), 0, 5)
    with pytest.raises(OffsetError):
        await partition.apply(write(seen=b"z" * 16), 0, 5)
    again = await owner(client)
    assert await again.seen() == [b"z" * 16]


async def test_a_great_write_is_whole(client: Redis) -> None:
    partition = await owner(client)
    many = {f"field-{number}": str(number).encode() * (number % 5) for number in range(10_000)}
    await partition.apply(write(many, suffix="open"), 0, 1)
    assert (await partition.wholes(["open"]))[0] == many
    gone = list(many)[:9_000]
    await partition.apply(Write(board=Change(deletes=[("open", gone)]), rest=Change()), 1, 2)
    assert set((await partition.wholes(["open"]))[0]) == set(list(many)[9_000:])


async def test_bytes_of_any_kind_come_back(client: Redis) -> None:
    partition = await owner(client)
    odd = {"Đường\x1f🌊": bytes(range(256)), "": b"", "a b\r\n": b"\r\n$5"}
    await partition.apply(write(odd, suffix="entities"), 0, 1)
    assert (await partition.wholes(["entities"]))[0] == odd


async def test_hours_expire_and_are_forgotten(client: Redis) -> None:
    partition = await owner(client)
    now = int(time.time())
    await partition.apply(write({"a": b"1"}, suffix="cells:1", expiry=now + 500), 0, 1)
    await partition.apply(write({"a": b"1"}, suffix="cells:2", expiry=now + 2), 1, 2)
    assert 400 < await client.ttl(keys.state(FEED, PLACE, 1, "cells:1")) <= 500
    assert await client.hgetall(keys.hours(FEED, PLACE, 1)) == {
        b"cells:1": str(now + 500).encode(), b"cells:2": str(now + 2).encode(),
    }  # fmt: skip
    assert await partition.hours(now + 3) == {"cells:1"}
    assert list(await client.hgetall(keys.hours(FEED, PLACE, 1))) == [b"cells:1"]


async def test_the_oldest_ids_and_entries_are_dropped(client: Redis) -> None:
    partition = await owner(client)
    for at in range(6):
        await partition.apply(write(seen=bytes([at]) * 16, dropped=int(at >= 4), entries=3), at, at + 1)
    assert await partition.seen() == [bytes([at]) * 16 for at in range(2, 6)]
    assert [entry[b"n"] for entry in await stream(client)] == [b"4", b"5", b"6"]


async def test_a_state_isnt_claimed_under_a_contract_of_another_form(client: Redis) -> None:
    await Partition(client, FEED, PLACE).claim(0, shape="a")
    before = await everything(client)
    with pytest.raises(ShapeError):
        await Partition(client, FEED, PLACE).claim(0, shape="b")
    assert await everything(client) == before
    assert await Partition(client, FEED, PLACE).claim(0, shape="a") == (1, 0)


async def test_a_state_without_a_form_takes_that_of_its_next_owner(client: Redis) -> None:
    await owner(client)
    assert await Partition(client, FEED, PLACE).claim(0, shape="a") == (1, 0)
    with pytest.raises(ShapeError):
        await Partition(client, FEED, PLACE).claim(0, shape="b")


async def test_generations_stand_beside_each_other(client: Redis) -> None:
    old, new = await owner(client), Partition(client, FEED, PLACE)
    assert await new.claim(0, generation=2) == (2, 0)
    await old.apply(write({"newest": b"old"}), 0, 5)
    await new.apply(write({"newest": b"new"}), 0, 3)
    assert await old.wholes(["pulse"]) == [{"newest": b"old"}]
    assert await new.wholes(["pulse"]) == [{"newest": b"new"}]
    await client.hset(keys.GENERATION, FEED, "2")
    assert await Partition(client, FEED, PLACE).claim(0) == (2, 3)


async def test_a_server_that_lost_everything_starts_anew(client: Redis) -> None:
    partition = await owner(client)
    await partition.apply(write(), 0, 5)
    await client.flushall()
    await client.function_flush()
    with pytest.raises(FencedError):
        await partition.apply(write(), 5, 6)
    assert await client.keys("*") == []
    assert await partition.claim(2) == (1, 2)


async def test_claims_in_a_race_leave_one_owner(server: str, client: Redis) -> None:
    """Eight owners claim and write at random: every batch that was taken stands once, in a row."""
    chance, taken = random.Random(5), []

    async def contend(number: int) -> None:
        own = connect(server)
        partition = Partition(own, FEED, PLACE)
        try:
            for _ in range(25):
                _, offset = await partition.claim(0)
                await asyncio.sleep(chance.random() * 0.004)
                try:
                    await partition.apply(
                        write({f"{offset}": str(number).encode()}, "open", entries=512), offset, offset + 1
                    )
                    taken.append(offset)
                except (FencedError, OffsetError):
                    continue
        finally:
            await own.aclose()

    await asyncio.gather(*(contend(number) for number in range(8)))
    assert sorted(taken) == list(range(len(taken)))
    held = await owner(client)
    assert sorted((await held.wholes(["open"]))[0], key=int) == [str(offset) for offset in range(len(taken))]
    entries = await stream(client)
    assert [(int(entry[b"o"]), int(entry[b"n"])) for entry in entries] == [(at, at + 1) for at in range(len(taken))]


async def test_a_server_that_can_be_used_is_ready(client: Redis) -> None:
    await ready(client)
    nowhere = connect("redis://127.0.0.1:1")
    with pytest.raises(EngineError, match="REDIS_URL"):
        await ready(nowhere)
    await nowhere.aclose()
