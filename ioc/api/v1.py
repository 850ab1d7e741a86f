"""``/api/v1``: feeds, indicators and walls as JSON, read-only. Times are POSIX seconds of the installation's clock."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter, Response

from ioc.api.problem import problem
from ioc.core.indicator import Indicator
from ioc.core.reading import Scene
from ioc.live.site import LiveSite


def router(site: LiveSite) -> APIRouter:
    """The routes; ``?lang=`` chooses the language of titles."""
    routes = APIRouter(prefix="/api/v1")

    @routes.get("/feeds")
    async def feeds(lang: str = "") -> Response:
        return _json(_feeds(site, _scene(site, lang)))

    @routes.get("/indicators")
    async def indicators(lang: str = "") -> Response:
        scene = _scene(site, lang)
        return _json([_indicator(site, scene, each) for each in site.profile.indicators.values()])

    @routes.get("/indicators/{name}")
    async def indicator(name: str, lang: str = "", by: str = "") -> Response:
        known = site.profile.indicators.get(name)
        if known is None or (by and by not in known.by):
            return problem(404, f"no such indicator or dimension: {name} {by}".rstrip())
        return _json(_indicator(site, _scene(site, lang), known, by or None))

    @routes.get("/walls")
    async def walls(lang: str = "") -> Response:
        return _json(_walls(site, _scene(site, lang)))

    return routes


def _scene(site: LiveSite, language: str) -> Scene:
    return site.scene(language if language in ("vi", "en") else site.profile.head.default_language)


def _json(content: Any) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")


def _feeds(site: LiveSite, scene: Scene) -> list[dict[str, Any]]:
    words = site.words(scene.language)
    return [
        {"id": name, "title": words.text(feed.title), "owner": feed.owner, "pulse": scene.pulse(name)}
        for name, feed in site.profile.feeds.items()
    ]


def _indicator(site: LiveSite, scene: Scene, indicator: Indicator, by: str | None = None) -> dict[str, Any]:
    words = site.words(scene.language)
    return {
        "id": indicator.id,
        "title": words.text(indicator.title),
        "unit": words.text(indicator.unit),
        "group": indicator.group,
        "category": indicator.category,
        "owner": indicator.owner,
        "by": indicator.by,
        "reading": scene.reading(indicator.id, by),
    }


def _walls(site: LiveSite, scene: Scene) -> list[dict[str, Any]]:
    words = site.words(scene.language)
    return [
        {"id": wall.id, "title": words.text(wall.title), "panels": [panel.id for panel in wall.panels]}
        for wall in sorted(site.profile.walls.values(), key=lambda wall: (wall.order, wall.id))
    ]
