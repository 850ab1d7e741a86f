"""The journal: exactly the lines that were written, chained; states folded from them; nothing changed unnoticed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest
from sqlalchemy import delete, insert, select, text, update

from ioc.core.alert import Alert, Kind, Refused, Transition, after
from ioc.core.detector import Track
from ioc.records.journal import Journal, Wish, connect
from ioc.records.schema import ALERTS, JOURNAL, JOURNAL_HEAD

NOW = 1_741_755_600.0


@pytest.fixture
async def journal(database_url: str) -> AsyncIterator[Journal]:
    async with await connect(database_url) as opened:
        yield opened


def begun(name: str, at: float = NOW, **changed: Any) -> Wish:
    fields = {"id": name, "source": "rule", "rule": "r", "subject": name, "priority": "high", "since": at - 60}
    alert = msgspec.convert({**fields, "title": {"vi": "Vượt mức", "en": "Over"}, **changed}, Alert)
    return Wish(step=Transition(id=f"{name}/raised", alert=name, kind="raised", at=at, value=6.5), begins=alert)


def act(name: str, kind: Kind, at: float = NOW, version: int | None = None, **more: Any) -> Wish:
    step = {
        "id": f"{name}/{kind}/{at}",
        "alert": name,
        "kind": kind,
        "at": at,
        "actor": "trực ban",
        "text": "vì",
        **more,
    }
    return Wish(step=msgspec.convert(step, Transition), version=version)


async def test_what_is_written_stands_and_is_no_second_time(journal: Journal) -> None:
    for _ in range(3):
        [answer] = await journal.write([begun("a")], NOW)
        assert answer.alert is not None
        assert (answer.alert.state, answer.refused) == ("unacknowledged", "")
    assert [alert.id for alert in await journal.standing()] == ["a"]
    assert len(await journal.lines()) == 1
    assert await journal.verify() == []


async def test_two_at_once_never_overwrite_each_other(journal: Journal) -> None:
    await journal.write([begun("a")], NOW)
    wishes = [act("a", "acknowledged", NOW + at, version=1, actor=f"trực ban {at}") for at in range(5)]
    answers = [answer for [answer] in await asyncio.gather(*(journal.write([wish], NOW) for wish in wishes))]
    assert sorted(answer.refused for answer in answers) == ["", *["changed_meanwhile"] * 4]
    assert all(
        answer.alert and answer.alert.state == "acknowledged" for answer in answers
    )  # the second gets the new state
    assert len(await journal.lines("a")) == 2


async def test_one_refusal_leaves_the_others(journal: Journal) -> None:
    answers = await journal.write(
        [begun("a"), act("b", "acknowledged"), begun("c"), act("c", "unshelved"), act("a", "acknowledged")], NOW
    )
    assert [answer.refused for answer in answers] == ["", "unknown", "", "not_shelved", ""]
    assert [line.step.id for _, line in await journal.lines()] == ["a/raised", "c/raised", f"a/acknowledged/{NOW}"]
    assert await journal.verify() == []


async def test_a_thousand_are_acknowledged_at_once(journal: Journal) -> None:
    names = [f"a{number}" for number in range(1_000)]
    await journal.write([begun(name) for name in names], NOW)
    answers = await journal.write([act(name, "acknowledged", version=1) for name in names], NOW)
    assert not any(answer.refused for answer in answers)
    assert {alert.state for alert in await journal.standing()} == {"acknowledged"}
    assert await journal.verify() == []


async def test_detectors_remember_with_the_lines(journal: Journal) -> None:
    track = Track(active=True, beyond=True, at=NOW, value=6.5)
    await journal.write([begun("a")], NOW, {("r", "a"): track, ("r", "b"): Track()})
    await journal.write([], NOW, {("r", "b"): track})
    assert await journal.tracks() == {("r", "a"): track, ("r", "b"): track}


async def _filled(journal: Journal) -> None:
    await journal.write([begun(name) for name in "abc"], NOW)
    await journal.write([act("a", "acknowledged"), act("b", "noted"), act("c", "cleared")], NOW)


async def _flip(connection: Any) -> None:
    body = bytearray(await connection.scalar(select(JOURNAL.c.body).where(JOURNAL.c.seq == 3)))
    body[random.Random(3).randrange(len(body))] ^= 1
    await connection.execute(update(JOURNAL).where(JOURNAL.c.seq == 3).values(body=bytes(body)))


async def _swap(connection: Any) -> None:
    for old, new in ((3, 99), (4, 3), (99, 4)):
        await connection.execute(update(JOURNAL).where(JOURNAL.c.seq == old).values(seq=new))


async def _insert(connection: Any) -> None:
    row = dict((await connection.execute(select(JOURNAL).where(JOURNAL.c.seq == 6))).one()._mapping)
    await connection.execute(insert(JOURNAL), {**row, "seq": 7, "id": "more"})
    await connection.execute(update(JOURNAL_HEAD).values(seq=7))


TAMPERED: dict[str, Callable[[Any], Any]] = {
    "one flipped bit": _flip,
    "a deleted line": lambda on: on.execute(delete(JOURNAL).where(JOURNAL.c.seq == 3)),
    "lines in another order": _swap,
    "a line cut off": lambda on: on.execute(delete(JOURNAL).where(JOURNAL.c.seq == 6)),
    "a line put in": _insert,
    "another actor": lambda on: on.execute(update(JOURNAL).where(JOURNAL.c.seq == 4).values(actor="ai đó")),
    "a state that doesn't follow": lambda on: on.execute(
        update(ALERTS).where(ALERTS.c.id == "a").values(body=select(ALERTS.c.body).where(ALERTS.c.id == "b").scalar_subquery())
    ),
}  # fmt: skip


@pytest.mark.parametrize("tampered", TAMPERED)
async def test_what_is_tampered_with_is_found(journal: Journal, tampered: str) -> None:
    await _filled(journal)
    assert await journal.verify() == []
    async with journal._engine.begin() as connection:
        await TAMPERED[tampered](connection)
    assert await journal.verify() != []


async def test_a_cut_that_mends_the_head_is_found_by_an_anchor(journal: Journal) -> None:
    await _filled(journal)
    anchor = await journal.anchor()
    async with journal._engine.begin() as connection:
        await connection.execute(delete(JOURNAL).where(JOURNAL.c.seq == 6))
        await connection.execute(
            text("UPDATE journal_head SET seq = 5, digest = (SELECT digest FROM journal WHERE seq = 5)")
        )
    assert [fault.what for fault in await journal.verify([anchor])] == ["cut"]


async def test_states_are_those_of_the_pure_machine(journal: Journal) -> None:
    chance, alerts = random.Random(7), {}
    kinds: list[Kind] = [
        "acknowledged",
        "shelved",
        "unshelved",
        "cleared",
        "changed",
        "noted",
        "closed",
        "out_of_service",
    ]
    for turn in range(60):
        wishes = []
        for _ in range(5):
            name = f"a{chance.randrange(8)}"
            kind = chance.choice(kinds)
            wish = (
                begun(name)
                if name not in alerts and chance.random() < 0.5
                else act(
                    name,
                    kind,
                    NOW + turn * 10 + chance.random(),
                    until=NOW + turn * 10 + 3600,
                    priority=chance.choice(["low", "critical"]),
                )
            )
            wishes.append(wish)
        for wish, answer in zip(wishes, await journal.write(wishes, NOW + turn), strict=True):
            before = alerts.get(wish.step.alert) or wish.begins
            try:
                wanted = after(before, wish.step) if before else None
            except Refused:
                wanted = before if wish.step.alert in alerts else None
            if wanted is not None:
                alerts[wish.step.alert] = wanted
            assert answer.alert == alerts.get(wish.step.alert)
    assert await journal.verify() == []
    for name, alert in alerts.items():
        assert await journal.alert(name) == alert
