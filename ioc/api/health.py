"""``/healthz``: the process answers. ``/readyz``: it has data. ``/metrics``: figures for a monitoring system."""

from __future__ import annotations

from fastapi import APIRouter, Response

from ioc.live.follower import Follower
from ioc.live.hub import Hub


def router(follower: Follower, hub: Hub) -> APIRouter:
    """The three routes."""
    routes = APIRouter()

    @routes.get("/healthz")
    async def healthz() -> Response:
        return Response("ok\n", media_type="text/plain")

    @routes.get("/readyz")
    async def readyz() -> Response:
        ready = follower.ready
        return Response("ready\n" if ready else "waiting for data\n", 200 if ready else 503, media_type="text/plain")

    @routes.get("/metrics")
    async def metrics() -> Response:
        return Response(_metrics(follower, hub), media_type="text/plain; version=0.0.4")

    return routes


def _metrics(follower: Follower, hub: Hub) -> str:
    """Prometheus' text format; ages in seconds of the installation's time."""
    scene = follower.scene(follower.profile.head.default_language)
    lines = [
        "# TYPE ioc_ready gauge",
        f"ioc_ready {int(follower.ready)}",
        "# TYPE ioc_profile_problems gauge",
        f"ioc_profile_problems {len(follower.problems)}",
        "# TYPE ioc_live_clients gauge",
        f"ioc_live_clients {hub.clients}",
        "# TYPE ioc_live_frames_total counter",
        f"ioc_live_frames_total {hub.frames}",
        "# TYPE ioc_feed_age_seconds gauge",
    ]
    pulses = [scene.pulse(feed) for feed in follower.profile.feeds]
    lines += [f'ioc_feed_age_seconds{{feed="{p.feed}"}} {scene.now - p.at:.3f}' for p in pulses if p.at is not None]
    lines.append("# TYPE ioc_feed_lag gauge")
    lines += [f'ioc_feed_lag{{feed="{p.feed}"}} {p.lag}' for p in pulses]
    return "\n".join(lines) + "\n"
