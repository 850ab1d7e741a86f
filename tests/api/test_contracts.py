"""The contracts over HTTP, from the process as it is put together; and a webhook that has neither Kafka nor tokens."""

from __future__ import annotations

import httpx
from jsonschema import Draft7Validator

from streams.embedded import free_port
from tests.live.fakes import FakeFollower, serving


async def test_contracts_are_served() -> None:
    async with serving(FakeFollower(), free_port()) as url, httpx.AsyncClient(base_url=f"{url}/api/v1") as client:
        answer = await client.get("/asyncapi.json")
        assert answer.headers["content-type"] == "application/vnd.aai.asyncapi+json;version=3.0.0"
        document = answer.json()
        assert document["asyncapi"] == "3.0.0"
        feeds = [feed["id"] for feed in (await client.get("/feeds")).json()]
        assert {name.removesuffix("_dlq") for name in document["channels"]} == set(feeds)
        for feed in feeds:
            answer = await client.get(f"/feeds/{feed}/schema.json")
            assert answer.headers["content-type"] == "application/schema+json"
            Draft7Validator.check_schema(answer.json())
        assert (await client.get("/feeds/nothing/schema.json")).status_code == 404


async def test_without_a_database_no_token_holds() -> None:
    async with serving(FakeFollower(), free_port()) as url, httpx.AsyncClient(base_url=f"{url}/api/v1") as client:
        route = f"/feeds/{(await client.get('/feeds')).json()[0]['id']}/events"
        assert (await client.post(route, content=b"{}")).json()["reason"] == "no_token"
        bearer = {"authorization": f"Bearer ioc_{'a' * 12}_{'A' * 43}"}
        answer = await client.post(route, content=b"{}", headers=bearer)
        assert (answer.status_code, answer.json()["reason"]) == (503, "no_database")
