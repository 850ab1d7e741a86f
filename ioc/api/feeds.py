"""``GET /api/v1/feeds/{feed}``: counts, reasons and the four figures with their parts; by organisation and by area.

Shares are 0..1, None where nothing can be said; times RFC 3339 with the province's offset.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Response

from ioc.api.problem import problem
from ioc.core.feed_quality import DIMENSIONS, FIGURES, SPANS, Quality, Span
from ioc.core.profile import Profile
from ioc.core.quality import Completeness
from ioc.core.reading import Scene
from ioc.live.site import LiveSite


def router(site: LiveSite) -> APIRouter:
    """The route; ``?lang=`` chooses the language of the title, ``?span=hour|today`` the window (default today)."""
    routes = APIRouter(prefix="/api/v1")

    @routes.get("/feeds/{feed}")
    async def one(feed: str, lang: str = "", span: str = "today") -> Response:
        window = next((known for known in SPANS if known == span), None)
        if feed not in site.profile.feeds:
            return problem(404, f"no such feed: {feed}")
        if window is None:
            return problem(422, f"no such span: {span}; one of {', '.join(SPANS)}")
        scene = site.scene(lang if lang in ("vi", "en") else site.profile.head.default_language)
        return Response(msgspec.json.encode(_told(site, scene, feed, window)), media_type="application/json")

    return routes


def _told(site: LiveSite, scene: Scene, feed: str, span: Span) -> dict[str, Any]:
    contract, pulse = scene.profile.feeds[feed], scene.pulse(feed)
    whole = scene.quality(feed, span)
    by = {
        f"by_{dimension}": [
            {"code": code, **_figures(unit, scene.profile)}
            for code, unit in scene.quality_by(feed, span, dimension).items()
        ]
        for dimension in DIMENSIONS
    }
    return {
        "id": feed, "title": site.words(scene.language).text(contract.title), "owner": contract.owner, "span": span,
        "freshness": pulse.freshness, "lag": pulse.lag, **_figures(whole, scene.profile), **by,
    }  # fmt: skip


def _figures(quality: Quality, profile: Profile) -> dict[str, Any]:
    zone, limits = ZoneInfo(profile.head.timezone), profile.head.quality
    figures: dict[str, Any] = {
        name: {"share": quality.share(name), "grade": quality.grade(name, limits)} for name in FIGURES[:-1]
    }
    figures["validity"]["causes"] = quality.tally.invalid()
    figures["completeness"]["parts"] = _parts(quality.completeness)
    figures["cleanliness"]["causes"] = quality.tally.unclean()
    figures["liveness"] = {
        "situation": quality.situation, "cadences": quality.cadences, "grade": quality.grade("liveness", limits),
    }  # fmt: skip
    return {
        "outcomes": quality.tally.outcomes, "reasons": quality.tally.reasons,
        "last_event_at": _time(quality.signs.event, zone), "last_heartbeat_at": _time(quality.signs.heartbeat, zone),
        "quality": figures,
    }  # fmt: skip


def _parts(parts: Completeness) -> dict[str, Any]:
    reported = parts.reported
    return {
        "arrived": {
            "share": parts.arrived, "received": parts.received, "expected": parts.expected,
            "basis": parts.basis or None,
        },
        "filled": {"share": parts.filled},
        "reported": reported and {
            "share": reported.share, "due": reported.due, "reported": reported.reported, "missing": reported.missing,
        },
    }  # fmt: skip


def _time(at: float | None, zone: ZoneInfo) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, zone).isoformat(timespec="seconds")
