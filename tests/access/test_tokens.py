"""The token matrix: which Authorization holds, for how long, and what a token may do."""

from __future__ import annotations

import msgspec
import pytest

from ioc.access.tokens import BELIEVED, SEND_EVENTS, Bearers, DeniedError, make, may_be, may_send
from ioc.core.errors import EngineError
from ioc.records.tokens import Token

NOW = 1_800_000_000.0
ALLOWED = ["urn:vn:x:a", "urn:vn:x:b"]


class Memory:
    """Tokens without a database; counts what it is asked."""

    def __init__(self, *tokens: Token) -> None:
        self.tokens = {token.id: token for token in tokens}
        self.asked = 0
        self.broken = False

    async def find(self, name: str) -> Token | None:
        self.asked += 1
        return self.tokens.get(name)

    async def used(self, name: str, now: float) -> None:
        if self.broken:
            raise EngineError("no database")
        self.tokens[name] = msgspec.structs.replace(self.tokens[name], last_used=int(now))


class Time:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def of(
    scopes: tuple[str, ...] = (SEND_EVENTS,), feeds: tuple[str, ...] = (), sources: tuple[str, ...] = ()
) -> tuple[Token, str]:
    return make("so-yt", "test", scopes, feeds, sources, NOW, 1)


async def denied(bearers: Bearers, authorization: str | None) -> tuple[str, bool]:
    with pytest.raises(DeniedError) as caught:
        await bearers.holder(authorization, SEND_EVENTS)
    return caught.value.reason, caught.value.known


async def test_which_authorization_holds() -> None:
    token, shown = of()
    other, stranger = of()
    bearers = Bearers(Memory(token), Time())
    assert await bearers.holder(f"Bearer {shown}", SEND_EVENTS) == token
    assert await bearers.holder(f"bearer  {shown} ", SEND_EVENTS) == token
    for nothing in (None, "", "Bearer", "Bearer ", shown, f"Basic {shown}"):
        assert await denied(bearers, nothing) == ("no_token", False)
    mixed = f"ioc_{token.id}_{stranger.split('_', 2)[2]}"
    for bad in ("x", stranger, mixed, shown[:-1], shown + "A", f"ioc_{token.id}_", "Bearer " + shown, "é" * 60):
        assert await denied(bearers, f"Bearer {bad}") == ("bad_token", False)
    assert other.id != token.id


async def test_a_token_expires() -> None:
    token, shown = of()
    time = Time()
    bearers = Bearers(Memory(token), time)
    time.now = token.expires - 0.5
    assert await bearers.holder(f"Bearer {shown}", SEND_EVENTS) == token
    time.now = token.expires
    assert await denied(bearers, f"Bearer {shown}") == ("expired_token", False)


async def test_a_revoked_token_ends_within_seconds() -> None:
    token, shown = of()
    memory, time = Memory(token), Time()
    bearers = Bearers(memory, time)
    for _ in range(100):
        await bearers.holder(f"Bearer {shown}", SEND_EVENTS)
    assert memory.asked == 1
    memory.tokens[token.id] = msgspec.structs.replace(token, revoked=int(NOW))
    time.now += BELIEVED
    assert await denied(bearers, f"Bearer {shown}") == ("revoked_token", False)


async def test_a_token_that_was_unknown_is_found_once_it_is_made() -> None:
    token, shown = of()
    memory, time = Memory(), Time()
    bearers = Bearers(memory, time)
    assert await denied(bearers, f"Bearer {shown}") == ("bad_token", False)
    memory.tokens[token.id] = token
    time.now += BELIEVED
    assert await bearers.holder(f"Bearer {shown}", SEND_EVENTS) == token


async def test_a_clock_that_is_set_back_believes_nothing() -> None:
    token, shown = of()
    memory, time = Memory(token), Time()
    bearers = Bearers(memory, time)
    await bearers.holder(f"Bearer {shown}", SEND_EVENTS)
    time.now -= 3600
    await bearers.holder(f"Bearer {shown}", SEND_EVENTS)
    assert memory.asked == 2


async def test_a_token_without_the_scope_is_known_but_may_not() -> None:
    token, shown = of(scopes=("something:else",))
    assert await denied(Bearers(Memory(token), Time()), f"Bearer {shown}") == ("scope", True)


async def test_use_is_noted_beside_the_request(caplog: pytest.LogCaptureFixture) -> None:
    token, shown = of()
    memory, time = Memory(token), Time()
    bearers = Bearers(memory, time)
    held = await bearers.holder(f"Bearer {shown}", SEND_EVENTS)
    for _ in range(3):
        bearers.note(held)
    await bearers.settled()
    assert (await bearers.holder(f"Bearer {shown}", SEND_EVENTS)).last_used == int(NOW)
    memory.broken = True
    time.now += 100
    bearers.note(held)
    await bearers.settled()
    assert "isn't noted" in caplog.text


@pytest.mark.parametrize(
    ("feeds", "sources", "feed", "source", "good"),
    [
        ((), (), "task", "urn:vn:x:a", (True, True)),
        (("task",), ("urn:vn:x:a",), "task", "urn:vn:x:a", (True, True)),
        (("task",), ("urn:vn:x:a",), "task", "urn:vn:x:b", (True, False)),
        (("task",), ("urn:vn:x:a",), "dossier", "urn:vn:x:a", (False, True)),
        ((), (), "task", "urn:vn:x:stranger", (True, False)),
        ((), ("urn:vn:x:stranger",), "task", "urn:vn:x:stranger", (True, False)),
        ((), (), "task", "", (True, False)),
    ],
)
def test_where_a_token_may_send(
    feeds: tuple[str, ...], sources: tuple[str, ...], feed: str, source: str, good: tuple[bool, bool]
) -> None:
    token, _ = of(feeds=feeds, sources=sources)
    assert (may_send(token, feed), may_be(token, source, ALLOWED)) == good
