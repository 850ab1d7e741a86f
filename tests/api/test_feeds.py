"""``GET /api/v1/feeds/{feed}``: outcomes, reasons, four figures with their parts, by organisation and by area."""

from __future__ import annotations

import httpx

from streams.embedded import free_port
from tests.live.fakes import FakeFollower, serving


async def test_one_feed_tells_its_figures_and_what_they_rest_on() -> None:
    async with serving(FakeFollower(), free_port()) as url, httpx.AsyncClient(base_url=url) as client:
        told = (await client.get("/api/v1/feeds/dossier", params={"span": "hour"})).json()
        assert (told["id"], told["owner"], told["span"], told["lag"]) == ("dossier", "stttt", "hour", 4)
        assert told["outcomes"] == {"accepted": 96, "duplicate": 2, "quarantined": 2}
        assert told["reasons"] == {"implausible": 2}
        assert told["last_event_at"] == "2024-09-12T13:59:57+07:00"
        figures = told["quality"]
        assert figures["validity"] == {"share": 0.98, "grade": "fair", "causes": {"implausible": 2}}
        assert figures["cleanliness"]["causes"] == {"duplicate": 2, "untidy": 1}
        parts = figures["completeness"]["parts"]
        assert parts["arrived"] == {"share": 0.98, "received": 98, "expected": 100.0, "basis": "sequence"}
        assert (parts["reported"]["reported"], parts["reported"]["due"]) == (10, 12)
        assert figures["completeness"]["share"] == parts["reported"]["share"]
        assert figures["liveness"] == {"situation": "live", "cadences": 0.1, "grade": "good"}
        assert [unit["code"] for unit in told["by_organisation"]][:2] == ["", "stttt"]
        assert told["by_area"][1]["quality"]["validity"]["grade"] == "poor"


async def test_what_isnt_known_is_null() -> None:
    async with serving(FakeFollower(), free_port()) as url, httpx.AsyncClient(base_url=url) as client:
        told = (await client.get("/api/v1/feeds/silent")).json()
        assert told["quality"]["validity"]["share"] is None
        assert told["quality"]["completeness"]["parts"]["arrived"]["basis"] is None
        assert told["quality"]["liveness"]["situation"] == "never"
        assert told["last_event_at"] is None
        assert told["by_area"] == []
        assert (await client.get("/api/v1/feeds/none")).status_code == 404
        assert (await client.get("/api/v1/feeds/dossier", params={"span": "week"})).status_code == 422
