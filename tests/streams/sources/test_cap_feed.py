"""CAP documents and Atom feeds against a real server and a real folder, and XML that means harm."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ioc.core.event import Compiled
from ioc.core.refusal import Refusal
from streams.sources.cap_feed import decoded, mapped
from tests.conftest import hai_duong
from tests.streams.sources.desk import Taken, desk
from tests.streams.sources.web import Web, serving

NOW = 1_725_700_000.0
DATA = Path("/work/shared/data/cap")


def _cap(number: int = 1, text: str = "Mưa rất to") -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>VN-PCTT-{number}</identifier><sender>pctt@example.vn</sender><sent>2024-09-07T10:0{number}:00+07:00</sent>
  <status>Actual</status><msgType>Alert</msgType><scope>Public</scope>
  <info><category>Met</category><event>{text}</event><urgency>Immediate</urgency><severity>Severe</severity>
  <certainty>Likely</certainty><area><areaDesc>Xã thử</areaDesc></area></info>
</alert>"""


def _atom(*addresses: str, updated: str = "2024-09-07T10:00:00Z") -> str:
    entries = "".join(
        f"<entry><id>{address}</id><updated>{updated}</updated><link href='{address}' type='application/cap+xml'/></entry>"
        for address in reversed(addresses)  # the newest stands first
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>x</title>{entries}</feed>"


BOMB = """<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>&c;</identifier></alert>"""
THIEF = """<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/passwd">]><alert>&a;</alert>"""


def _feed(office: Any, web: Web | None = None, **options: Any) -> Taken:
    given = {"every": "0.05s", **({"url": f"{web.url}/feed"} if web else {}), **options}
    line: Taken = office.line("cap", given, feed="cap_alert")
    return line


async def test_an_atom_feed_leads_to_its_documents_once(tmp_path: Path) -> None:
    tags: list[str | None] = []

    def feed(request: Request) -> Response:
        tags.append(request.headers.get("if-none-match"))
        if tags[-1] == '"1"':
            return Response(status_code=304)
        return Response(_atom("/1.xml", "/2.xml"), headers={"etag": '"1"'})

    async with serving() as web, desk(tmp_path) as office:
        web.answers = {
            "/feed": feed, "/1.xml": lambda _: Response(_cap(1)), "/2.xml": lambda _: Response(_cap(2)),
        }  # fmt: skip
        line = _feed(office, web)
        await office.until(lambda: tags.count('"1"') > 1, line)
        assert [event["subject"] for event in line.events] == ["VN-PCTT-1", "VN-PCTT-2"]
        first = line.events[0]
        assert (first["data"], first["time"], first["id"]) == (
            _cap(1), "2024-09-07T10:01:00+07:00", "VN-PCTT-1:2024-09-07T10:01:00_07:00",
        )  # fmt: skip
        assert first["datacontenttype"] == "application/cap+xml"
        assert len(line.beats) == 1
        got: Any = Compiled(hai_duong().feeds["cap_alert"], hai_duong()).read(line.raw[0], NOW + 9e7)
        assert (got[4], got[12].event) == ("VN-PCTT-1", "Mưa rất to")
        restarted = _feed(office, web)
        tags.clear()
        await office.until(lambda: len(tags) > 1, restarted)
        assert (restarted.events, set(tags)) == ([], {'"1"'})


async def test_a_document_that_is_published_anew_is_sent_anew(tmp_path: Path) -> None:
    updated = ["2024-09-07T10:00:00Z"]
    async with serving() as web, desk(tmp_path) as office:
        web.answers = {
            "/feed": lambda _: Response(_atom("/1.xml", updated=updated[0])),
            "/1.xml": lambda _: Response(_cap(1, text=updated[0])),
        }
        line = _feed(office, web)
        await office.until(lambda: len(line.events) == 1, line)
        updated[0] = "2024-09-07T11:00:00Z"
        again = _feed(office, web)
        await office.until(lambda: len(again.events) == 1, again)
        assert again.events[0]["data"] == _cap(1, text=updated[0])


async def test_a_dead_link_keeps_nothing_back_and_is_tried_again(tmp_path: Path) -> None:
    async with serving() as web, desk(tmp_path) as office:
        web.answers = {
            "/feed": lambda _: Response(_atom("/gone.xml", "/2.xml"), headers={"etag": '"1"'}),
            "/2.xml": lambda _: Response(_cap(2)),
        }
        line = _feed(office, web)
        await office.until(lambda: line._skipped["unreachable"] > 1, line)
        assert [event["subject"] for event in line.events] == ["VN-PCTT-2"]
        assert "gone.xml answered 404" in line.status.last_error
        web.answers["/gone.xml"] = lambda _: Response(_cap(1))
        again = _feed(office, web)
        await office.until(lambda: len(again.events) > 0, again)
        assert [event["subject"] for event in again.events] == ["VN-PCTT-1"]


async def test_a_single_document_and_a_lost_answer(tmp_path: Path) -> None:
    async with serving() as web, desk(tmp_path) as office:
        web.answers["/feed"] = lambda _: Response(_cap(1))
        line = _feed(office, web)
        line.lost = 1
        await office.until(lambda: len(line.events) > 1 and line.live, line)
        assert len(set(line.raw[:2])) == 1  # sent twice, and counted once: the same bytes


async def test_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "cap"
    folder.mkdir()
    for number in (1, 2):
        (folder / f"{number}.cap").write_text(_cap(number), "utf-8")
        os.utime(folder / f"{number}.cap", (NOW, NOW))
    (folder / "note.txt").write_text("no document")
    (folder / "link.xml").symlink_to("/etc/passwd")
    (folder / "half.xml").write_text("<alert>")  # somebody is still writing it
    async with desk(tmp_path) as office:
        line = _feed(office, folder=str(folder))
        await office.until(lambda: len(line.events) == 2, line)
        (folder / "2.cap").write_text(_cap(3), "utf-8")
        os.utime(folder / "2.cap", (NOW + 60, NOW + 60))
        again = _feed(office, folder=str(folder))
        await office.until(lambda: len(again.events) > 0, again)
        assert [event["subject"] for event in again.events] == ["VN-PCTT-3"]
        gone = _feed(office, folder=str(tmp_path / "nowhere"))
        await office.until(lambda: gone.status.errors > 0, gone)
        assert "can't be read (FileNotFoundError)" in gone.status.last_error


HARM = {
    "bomb": (BOMB, "forbidden_xml"),
    "thief": (THIEF, "forbidden_xml"),
    "no XML": ("<html><body>", "bad_xml"),
    "something else": ("<rss version='2.0'/>", "wanted is a CAP message or an Atom feed"),
    "deep": ("<a>" * 5000 + "</a>" * 5000, "too_deep"),
    "endless Atom": (_atom(*(f"/{number}" for number in range(30_000))), "bytes"),
    "many elements": ("<feed xmlns='http://www.w3.org/2005/Atom'>" + "<a/>" * 60_000 + "</feed>", "too_large"),
}


@pytest.mark.parametrize("name", HARM)
async def test_harm_at_the_address_itself(name: str, tmp_path: Path) -> None:
    text, reason = HARM[name]
    async with serving() as web, desk(tmp_path) as office:
        web.answers["/feed"] = lambda _: Response(text)
        line = _feed(office, web)
        started = time.monotonic()
        await office.until(lambda: line.status.errors > 0, line)
        assert reason in line.status.last_error
        assert line.records == []
        assert time.monotonic() - started < 4


async def test_harm_behind_a_link_reaches_the_feeds_owner(tmp_path: Path) -> None:
    """A document that can't be read is refused by the feed, with its reason; a link elsewhere isn't followed."""
    async with serving() as web, desk(tmp_path) as office:
        web.answers = {
            "/feed": lambda _: Response(
                _atom("/bomb", "/huge", "/away", "http://169.254.169.254/latest", "file:///etc/passwd", "/2.xml")
            ),
            "/bomb": lambda _: Response(BOMB),
            "/huge": lambda _: Response("<alert>" + "x" * 1_000_000),
            "/away": lambda _: RedirectResponse("http://10.0.0.1/"),
            "/2.xml": lambda _: Response(_cap(2)),
        }
        line = _feed(office, web)
        await office.until(lambda: line._skipped["unreachable"] >= 3, line)
        assert line._skipped["too_large"] == 1
        assert [event["data"] for event in line.events] == [BOMB, _cap(2)]
        refused: Any = Compiled(hai_duong().feeds["cap_alert"], hai_duong()).read(line.raw[0], time.time())
        assert isinstance(refused, Refusal)
        assert refused.reason == "forbidden_xml"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1258", "utf-16"])
def test_encodings(encoding: str) -> None:
    text = "<?xml version='1.0' encoding='" + encoding.replace("-sig", "") + "'?><a>Đê</a>"
    assert decoded(text.encode(encoding)).endswith("<a>Đê</a>")


def test_an_unknown_encoding_is_no_error() -> None:
    assert decoded(b"<?xml version='1.0' encoding='klingon'?>\xff").endswith("\ufffd")


@pytest.mark.skipif(not DATA.is_dir(), reason="the messages to test with aren't here")
def test_real_messages_are_read() -> None:
    ids = {path.name: mapped(path.read_bytes(), NOW) for path in DATA.iterdir() if path.suffix in (".cap", ".xml")}
    assert len(ids) == 3
    assert [one.faults for one in ids.values()] == [(), (), ()]
    assert ids["cap12_oasis_amber_example.xml"].id == "KAR0-0306112239-SW:2003-06-11T22:39:00-07:00"


async def test_the_process_stops_while_a_server_keeps_it_waiting(tmp_path: Path) -> None:
    async def slow(_: Request) -> Response:
        await asyncio.sleep(0.3)
        return Response(_cap(1))

    async with serving() as web, desk(tmp_path) as office:
        web.answers["/feed"] = slow
        line = _feed(office, web)
        await office.until(lambda: len(web.requests) > 0, line)
        assert len(line.events) == 1  # what was taken is sent before the end
        assert (await office.cursors.read("cap-source"))["seen"] != {}
