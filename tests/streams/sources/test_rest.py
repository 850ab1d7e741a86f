"""REST sources against a real server: pages, cursors, restarts, and servers that mean harm."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from streams.sources.fetch import Fetcher, HttpOptions, next_link, retry_after
from streams.sources.secret import Secrets
from tests.streams.sources.desk import desk, once
from tests.streams.sources.web import serving

MAPPING: dict[str, Any] = {
    "id": "{code}-{at}",
    "time": {"path": "at", "format": "unix"},
    "fields": {
        "station_id": "code", "metric": {"const": "muc_nuoc"}, "value": {"path": "cm", "scale": 0.01},
        "unit": {"const": "m"}, "quality": {"const": "good"},
    },
}  # fmt: skip
AT = 1_725_700_000


def _item(number: int) -> dict[str, Any]:
    return {"code": "pha-lai", "at": AT + number, "cm": 500 + number}


def _ids(events: list[dict[str, Any]]) -> list[str]:
    return [event["id"] for event in events]


async def test_pages_by_link_and_the_time_of_the_newest(tmp_path: Path) -> None:
    items = [_item(number) for number in range(7)]

    def page(request: Request) -> Response:
        since, number = int(request.query_params.get("from", 0)), int(request.query_params.get("page", 1))
        new = [item for item in items if item["at"] >= since]
        part = new[(number - 1) * 3 : number * 3]
        more = f"/list?from={since}&page={number + 1}" if number * 3 < len(new) else None
        return JSONResponse({"data": part, "links": {"next": more}})

    options = {
        "every": "0.05s", "items": "data", "pages": {"next": "links.next"},
        "since": {"param": "from", "path": "at", "format": "unix", "overlap": "1s"},
    }  # fmt: skip
    async with serving() as web, desk(tmp_path) as office:
        web.answers["/list"] = page
        options["url"] = f"{web.url}/list"
        line = office.line("rest", options, mapping=MAPPING)
        await office.until(lambda: len(line.events) >= 7, line)
        assert _ids(line.events[:7]) == [f"pha-lai-{AT + number}" for number in range(7)]
        assert line.events[6]["data"]["value"] == 5.06
        items.append(_item(60))
        again = office.line("rest", options, mapping=MAPPING)
        await office.until(lambda: _ids(again.events)[-1:] == [f"pha-lai-{AT + 60}"], again)
        # After a restart only what may be new is asked for, with the overlap.
        assert _ids(again.events)[:3] == [f"pha-lai-{AT + number}" for number in (5, 6, 60)]


async def test_a_cursor_moves_only_after_kafka_has_acknowledged(tmp_path: Path) -> None:
    items = [_item(number) for number in range(10)]

    def page(request: Request) -> Response:
        first = int(request.query_params.get("cursor", 0))
        return JSONResponse({"data": items[first : first + 4], "next": min(first + 4, len(items))})

    async with serving() as web, desk(tmp_path) as office:
        web.answers["/list"] = page
        options = {"url": f"{web.url}/list", "every": "0.05s", "items": "data",
                   "cursor": {"path": "next", "param": "cursor"}}  # fmt: skip
        line = office.line("rest", options, mapping=MAPPING)
        line.fails, line.lost = 2, 1  # Kafka is away twice, and once its answer is lost
        await office.until(lambda: len(set(_ids(line.events))) == 10, line)
        assert line.status.errors == 3
        # What was sent twice is the same bytes under the same id.
        by_id: dict[str, set[bytes]] = {}
        for event, raw in zip(line.records, line.raw, strict=True):
            by_id.setdefault(event["id"], set()).add(raw)
        assert {len(raws) for raws in by_id.values()} == {1}
        assert await office.cursors.read("rest-source") == {"cursor": "10", "newest": None}
        web.requests.clear()
        again = office.line("rest", options, mapping=MAPPING)
        await office.until(lambda: len(web.requests) > 0 and again.live, again)
        assert again.events == []
        assert web.requests[0].query_params["cursor"] == "10"


async def test_a_source_that_fails_is_silent_and_says_why(tmp_path: Path) -> None:
    state = {"status": 500}

    def page(_: Request) -> Response:
        return JSONResponse([_item(1)], status_code=state["status"])

    async with serving() as web, desk(tmp_path) as office:
        web.answers["/list"] = page
        line = office.line("rest", {"url": f"{web.url}/list", "every": "0.05s"}, mapping=MAPPING)
        running = asyncio.create_task(office.until(lambda: line.live, line))
        await once(lambda: line.status.errors >= 2)
        assert (line.status.state, line.records) == ("failing", [])
        assert "answered 500" in line.status.last_error
        state["status"] = 200
        await running
        assert [beat["data"] for beat in line.beats] == [{"last_sequence": None, "sent_since": 0}]
        told = (await office.cursors.statuses())["rest-source"]
        assert (told.state, told.sent >= 1, told.newest) == ("stopped", True, float(AT + 1))


async def test_one_that_fails_never_stops_the_others(tmp_path: Path) -> None:
    async with serving() as web, desk(tmp_path) as office:
        web.answers["/list"] = lambda _: JSONResponse([_item(len(web.requests))])
        good = office.line("rest", {"url": f"{web.url}/list", "every": "0.05s"}, mapping=MAPPING, id="good")
        bad = office.line("rest", {"url": f"{web.url}/none", "every": "0.05s"}, mapping=MAPPING, id="bad")
        broken = office.line("rest", {"url": "http://127.0.0.1:1/x", "every": "0.05s"}, mapping=MAPPING, id="broken")
        lines = (good, bad, broken)
        await office.until(lambda: len(good.events) > 3 and all(line.status.errors > 1 for line in lines[1:]), *lines)
        assert good.status.errors == 0


async def test_signs_of_life_count_what_is_new(tmp_path: Path) -> None:
    """A list that is read whole each time sends each object once, and one that changed once more."""
    items = [_item(1)]
    async with serving() as web, desk(tmp_path) as office:
        web.answers["/list"] = lambda _: JSONResponse(items)
        line = office.line("rest", {"url": f"{web.url}/list", "every": "0.02s"}, mapping={**MAPPING, "id": ""})
        line.beat_every = 0.1
        running = asyncio.create_task(office.until(lambda: len(line.beats) >= 6, line))
        await once(lambda: len(line.beats) >= 1)
        items.append(_item(2))
        await once(lambda: len(line.beats) >= 3)
        items[1] = {**items[1], "cm": 700}
        await running
        assert [event["data"]["value"] for event in line.events] == [5.01, 5.02, 7.0]
        assert (
            sum(beat["data"]["sent_since"] for beat in line.beats) == 2
        )  # the first may have been sent before a restart
        assert line._skipped["repeated"] > 3


async def test_tokens_come_from_files_and_go_to_one_host_only(tmp_path: Path) -> None:
    async with serving() as web, serving() as other, desk(tmp_path) as office:
        (office.secrets / "token").write_text("s3cret\n")
        web.answers["/list"] = lambda _: RedirectResponse(f"{other.url}/list")
        other.answers["/list"] = lambda _: JSONResponse([_item(1)])
        options = {"url": f"{web.url}/list", "every": "0.05s", "auth": {"secret": "token"},
                   "hosts": [f"127.0.0.1:{other.port}"]}  # fmt: skip
        line = office.line("rest", options, mapping=MAPPING)
        await office.until(lambda: len(line.events) > 0, line)
        assert web.requests[0].headers["authorization"] == "Bearer s3cret"
        assert "authorization" not in other.requests[0].headers


async def test_a_missing_secret_says_its_name_only(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        options = {"url": "http://127.0.0.1:1/", "every": "0.05s", "auth": {"secret": "absent"}}
        line = office.line("rest", options, mapping=MAPPING)
        await office.until(lambda: line.status.errors > 0, line)
        assert "'absent' can't be read from IOC_SECRETS_DIR" in line.status.last_error


async def _endless() -> AsyncIterator[bytes]:
    while True:
        yield b"[" + b" " * 65_536
        await asyncio.sleep(0)


async def _dripping() -> AsyncIterator[bytes]:
    while True:
        yield b" "
        await asyncio.sleep(0.05)


def _loop(request: Request) -> Response:
    other = {"a": "b", "b": "a"}[request.url.path[1:]]
    return JSONResponse({"data": [], "next": f"/{other}"})


HARM: dict[str, tuple[Any, str]] = {
    "giant page": (lambda _: StreamingResponse(_endless()), "more than 8388608 bytes"),
    "dripping page": (lambda _: StreamingResponse(_dripping()), "no whole answer in 1 s"),
    "another host": (lambda _: RedirectResponse("http://169.254.169.254/latest/meta-data"), "isn't named in 'hosts'"),
    "another port": (lambda _: RedirectResponse("http://127.0.0.1:6379/"), "isn't named in 'hosts'"),
    "another scheme": (lambda _: RedirectResponse("file:///etc/passwd"), "scheme isn't allowed"),
    "redirects without end": (lambda request: RedirectResponse(str(request.url)), "redirects"),
    "compressed": (lambda _: Response(b"x", headers={"content-encoding": "gzip"}), "compressed"),
    "no JSON": (lambda _: Response("<html>"), "didn't answer JSON"),
    "too deep": (lambda _: Response("[" * 50_000), "didn't answer JSON"),
    "no list": (lambda _: JSONResponse({"data": {"a": 1}}), "no list at 'data'"),
    "pages in a circle": (_loop, "lead back"),
    "pages without end": (
        lambda request: JSONResponse({"data": [], "next": f"/a?n={len(str(request.url))}{request.url.query}"}),
        "more than 5 pages",
    ),
}


@pytest.mark.parametrize("name", HARM)
async def test_harm(name: str, tmp_path: Path) -> None:
    answer, reason = HARM[name]
    async with serving() as web, desk(tmp_path) as office:
        web.answers["/a"] = web.answers["/b"] = answer
        options = {"url": f"{web.url}/a", "every": "0.05s", "items": "data", "timeout": "1s",
                   "pages": {"next": "next", "most": 5}}  # fmt: skip
        line = office.line("rest", options, mapping=MAPPING)
        await office.until(lambda: line.status.errors > 0, line)
        assert reason in line.status.last_error
        assert line.records == []


async def test_an_object_from_the_future_doesnt_carry_the_cursor_away(tmp_path: Path) -> None:
    async with serving() as web, desk(tmp_path) as office:
        web.answers["/list"] = lambda _: JSONResponse([_item(1), {**_item(2), "at": 4_000_000_000}, "junk"])
        options = {"url": f"{web.url}/list", "every": "0.05s",
                   "since": {"param": "from", "path": "at", "format": "unix"}}  # fmt: skip
        line = office.line("rest", options, mapping=MAPPING)
        await office.until(lambda: len(web.requests) > 1, line)
        assert (await office.cursors.read("rest-source"))["newest"] == AT + 1
        assert len(line.events) % 3 == 0  # all of them are sent; the feed refuses what is wrong
        assert dict(line._faults)["bad_time"] > 0


async def test_retry_after_is_kept_to(tmp_path: Path) -> None:
    async with serving() as web, desk(tmp_path) as office:
        web.answers["/list"] = lambda _: Response(status_code=429, headers={"retry-after": "3600"})
        line = office.line("rest", {"url": f"{web.url}/list", "every": "0.05s"}, mapping=MAPPING)
        await office.until(lambda: line.status.errors > 0, line)
        again = office.line("rest", {"url": f"{web.url}/list", "every": "0.05s"}, mapping=MAPPING)
        with pytest.raises(AssertionError, match="didn't come"):
            await office.until(lambda: again.status.errors > 1, again, within=0.5)


async def test_a_query_in_the_address_stays(tmp_path: Path) -> None:
    async with serving() as web:
        web.answers["/list"] = lambda request: Response(json.dumps(str(request.url.query)))
        options = HttpOptions(url=f"{web.url}/list?a=1")
        async with Fetcher(options, Secrets(""), 1000) as fetcher:
            assert (await fetcher.get(options.url, {"b": "2"})).content == b'"a=1&b=2"'


def test_headers() -> None:
    assert (
        next_link({"link": '<https://x.example.vn/?p=2>; rel="next", </>; rel="prev"'}) == "https://x.example.vn/?p=2"
    )
    assert next_link({}) == ""
    assert retry_after("7") == 7.0
    assert retry_after("soon") == 0.0
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
