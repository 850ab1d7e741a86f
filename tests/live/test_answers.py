"""What every answer carries, and what the API says of addresses that it doesn't have."""

from __future__ import annotations

import httpx
import pytest

from streams.embedded import free_port
from tests.live.fakes import FakeFollower, serving


async def test_pages_load_from_their_own_server_alone() -> None:
    async with serving(FakeFollower(), free_port()) as url, httpx.AsyncClient(base_url=url) as client:
        for path in ("/", "/wall/overview", "/healthz", "/assets/live.js"):
            headers = (await client.get(path)).headers
            rules = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
            assert rules["default-src"] == "'self'", path
            assert rules["script-src"].startswith("'self' 'sha256-"), path
            assert "unsafe-eval" not in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api"), ("GET", "/api/nothing"), ("GET", "/api/v1/nothing"), ("POST", "/api/v1/nothing/here"),
     ("GET", "/api/v1/indicators/nothing")],
)  # fmt: skip
async def test_an_unknown_address_is_a_problem(method: str, path: str) -> None:
    async with serving(FakeFollower(), free_port()) as url, httpx.AsyncClient(base_url=url) as client:
        answer = await client.request(method, path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert (problem["type"], problem["title"], problem["status"]) == ("about:blank", "Not Found", 404)
        assert problem["detail"].startswith("no such")
