"""Letters in SQL: kept once, paged, counted, and moved from state to state by one person only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from ioc.core.deadletter import DISCARDED, REFUSED_AGAIN, REPLAYED, REPLAYING, WAITING, Letter
from ioc.records import dead_letters
from ioc.records.dead_letters import CursorError, DeadLetters, Filter, Sent, connect

NOW = 1_741_750_000.0


@pytest.fixture
async def kept(database_url: str) -> AsyncIterator[DeadLetters]:
    async with await connect(database_url) as opened:
        yield opened


def letter(number: int, **more: Any) -> Letter:
    settled = {
        "id": f"ioc.task-0-{number}", "feed": "task", "outcome": "quarantined", "reason": "unknown_source",
        "source": f"urn:{number % 3}", "received": NOW + number // 2, "key": b"k", "raw": b"{}", "size": 2,
        "digest": f"{number:016x}", "kept_at": NOW,
    }  # fmt: skip
    return Letter(**{**settled, **more})


async def _all(kept: DeadLetters, limit: int, **wanted: Any) -> list[str]:
    found, cursor = [], ""
    while True:
        some, cursor = await kept.page(Filter(feed="task", **wanted), cursor, limit)
        found += [each.id for each in some]
        if not cursor:
            return found


async def test_a_letter_that_comes_twice_is_kept_once(kept: DeadLetters) -> None:
    place = ("ioc.task.dlq", 0)
    assert await kept.keep([letter(1), letter(2), letter(1)], {place: 3}) == 2
    assert await kept.keep([letter(2), letter(3)], {place: 5}) == 1
    assert await kept.offsets() == {place: 5}
    found = await kept.find("ioc.task-0-2")
    assert found == letter(2)
    assert await kept.find("ioc.task-0-9") is None


async def test_a_log_begun_anew_covers_nothing(kept: DeadLetters) -> None:
    await kept.keep([letter(1)], {})
    other = letter(1, digest="ffff", raw=b"[]")
    assert await kept.keep([other], {}) == 1
    assert await kept.keep([other], {}) == 0
    assert sorted(await _all(kept, 10)) == ["ioc.task-0-1", "ioc.task-0-1~ffff"]


async def test_pages_are_whole_whatever_is_added_meanwhile(kept: DeadLetters) -> None:
    await kept.keep([letter(number) for number in range(25)], {})
    wanted = [f"ioc.task-0-{number}" for number in sorted(range(25), key=lambda n: (n // 2, f"{n}"), reverse=True)]
    for limit in (1, 4, 25, 50):
        assert await _all(kept, limit) == wanted
    first, cursor = await kept.page(Filter(feed="task"), "", 10)
    assert first[0].raw is None
    await kept.keep([letter(99)], {})
    rest, _ = await kept.page(Filter(feed="task"), cursor, 100)
    assert [each.id for each in (*first, *rest)] == wanted
    oldest, cursor = await kept.whole(Filter(feed="task"), "", 20)
    assert [each.received for each in oldest] == sorted(each.received for each in oldest)
    assert oldest[0].raw == b"{}"
    rest, end = await kept.whole(Filter(feed="task"), cursor, 20)
    assert (len(rest), end) == (6, "")
    for bad in ("x", "!!", "bnVsbA", "é"):
        with pytest.raises(CursorError):
            await kept.page(Filter(feed="task"), bad)


async def test_filters_and_counts(kept: DeadLetters) -> None:
    await kept.keep([letter(number) for number in range(6)], {})
    await kept.keep([letter(6, reason="not_json", source=""), letter(7, feed="dossier", id="ioc.dossier-0-1")], {})
    await kept.discard(Filter(feed="task", ids=("ioc.task-0-5",)), "thử", "page", NOW)
    counts = await kept.counts(Filter(feed="task", reason="not_json"))
    assert counts.total == 1
    assert counts.states == {WAITING: 6, DISCARDED: 1}
    assert counts.reasons == {"unknown_source": 5, "not_json": 1}
    assert counts.sources == {"urn:0": 2, "urn:1": 2, "": 1, "urn:2": 1}
    assert await _all(kept, 9, source="") == ["ioc.task-0-6"]
    assert await _all(kept, 9, source="urn:1", start=NOW + 1) == ["ioc.task-0-4"]
    assert len(await _all(kept, 9, state="")) == 7


async def test_of_two_who_decide_one_does(kept: DeadLetters) -> None:
    await kept.keep([letter(number) for number in range(30)], {})
    names = [Sent(id=f"ioc.task-0-{number}") for number in range(30)]
    begun = await asyncio.gather(*(kept.begin(names, by, NOW) for by in ("a", "b")))
    assert sorted(map(len, begun)) == [0, 30]
    assert await kept.discard(Filter(feed="task"), "chậm", "c", NOW) == 0
    assert len(await kept.unfinished(NOW + 1)) == 30
    assert await kept.unfinished(NOW) == []
    assert await kept.finish([each.id for each in names], NOW) == 30
    assert await kept.finish([each.id for each in names], NOW) == 0


async def test_what_is_refused_again_names_its_first_letter(kept: DeadLetters) -> None:
    await kept.keep([letter(1), letter(2)], {})
    await kept.begin([Sent(id="ioc.task-0-1", mended=True, raw=b"[]", key=b"n"), Sent(id="ioc.task-0-2")], "page", NOW)
    await kept.keep([letter(8, replay_of="ioc.task-0-1")], {})
    await kept.finish(["ioc.task-0-1", "ioc.task-0-2"], NOW)  # later than the refusal: it doesn't cover it
    first, second = await kept.find("ioc.task-0-1"), await kept.find("ioc.task-0-2")
    assert first is not None
    assert second is not None
    assert (first.state, first.mended, first.mended_key) == (REFUSED_AGAIN, b"[]", b"n")
    assert second.state == REPLAYED
    await kept.keep([letter(9, replay_of="ioc.task-0-2")], {})
    assert (await kept.counts(Filter(feed="task"))).states == {WAITING: 2, REFUSED_AGAIN: 2}


async def test_discarded_with_a_reason_and_restored(kept: DeadLetters) -> None:
    await kept.keep([letter(number) for number in range(4)], {})
    assert await kept.discard(Filter(feed="task", source="urn:0"), "dữ liệu thử", "page", NOW) == 2
    found = await kept.find("ioc.task-0-0")
    assert found is not None
    assert (found.state, found.note, found.decided_by, found.decided_at) == (DISCARDED, "dữ liệu thử", "page", NOW)
    assert await kept.restore(Filter(feed="task", ids=("ioc.task-0-0",)), "page", NOW) == 1
    assert await kept.restore(Filter(feed="task", ids=("ioc.task-0-1",)), "page", NOW) == 0
    assert (await kept.counts(Filter(feed="task"))).states == {WAITING: 3, DISCARDED: 1}


async def test_what_was_kept_long_enough_goes(kept: DeadLetters, monkeypatch: pytest.MonkeyPatch) -> None:
    day = 86_400
    await kept.keep([letter(1, kept_at=NOW - 91 * day), letter(2, kept_at=NOW - 89 * day)], {})
    decided = {3: (REPLAYED, 31), 4: (DISCARDED, 29), 5: (REPLAYING, 31), 6: (REFUSED_AGAIN, 31)}
    await kept.keep(
        [letter(n, state=state, decided_at=NOW - days * day) for n, (state, days) in decided.items()], {}
    )  # fmt: skip
    assert await kept.retain(NOW) == 3
    assert sorted(await _all(kept, 9, state="")) == ["ioc.task-0-2", "ioc.task-0-4", "ioc.task-0-5"]
    monkeypatch.setattr(dead_letters, "MOST_KEPT", 10)
    await kept.keep([letter(number, kept_at=NOW + number) for number in range(100, 130)], {})
    assert await kept.retain(NOW) == 23
    assert len(await _all(kept, 50, state="")) == 10


def test_a_letter_cut_short_is_not_whole() -> None:
    assert letter(1).whole
    assert not msgspec.structs.replace(letter(1), size=3).whole
    assert not msgspec.structs.replace(letter(1), raw=None, size=0).whole
