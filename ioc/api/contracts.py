"""The data contracts for machines: AsyncAPI of all feeds, JSON Schema of each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from fastapi import APIRouter, Response

from ioc.api.problem import problem
from ioc.core import asyncapi, json_schema
from ioc.core.json_schema import Bilingual
from ioc.core.profile import Profile
from ioc.live.site import LiveSite


def router(site: LiveSite) -> APIRouter:
    """The two routes."""
    routes = APIRouter(prefix="/api/v1")
    both = Bilingual({language: site.words(language) for language in ("vi", "en")})
    made = Made()

    @routes.get("/asyncapi.json")
    async def all_feeds() -> Response:
        content = await made.get(site.profile, "", lambda profile: asyncapi.asyncapi(profile, both))
        return Response(content, media_type=asyncapi.MEDIA_TYPE)

    @routes.get("/feeds/{feed}/schema.json")
    async def one_feed(feed: str) -> Response:
        if feed not in site.profile.feeds:
            return problem(404, f"no such feed: {feed}")
        content = await made.get(
            site.profile, feed, lambda profile: json_schema.schema(profile.feeds[feed], profile, both)
        )
        return Response(content, media_type=json_schema.MEDIA_TYPE)

    return routes


class Made:
    """Documents of the profile in use, made once."""

    def __init__(self) -> None:
        self._profile: Profile | None = None
        self._documents: dict[str, bytes] = {}

    async def get(self, profile: Profile, name: str, make: Callable[[Profile], Any]) -> bytes:
        if profile is not self._profile:
            self._profile, self._documents = profile, {}
        documents = self._documents
        if name not in documents:
            documents[name] = await asyncio.to_thread(lambda: msgspec.json.encode(make(profile)))
        return documents[name]
