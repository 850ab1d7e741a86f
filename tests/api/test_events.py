"""The webhook's route: who may send, how much, what is answered, and what reaches Kafka."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
import pytest
from fastapi import FastAPI

from ioc.access.tokens import SEND_EVENTS, Bearers, make
from ioc.api import events
from ioc.core.bucket import Buckets
from ioc.core.errors import EngineError
from ioc.locales import load
from ioc.records.tokens import Token
from streams.sources.webhook import Webhook
from tests.conftest import hai_duong
from tests.corpus.good import SOURCES, cap, document, encoded, event
from tests.streams.records import NOON

WORDS = {language: load(language) for language in ("vi", "en")}
ROUTE = "/api/v1/feeds/{}/events"
JSON = {"content-type": "application/cloudevents+json"}
BATCH = {"content-type": "application/cloudevents-batch+json"}


class Site:
    profile = hai_duong()

    def words(self, language: str) -> Any:
        return WORDS[language]


class Log:
    """Kafka without Kafka. ``down``: nothing is acknowledged; ``gate``: only once it is set."""

    def __init__(self) -> None:
        self.records: list[tuple[str, str | None, bytes]] = []
        self.down = False
        self.gate: asyncio.Event | None = None

    async def deliver(self, feed: str, records: Sequence[Any], headers: Sequence[Any] = ()) -> None:
        if self.gate:
            await self.gate.wait()
        if self.down:
            raise EngineError("no Kafka")
        self.records += [(feed, key, value) for key, value in records]


class Tokens:
    """Tokens without a database."""

    def __init__(self) -> None:
        self.tokens: dict[str, Token] = {}
        self.down = False

    async def find(self, name: str) -> Token | None:
        if self.down:
            raise EngineError("no database")
        return self.tokens.get(name)

    async def used(self, name: str, now: float) -> None:
        self.tokens[name] = msgspec.structs.replace(self.tokens[name], last_used=int(now))


class Time:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Centre:
    """One desk and what surrounds it."""

    def __init__(self, client: httpx.AsyncClient, log: Log, tokens: Tokens, time: Time) -> None:
        self.client, self.log, self.tokens, self.time = client, log, tokens, time
        self.headers = self.token()

    def token(
        self, feeds: Sequence[str] = (), sources: Sequence[str] = (), scope: str = SEND_EVENTS, days: int = 9
    ) -> dict[str, str]:
        token, shown = make("so-yt", "test", [scope], feeds, sources, self.time.now, days)
        self.tokens.tokens[token.id] = token
        return {"authorization": f"Bearer {shown}"}

    async def post(self, feed: str, body: Any, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(ROUTE.format(feed), content=body, headers=self.headers | JSON | named)


@asynccontextmanager
async def running(rate: float = 200, burst: int = 2000) -> AsyncIterator[Centre]:
    log, tokens, time = Log(), Tokens(), Time()
    intake = Webhook(hai_duong, lambda: NOON)
    desk = events.Desk(Site(), Bearers(tokens, time), Buckets(rate, burst), intake, log, time)  # type: ignore[arg-type]
    server = FastAPI()
    server.include_router(events.router(desk))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://127.0.0.1") as client:
        yield Centre(client, log, tokens, time)
    intake.close()


def problem(answer: httpx.Response, status: int, reason: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert (found["status"], found["reason"]) == (status, reason)
    assert found["detail"] == found["message"]["en"]
    assert all(found[part][language] for part in ("message", "next") for language in ("vi", "en"))
    return found


async def test_a_good_event_is_in_kafka_before_the_answer() -> None:
    async with running() as centre:
        centre.log.gate = asyncio.Event()
        answering = asyncio.create_task(centre.post("task", event("task", 1)))
        await asyncio.sleep(0.1)
        assert not answering.done()
        centre.log.gate.set()
        answer = await answering
        assert (answer.status_code, answer.json()) == (202, {"results": [{"id": "ev-task-1", "outcome": "accepted"}]})
        assert centre.log.records == [("task", "task-1", event("task", 1))]
        assert answer.headers["ratelimit-policy"] == '"events";q=2000;w=10'
        assert answer.headers["ratelimit"] == '"events";r=1999;t=1'
        again = await centre.post("task", event("task", 1))
        assert again.status_code == 202
        assert centre.log.records[0] == centre.log.records[1]


async def test_a_rejected_event_is_told_and_not_sent() -> None:
    async with running() as centre:
        bad = document("task", 1)
        bad["data"]["progress"] = 120
        found = problem(await centre.post("task", encoded(bad)), 422, "number_out_of_range")
        assert (found["field"], found["found"]) == ("progress", "progress=120 wanted=0..100")
        assert found["next"]["vi"] == WORDS["vi"]("states.reason_next.number_out_of_range")
        assert found["results"][0]["id"] == "ev-task-1"
        assert centre.log.records == []


async def test_a_quarantined_event_is_sent_and_told() -> None:
    async with running() as centre:
        odd = document("task", 1)
        odd["data"]["status"] = "LOST"
        answer = await centre.post("task", encoded(odd))
        assert answer.status_code == 202
        [result] = answer.json()["results"]
        assert (result["outcome"], result["reason"], result["field"]) == ("quarantined", "unknown_enum", "status")
        assert len(centre.log.records) == 1


async def test_the_good_ones_of_a_batch_are_sent() -> None:
    async with running() as centre:
        body = b"[" + b",".join([event("task", 1), b"{}", event("task", 2)]) + b"]"
        answer = await centre.post("task", body, **BATCH)
        assert answer.status_code == 202
        outcomes = [(result["id"], result["outcome"]) for result in answer.json()["results"]]
        assert outcomes == [("ev-task-1", "accepted"), ("", "rejected"), ("ev-task-2", "accepted")]
        assert [key for _, key, _ in centre.log.records] == ["task-1", "task-2"]
        found = problem(await centre.post("task", b"[{},{}]", **BATCH), 422, "envelope")
        assert len(found["results"]) == 2
        assert (await centre.post("task", b"[]", **BATCH)).json() == {"results": []}


async def test_compressed_bodies_and_warnings() -> None:
    async with running() as centre:
        assert (await centre.post("task", gzip.compress(event("task", 1)), content_encoding="gzip")).status_code == 202
        centre.headers = centre.token(["cap_alert"], [SOURCES["cap_alert"]])
        answer = await centre.post("cap_alert", cap(1).encode(), content_type="application/cap+xml")
        assert answer.json() == {"results": [{"id": "cap_alert-1", "outcome": "accepted"}]}
        centre.headers = centre.token(["cap_alert"])  # two sources: which one?
        answer = await centre.post("cap_alert", cap(1).encode(), content_type="application/cap+xml")
        assert problem(answer, 422, "envelope")["field"] == "source"


@pytest.mark.parametrize(
    ("body", "headers", "status", "reason"),
    [
        (b"x" * (4 * 1024 * 1024 + 1), {}, 413, "body_too_large"),
        (gzip.compress(bytes(30_000_000)), {"content-encoding": "gzip"}, 413, "body_too_large"),
        (b"[" + b",".join([b"{}"] * 1001) + b"]", BATCH, 413, "too_many"),
        (b"{}", {"content-encoding": "br"}, 415, "unsupported_encoding"),
        (b"{}", {"content-encoding": "gzip"}, 400, "bad_compression"),
        (b"{}", {"content-type": "text/html"}, 415, "unsupported_type"),
        (b"", {}, 422, "null_value"),
        (b"[" * 100_000, BATCH, 422, "too_deep"),
        (b'{"a":' * 50_000, {}, 422, "too_deep"),
        (b"{} {}", {}, 422, "trailing_data"),
        (b"\xff\xfe{\x00}\x00", {}, 422, "bad_encoding"),
        (b"{}", {"content-type": "application/json; charset=utf-16"}, 422, "bad_encoding"),
        (encoded(document("task", 1, id="x" * 100_000)), {}, 422, "bad_id"),
        (encoded(document("task", 1) | {"pad": "x" * 300_000}), {}, 422, "too_large"),
    ],
    ids=lambda part: str(part)[:24],
)
async def test_hostile_bodies(body: bytes, headers: dict[str, str], status: int, reason: str) -> None:
    async with running() as centre:
        problem(await centre.post("task", body, **headers), status, reason)
        assert centre.log.records == []
        assert (await centre.post("task", event("task", 1))).status_code == 202


async def test_who_may_send() -> None:
    async with running() as centre:
        raw = event("task", 1)
        good = centre.headers
        for headers, status, reason in (
            ({"authorization": ""}, 401, "no_token"),
            ({"authorization": "Basic eDp5"}, 401, "no_token"),
            ({"authorization": "Bearer nothing"}, 401, "bad_token"),
            (
                {"authorization": good["authorization"][:-1] + ("A" if good["authorization"][-1] != "A" else "B")},
                401,
                "bad_token",
            ),
            (centre.token(days=0), 401, "expired_token"),
            (centre.token(scope="other"), 403, "scope"),
            (centre.token(["dossier"]), 403, "forbidden_feed"),
            (centre.token(["task"], ["urn:vn:hai-duong:y-te"]), 403, "forbidden_source"),
        ):
            centre.headers = headers
            answer = await centre.post("task", raw)
            problem(answer, status, reason)
            assert ("www-authenticate" in answer.headers) == (status == 401)
        centre.headers = good
        problem(await centre.post("nothing", raw), 404, "no_feed")
        problem(await centre.post("task", encoded(document("task", 1, source="urn:vn:x:y"))), 403, "forbidden_source")
        assert centre.log.records == []
        centre.headers = centre.token(["task"], [SOURCES["task"]])
        assert (await centre.post("task", raw)).status_code == 202


async def test_a_revoked_token_ends_at_once_and_its_use_is_noted() -> None:
    async with running() as centre:
        assert (await centre.post("task", event("task", 1))).status_code == 202
        await asyncio.sleep(0)
        [token] = centre.tokens.tokens.values()
        assert token.last_used == int(centre.time.now)
        centre.tokens.tokens[token.id] = msgspec.structs.replace(token, revoked=1)
        centre.time.now += 5
        problem(await centre.post("task", event("task", 1)), 401, "revoked_token")


async def test_a_sender_is_slowed_down_and_others_are_not() -> None:
    async with running(rate=2, burst=4) as centre:
        batch = b"[" + b",".join(event("task", number) for number in range(3)) + b"]"
        assert (await centre.post("task", batch, **BATCH)).headers["ratelimit"] == '"events";r=1;t=2'
        answer = await centre.post("task", batch, **BATCH)
        problem(answer, 429, "too_fast")
        assert answer.headers["retry-after"] == "1"
        assert (await centre.post("task", event("task", 1))).status_code == 202
        answer = await centre.post("task", event("task", 1))
        problem(answer, 429, "too_fast")
        first, centre.headers = centre.headers, centre.token()
        assert (await centre.post("task", batch, **BATCH)).status_code == 202
        centre.headers = first
        centre.time.now += float(answer.headers["retry-after"])
        assert (await centre.post("task", event("task", 1))).status_code == 202
        assert len(centre.log.records) == 8


async def test_nonsense_costs_as_well() -> None:
    async with running(rate=1, burst=2) as centre:
        for _ in range(2):
            problem(await centre.post("task", b"{"), 422, "not_json")
        problem(await centre.post("task", b"{"), 429, "too_fast")


async def test_requests_at_once_are_bounded() -> None:
    async with running() as centre:
        centre.log.gate = asyncio.Event()
        waiting = [asyncio.create_task(centre.post("task", event("task", 1))) for _ in range(events.MOST_OF_ONE)]
        await asyncio.sleep(0.2)
        answer = await centre.post("task", event("task", 1))
        problem(answer, 429, "busy")
        assert answer.headers["retry-after"] == "1"
        first, centre.headers = centre.headers, centre.token()
        other = asyncio.create_task(centre.post("task", event("task", 2)))
        await asyncio.sleep(0.05)
        centre.log.gate.set()
        assert [(await each).status_code for each in (*waiting, other)] == [202] * (events.MOST_OF_ONE + 1)
        centre.headers = first
        assert (await centre.post("task", event("task", 1))).status_code == 202


async def test_without_kafka_or_a_database_the_sender_tries_again() -> None:
    async with running() as centre:
        centre.log.down = True
        answer = await centre.post("task", event("task", 1))
        problem(answer, 503, "no_kafka")
        assert answer.headers["retry-after"] == "5"
        centre.log.down = False
        assert (await centre.post("task", event("task", 1))).status_code == 202
        centre.tokens.down = True
        centre.time.now += 6
        answer = await centre.post("task", event("task", 1))
        problem(answer, 503, "no_database")
        assert answer.headers["retry-after"] == "5"


async def test_binary_mode() -> None:
    async with running() as centre:
        found = document("task", 1)
        attributes = {
            f"ce-{name}": str(value) for name, value in found.items() if name not in ("data", "datacontenttype")
        }
        answer = await centre.post("task", encoded(found["data"]), content_type="application/json", **attributes)
        assert answer.json() == {"results": [{"id": "ev-task-1", "outcome": "accepted"}]}
        assert json.loads(centre.log.records[0][2]) == found
