"""Folding: counts are the same for any split into batches, any restart between them, and any order of arrival."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.core.event import Compiled
from streams.session import Session
from tests.conftest import hai_duong
from tests.streams.memory_store import Memory, MemoryStore, NoLetters
from tests.streams.records import NOON, Record, dossier, event, reading, records
from tests.streams.truth import Truth, differences

PATHS = (
    ["TIEP_NHAN", "DANG_XU_LY", "DA_TRA"],
    ["TIEP_NHAN", "BO_SUNG", "DANG_XU_LY", "GIA_HAN", "DA_TRA"],
    ["DANG_XU_LY", "TU_CHOI"],
)


async def _fold(feed: str, given_records: Sequence[Record], cuts: Sequence[int], restart: bool) -> Memory:
    memory, compiled = Memory(), Compiled(hai_duong().feeds[feed], hai_duong())
    session = None
    bounds = sorted({0, *(cut for cut in cuts if cut < len(given_records)), len(given_records)})
    for start, end in pairwise(bounds):
        if session is None or restart:
            session = Session(MemoryStore(memory), compiled, NoLetters())  # type: ignore[arg-type]
            await session.claim(0)
        await session.take(given_records[start:end], end, lambda: NOON + 86_400)
        await session.settled()
    return memory


def fold(feed: str, given_records: Sequence[Record], cuts: Sequence[int] = (), restart: bool = False) -> Memory:
    return asyncio.run(_fold(feed, given_records, cuts, restart))


def comparable(memory: Memory) -> dict[str, dict[str, Any]]:
    """The state without what tells of batches; outcomes that the order decides are joined."""
    state = {
        suffix: {field: msgspec.msgpack.decode(value) for field, value in fields.items()}
        for suffix, fields in memory.hashes.items()
        if fields and suffix != "pulse" and not suffix.startswith("quality:")
    }
    for suffix, cells in state.items():
        if suffix.startswith("cells:"):
            for cell in cells.values():
                for stat in cell[1]:
                    if stat is not None:
                        stat[1] = round(stat[1], 6)
    totals: Counter[str] = Counter()
    for field, value in memory.hashes["pulse"].items():
        if field.startswith("total:"):
            outcome = field.removeprefix("total:")
            totals["counted" if outcome in ("accepted", "late") else outcome] += msgspec.msgpack.decode(value)
    return {**state, "totals": dict(totals)}


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[bytes | None, float]]:
    """Dossiers on legal ways, now and then doubled, among refused ones."""
    made: list[tuple[bytes | None, float]] = []
    for number in range(draw(st.integers(1, 4))):
        before, at = None, NOON - 170_000 - draw(st.integers(0, 100_000))
        for step, status in enumerate(draw(st.sampled_from(PATHS))):
            raw = dossier(f"{number}-{step}", at, before, status, name=f"H-{number}", rating=draw(st.integers(1, 5)))
            made += [(raw, NOON)] * draw(st.sampled_from((1, 1, 1, 2)))
            before, at = status, at + draw(st.integers(1, 40_000))
    made += [(b"{", NOON)] * draw(st.integers(0, 2))
    made += [(reading("x", NOON), NOON)] * draw(st.integers(0, 1))
    return made


@settings(max_examples=60, deadline=None)
@given(histories(), st.data())
def test_any_split_and_any_restart_give_the_same(made: list[tuple[bytes | None, float]], data: st.DataObject) -> None:
    order = data.draw(st.permutations(made))
    cuts = data.draw(st.lists(st.integers(1, 20), max_size=6))
    whole = fold("dossier", records(order))
    for restart in (False, True):
        split = fold("dossier", records(order), cuts, restart)
        assert {name: held for name, held in split.hashes.items() if name != "pulse"} == {
            name: held for name, held in whole.hashes.items() if name != "pulse"
        }
        assert split.hashes["pulse"] == whole.hashes["pulse"] | {"highwater": split.hashes["pulse"]["highwater"]}


@settings(max_examples=60, deadline=None)
@given(histories(), st.data())
def test_little_memory_gives_the_same(made: list[tuple[bytes | None, float]], data: st.DataObject) -> None:
    """What was dropped is read again from Redis, also when a late event comes to an hour of long ago."""
    order = data.draw(st.permutations(made))
    cuts = data.draw(st.lists(st.integers(1, 20), max_size=9))
    whole = fold("dossier", records(order))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streams.partition_state.MOST_CELLS", 2)
        patch.setattr("streams.partition_state.MOST_ENTITIES", 1)
        split = fold("dossier", records(order), cuts)
    assert split.hashes | {"pulse": {}} == whole.hashes | {"pulse": {}}


@settings(max_examples=60, deadline=None)
@given(histories(), st.data())
def test_any_order_of_arrival_gives_the_same(made: list[tuple[bytes | None, float]], data: st.DataObject) -> None:
    in_order = comparable(fold("dossier", records(made)))
    shuffled = comparable(fold("dossier", records(data.draw(st.permutations(made))), [3, 5]))
    assert shuffled == in_order


@settings(max_examples=60, deadline=None)
@given(histories(), st.data())
def test_the_fold_equals_the_truth(made: list[tuple[bytes | None, float]], data: st.DataObject) -> None:
    order = data.draw(st.permutations(made))
    truth = Truth(hai_duong(), "dossier")
    refused = {b"{": "rejected:not_json", reading("x", NOON): "rejected:envelope"}
    for raw, at in order:
        truth.add(raw, at, refused=refused.get(raw or b""))
    memory = fold("dossier", records(order), data.draw(st.lists(st.integers(1, 20), max_size=4)), restart=True)
    assert differences(truth, [memory.hashes]) == []


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 7200), st.integers(-8, 60)),
        min_size=1,
        max_size=40,
        unique_by=lambda t: t[:2],
    ),
    st.lists(st.integers(1, 40), max_size=5),
    st.booleans(),
)
def test_numbers_of_readings_equal_the_truth(drawn: list[tuple[int, int, int]], cuts: list[int], restart: bool) -> None:
    made: list[tuple[bytes | None, float]] = [
        (reading(f"{station}-{back}", NOON - back, quarters / 4, station_id=f"S{station}"), NOON)
        for station, back, quarters in drawn
    ]
    truth = Truth(hai_duong(), "station_reading")
    for raw, at in made:
        truth.add(raw, at)
    assert differences(truth, [fold("station_reading", records(made), cuts, restart).hashes]) == []


def totals(memory: Memory) -> dict[str, int]:
    return {
        field.removeprefix("total:"): msgspec.msgpack.decode(value)
        for field, value in memory.hashes["pulse"].items()
        if field.startswith("total:")
    }


def test_the_same_id_counts_once_and_other_bytes_are_a_conflict() -> None:
    first, other = reading(1, NOON), reading(1, NOON, 3.0)
    memory = fold(
        "station_reading", records([(first, NOON), (first, NOON), (other, NOON), (first, NOON)]), [1, 2], True
    )
    assert totals(memory) == {"accepted": 1, "duplicate": 2, "quarantined": 1}


def test_an_id_that_was_refused_may_be_sent_again() -> None:
    memory = fold("station_reading", records([(reading(1, NOON, -9999), NOON), (reading(1, NOON, 2.0), NOON)]), [1])
    assert totals(memory) == {"quarantined": 1, "accepted": 1}


def test_a_late_event_counts_in_its_minute_and_leaves_the_entity() -> None:
    memory = fold("station_reading", records([(reading(1, NOON), NOON), (reading(2, NOON - 600, 9.0), NOON)]))
    assert totals(memory) == {"accepted": 1, "late": 1}
    assert msgspec.msgpack.decode(memory.hashes["entities"]["S1/muc_nuoc"])[9]["value"] == 2.5
    assert len(memory.hashes[f"cells:{int(NOON) // 3600 - 1}"]) == 1


def test_an_event_of_yesterday_is_late_but_the_newest_there_is() -> None:
    memory = fold("station_reading", records([(reading(1, NOON - 86_400, 4.0), NOON)]))
    assert totals(memory) == {"late": 1}
    assert msgspec.msgpack.decode(memory.hashes["entities"]["S1/muc_nuoc"])[9]["value"] == 4.0


def test_a_closed_dossier_stays_closed() -> None:
    steps = [(None, "DANG_XU_LY"), ("DANG_XU_LY", "DA_TRA"), ("DA_TRA", "TIEP_NHAN"), ("TIEP_NHAN", "DANG_XU_LY")]
    made: list[tuple[bytes | None, float]] = [
        (dossier(step, NOON + step, old, new), NOON + 10) for step, (old, new) in enumerate(steps)
    ]
    memory = fold("dossier", records(made), [1, 3], restart=True)
    assert totals(memory) == {"accepted": 2, "quarantined": 2}
    assert "open" not in memory.hashes


def numbered(number: int, at: float = NOON, value: float = 2.5, **more: Any) -> bytes:
    data = {"station_id": "S1", "metric": "muc_nuoc", "value": value, "unit": "m", "quality": "good"}
    return event("station_reading", number, at, data, "urn:vn:hai-duong:quan-trac", sequence=number, **more)


def test_what_came_of_a_source_is_kept_by_the_minute() -> None:
    beat = {"type": "vn.ioc.heartbeat.v1"}
    source, other = "urn:vn:hai-duong:quan-trac", "urn:vn:hai-duong:no-such"
    made: list[tuple[bytes | None, float]] = [
        (numbered(number, entry="manual" if number == 5 else "auto"), NOON) for number in (5, 7, 6)
    ]
    made.append(made[1])  # a duplicate is no second event
    made.append((numbered(7, value=9.0), NOON))  # nor are other bytes of a known id
    made.append((numbered(8, value=-9999), NOON))  # refused, but received
    made.append((numbered(9, NOON - 86_400), NOON))  # late
    made.append((event("station_reading", "b1", NOON, {"sent_since": 3, "last_sequence": 9}, source, **beat), NOON))
    made.append((event("station_reading", "x", NOON, {}, other), NOON))
    for cuts in ([], [2], [1, 4, 7]):
        memory = fold("station_reading", records(made), cuts, restart=True)
        assert msgspec.msgpack.decode(memory.hashes["pulse"][f"heartbeat:{source}"]) == [NOON, 9, 3]
        held = memory.hashes[f"inflow:{int(NOON) // 3600}"]
        assert {field: msgspec.msgpack.decode(value) for field, value in held.items()} == {
            f"{int(NOON) // 60}\x1f{source}": [5, 5, 9, 1, 3, 9, 1]
        }
        assert not [field for field in memory.hashes["pulse"] if field.startswith("received:")]


def test_the_newest_of_one_second_is_the_greatest_in_any_order() -> None:
    made: list[tuple[bytes | None, float]] = [(reading(number, NOON, float(number)), NOON) for number in (1, 3, 2)]
    for order in (made, made[::-1]):
        for cuts in ([], [1], [2]):
            held = fold("station_reading", records(order), cuts, restart=True).hashes[f"cells:{int(NOON) // 3600}"]
            assert [msgspec.msgpack.decode(cell)[1][0][4] for cell in held.values()] == [3.0]
