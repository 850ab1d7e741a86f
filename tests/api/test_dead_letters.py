"""The workbench over HTTP: lists, masks, replays, discards; and who may not."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI

from ioc.api import dead_letters, problem
from ioc.core.deadletter import Letter
from ioc.core.errors import DeliveryError
from ioc.live.site import LiveSite
from ioc.live.workbench import Workbench
from ioc.locales import load
from ioc.records.database import default_url
from ioc.records.dead_letters import LateDeadLetters
from tests.conftest import hai_duong
from tests.corpus.good import document, encoded
from tests.streams.records import NOON

FEED = "citizen_report"
BASE = f"/api/v1/feeds/{FEED}/dead-letters"
JSON = {"content-type": "application/json"}


class Sender:
    """Takes everything, or fails where it is told to."""

    possible = True

    def __init__(self) -> None:
        self.sent: list[tuple[Any, Any, Any]] = []
        self.fails = ""

    async def ready(self) -> None:
        if self.fails == "ready":
            raise DeliveryError("away", begun=False)

    async def deliver(self, feed: str, records: Sequence[Any], headers: Any = (), partitions: Any = ()) -> None:
        if self.fails == "deliver":
            raise DeliveryError("lost", begun=True)
        self.sent += zip(records, headers, partitions, strict=True)


def letter(number: int, head: dict[str, Any] | None = None, raw: bytes | None = None, **data: Any) -> Letter:
    found = document(FEED, number, **(head or {}))
    found["data"] |= data
    raw = encoded(found) if raw is None else raw
    return Letter(
        id=f"ioc.{FEED}-2-{number}", feed=FEED, outcome="quarantined", reason="unknown_source", raw=raw, size=len(raw),
        detail="source='urn:x' tel 0912345678", source="urn:x", event_id=f"ev-{number}", received=NOON + number,
        key=f"k-{number}".encode(), digest=f"{number:x}", kept_at=NOON,
    )  # fmt: skip


@pytest.fixture
def sender() -> Sender:
    return Sender()


@pytest.fixture
async def client(tmp_path: Path, sender: Sender) -> AsyncIterator[httpx.AsyncClient]:
    letters = LateDeadLetters(default_url(str(tmp_path)))
    site = cast(LiveSite, SimpleNamespace(profile=hai_duong(), words=load))
    bench = Workbench(hai_duong, lambda: NOON + 60, letters, sender)
    application = FastAPI()
    application.include_router(dead_letters.router(dead_letters.Desk(site, bench)))
    application.include_router(problem.router())
    made = [letter(n) for n in range(5)] + [
        letter(5, lat=106.33, lon=20.94), letter(6, {"source": "urn:x"}), letter(7, raw=b'{"reporter_phone": "091'),
    ]  # fmt: skip
    await (await letters.opened()).keep(made, {})
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8050") as opened:
        yield opened
    await letters.close()


async def _ids(client: httpx.AsyncClient, **asked: Any) -> list[str]:
    found, cursor = [], ""
    while True:
        answer = (await client.get(BASE, params={**asked, "cursor": cursor})).json()
        found += [item["id"] for item in answer["items"]]
        if not (cursor := answer["next"]):
            return found


async def test_list_pages_and_counts(client: httpx.AsyncClient) -> None:
    answer = (await client.get(BASE, params={"limit": 3})).json()
    assert [item["event_id"] for item in answer["items"]] == ["ev-7", "ev-6", "ev-5"]
    assert answer["counts"] == {
        "total": 8, "states": {"waiting": 8}, "reasons": {"unknown_source": 8}, "sources": {"urn:x": 8},
    }  # fmt: skip
    item = answer["items"][0]
    assert item["detail"] == "source='urn:x' tel •••"
    assert item["field"] == "source"
    assert item["received"] == "2025-03-12T12:00:07+07:00"
    assert {*item["message"]} == {"vi", "en"}
    assert await _ids(client, limit=3) == [f"ioc.{FEED}-2-{n}" for n in reversed(range(8))]
    assert await _ids(client, **{"from": "2025-03-12T12:00:02+07:00", "to": "2025-03-12T05:00:04Z"}) == [
        f"ioc.{FEED}-2-3", f"ioc.{FEED}-2-2",
    ]  # fmt: skip
    assert await _ids(client, reason="not_json") == []
    assert await _ids(client, source="") == []
    assert len(await _ids(client, state="any")) == 8


async def test_one_is_shown_without_personal_data(client: httpx.AsyncClient) -> None:
    found = (await client.get(f"{BASE}/ioc.{FEED}-2-5")).json()
    assert "0977000222" not in json.dumps(found)
    assert json.loads(found["sample"]["text"])["data"]["reporter_phone"] == "•••"
    assert found["verdict"]["kind"] == "mendable"
    assert found["verdict"]["mend"]["changes"][0] == {"field": "data.lat", "before": "106.33", "after": "20.94"}
    broken = (await client.get(f"{BASE}/ioc.{FEED}-2-7")).json()
    assert (broken["sample"]["kind"], broken["verdict"]["kind"]) == ("text", "refused")
    assert "091" not in broken["sample"]["text"]


async def test_replay_one_mended_and_not(client: httpx.AsyncClient, sender: Sender) -> None:
    path = f"{BASE}/ioc.{FEED}-2-5/replay"
    refused = await client.post(path, json={})
    assert (refused.status_code, refused.json()["reason"]) == (409, "refused")
    done = await client.post(path, json={"mend": True})
    assert (done.status_code, done.json()["mended"]) == (202, 1)
    [((key, raw), headers, partition)] = sender.sent
    assert (key, headers, partition) == (b"k-5", [("replay-of", f"ioc.{FEED}-2-5".encode())], 2)
    assert json.loads(raw)["data"]["lat"] == 20.94
    again = await client.post(path, json={"mend": True})
    assert (again.status_code, again.json()["reason"]) == (409, "not_waiting")
    assert len(sender.sent) == 1


async def test_replay_of_a_filter_and_its_dry_run(client: httpx.AsyncClient, sender: Sender) -> None:
    path = f"{BASE}/replay"
    foretold = (await client.post(path, json={"dry_run": True})).json()
    assert foretold == {
        "total": 8, "accepted": 5, "depends": 0, "mendable": 1, "refused": 2, "left": 0,
        "reasons": {"unknown_source": 1, "not_json": 1},
    }  # fmt: skip
    assert sender.sent == []
    one = (await client.post(path, json={"ids": [f"ioc.{FEED}-2-1"]})).json()
    assert one["sent"] == 1
    some = (await client.post(path, json={"to": "2025-03-12T12:00:03+07:00"})).json()
    assert (some["sent"], some["kept"]) == (2, 0)
    rest = (await client.post(path, json={})).json()
    assert (rest["sent"], rest["kept"]) == (2, 3)
    assert [key for (key, _), _, _ in sender.sent] == [b"k-1", b"k-0", b"k-2", b"k-3", b"k-4"]
    forced = (await client.post(path, json={"force": True})).json()
    assert forced["sent"] == 3


async def test_discard_needs_a_reason_and_can_be_undone(client: httpx.AsyncClient) -> None:
    path = f"{BASE}/ioc.{FEED}-2-1"
    assert (await client.post(f"{path}/discard", json={"reason": "  "})).json()["reason"] == "note"
    done = (await client.post(f"{path}/discard", json={"reason": "dữ liệu thử, gọi 0912345678"})).json()
    assert (done["state"], done["note"], done["decided_by"]) == ("discarded", "dữ liệu thử, gọi •••", "api")
    assert (await client.post(f"{path}/discard", json={"reason": "x"})).status_code == 409
    assert (await client.post(f"{path}/restore", json={})).json()["state"] == "waiting"
    assert (await client.post(f"{path}/restore", json={})).json()["reason"] == "not_discarded"
    assert (await client.post(f"{BASE}/discard", json={"source": "urn:x", "note": "thử"})).json() == {"discarded": 8}


@pytest.mark.parametrize(
    ("method", "path", "content", "headers", "status", "reason"),
    [
        ("GET", "/api/v1/feeds/nothing/dead-letters", "", {}, 404, "no_feed"),
        ("GET", "/api/v1/feeds/nothing/dead-letters/x", "", {}, 404, "no_feed"),
        ("GET", f"{BASE}/ioc.x-0-1", "", {}, 404, "no_letter"),
        ("GET", f"/api/v1/feeds/task/dead-letters/ioc.{FEED}-2-1", "", {}, 404, "no_letter"),
        ("GET", f"{BASE}?state=lost", "", {}, 400, "parameter"),
        ("GET", f"{BASE}?reason=' OR 1=1", "", {}, 400, "parameter"),
        ("GET", f"{BASE}?limit=0", "", {}, 400, "parameter"),
        ("GET", f"{BASE}?limit=²", "", {}, 400, "parameter"),
        ("GET", f"{BASE}?from=yesterday", "", {}, 400, "parameter"),
        ("GET", f"{BASE}?cursor=abc", "", {}, 400, "cursor"),
        ("POST", f"{BASE}/replay", "{}", {}, 415, "content_type"),
        ("POST", f"{BASE}/replay", "a=1", {"content-type": "application/x-www-form-urlencoded"}, 415, "content_type"),
        ("POST", f"{BASE}/replay", "{}", JSON | {"sec-fetch-site": "cross-site"}, 403, "cross_site"),
        ("POST", f"{BASE}/replay", "{}", JSON | {"sec-fetch-site": "same-site"}, 403, "cross_site"),
        ("POST", f"{BASE}/replay", "{}", JSON | {"origin": "http://evil.example"}, 403, "cross_site"),
        ("POST", f"{BASE}/replay", '{"reasn": "x"}', JSON, 400, "body"),
        ("POST", f"{BASE}/replay", "[" * 5000, JSON, 400, "body"),
        ("POST", f"{BASE}/replay", " " * 70_000, JSON, 413, "body"),
        ("POST", f"{BASE}/ioc.x-0-1/discard", '{"reason": "x"}', JSON, 404, "no_letter"),
    ],
)  # fmt: skip
async def test_problems(
    client: httpx.AsyncClient,
    sender: Sender,
    method: str,
    path: str,
    content: str,
    headers: Any,
    status: int,
    reason: str,
) -> None:
    answer = await client.request(method, path, content=content.encode(), headers=headers)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["message"]["vi"]
    assert sender.sent == []


async def test_kafka_away_and_lost(client: httpx.AsyncClient, sender: Sender) -> None:
    sender.fails = "ready"
    away = await client.post(f"{BASE}/replay", json={})
    assert (away.status_code, away.json()["reason"], away.headers["retry-after"]) == (503, "not_sent", "5")
    assert len(await _ids(client)) == 8
    sender.fails = "deliver"
    lost = await client.post(f"{BASE}/replay", json={})
    assert (lost.status_code, lost.json()["reason"]) == (503, "no_kafka")
    assert len(await _ids(client, state="replaying")) == 5


async def test_without_a_database(sender: Sender) -> None:
    site = cast(LiveSite, SimpleNamespace(profile=hai_duong(), words=load))
    bench = Workbench(hai_duong, lambda: NOON, LateDeadLetters(""), sender)
    application = FastAPI()
    application.include_router(dead_letters.router(dead_letters.Desk(site, bench)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=application), base_url="http://x") as client:
        assert (await client.get(BASE)).json()["reason"] == "no_database"
