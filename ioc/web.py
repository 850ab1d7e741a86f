"""The web process: pages, live frames and the API in one FastAPI application."""

from __future__ import annotations

import importlib.util
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from dash import Dash
from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import FileResponse

from ioc.access.tokens import Bearers
from ioc.api import contracts, dead_letters, events, feeds, health, problem, v1
from ioc.core.bucket import Buckets
from ioc.core.errors import EngineError
from ioc.live import usual
from ioc.live.bulk import Bulk
from ioc.live.door import Door
from ioc.live.follower import Follower
from ioc.live.hub import Hub
from ioc.live.policy import Policy, content_policy
from ioc.live.site import LiveSite
from ioc.live.socket import LiveSocket
from ioc.live.workbench import Workbench
from ioc.locales import languages, load
from ioc.records import database
from ioc.records.dead_letters import LateDeadLetters
from ioc.records.history import History, connect
from ioc.records.mappings import Mappings
from ioc.records.mappings import connect as open_mappings
from ioc.records.tokens import LateTokens
from ioc.settings import Settings
from layouts import site as pages
from layouts.panels import PANELS
from layouts.views import view
from streams.delivery import Delivery
from streams.sources.upload import Desk
from streams.sources.webhook import Webhook

LOG = logging.getLogger(__name__)
A_DAY = {"cache-control": "public, max-age=86400"}


def make(settings: Settings) -> FastAPI:
    """The application. Raises :class:`ProfileError` or :class:`EngineError` when it can't start."""
    words = {language: load(language) for language in languages()}
    panel_types = {name: kind.options for name, kind in PANELS.items()}
    follower = Follower(settings.redis_url, Path(settings.profile), words, settings.language, panel_types)
    database_url = settings.database_url or database.default_url(settings.data_dir)
    buckets = Buckets(settings.webhook_rate, settings.webhook_burst)
    return application(LiveSite(follower, words), database_url, settings.kafka_bootstrap, buckets)


def application(site: LiveSite, database_url: str = "", kafka: str = "", buckets: Buckets | None = None) -> FastAPI:
    """The application around a site whose follower doesn't follow yet.

    Without a database there is no history, and no token holds; without addresses of Kafka nothing can be sent.
    ``buckets`` are what each token may send.
    """
    follower, hub = site.follower, Hub(site, view)
    delivery, tokens, letters = Delivery(kafka), LateTokens(database_url), LateDeadLetters(database_url)

    def received() -> float:
        return min(time.time(), follower.now())

    webhook = Webhook(lambda: site.profile, received)
    site.workbench = bench = Workbench(lambda: site.profile, received, letters, delivery)
    desk = events.Desk(site, Bearers(tokens, time.time), buckets or Buckets(200, 2000), webhook, delivery)
    follower.changed, follower.redrawn = hub.notify, hub.redraw

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        follower.start()
        site.history = await _history(database_url, follower.profile.head.timezone)
        mappings = await _mappings(database_url)
        site.uploads = _desk(site, delivery, mappings)
        async with usual.kept(follower, site.history.quality if site.history is not None else None):
            yield
        hub.close()
        await follower.stop()
        await delivery.stop()
        webhook.close()
        await tokens.close()
        await letters.close()
        for records in (site.history, mappings):
            if records is not None:
                await records.close()

    server = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    refused = dead_letters.router(dead_letters.Desk(site, bench))
    told = (v1.router(site), feeds.router(site), contracts.router(site))
    api = (*told, events.router(desk), refused, problem.router())
    for routes in (health.router(follower, hub), *api, _static()):
        server.include_router(routes)
    _pages(server, site, hub)
    return server


def _pages(server: FastAPI, site: LiveSite, hub: Hub) -> None:
    """Give the server its pages, and the guards that every request passes."""
    dash = Dash("ioc", server=server, backend="fastapi", assets_folder=str(_assets()))  # type: ignore[arg-type]  # its stub knows Flask only
    pages.build(dash, site)
    # Dash does so at the first request of "/" only: a wall opened first would have no scripts.
    dash._setup_server()  # type: ignore[no-untyped-call]
    server.add_middleware(Policy, content=content_policy(dash.csp_hashes()))
    server.add_middleware(Bulk)
    server.add_middleware(Door, live=LiveSocket(hub))


async def _history(database_url: str, zone: str) -> History | None:
    """The history, or None: a wall without its past is better than no wall."""
    if not database_url:
        return None
    try:
        return await connect(database_url, zone)
    except EngineError as error:
        LOG.warning("pages have no history: %s", error)
        return None


async def _mappings(database_url: str) -> Mappings | None:
    """How forms were read, or None: then every form is matched anew."""
    if not database_url:
        return None
    try:
        return await open_mappings(database_url)
    except EngineError as error:
        LOG.warning("uploads aren't remembered: %s", error)
        return None


def _desk(site: LiveSite, delivery: Delivery, mappings: Mappings | None) -> Desk:
    """The desk that takes files of officials, in the installation's time."""

    def clock() -> tuple[float, str]:
        return min(time.time(), site.follower.now()), site.follower.clock.mode

    return Desk(lambda: site.profile, clock, mappings, delivery if delivery.possible else None)


def _static() -> APIRouter:
    """Bootstrap and the font, from their installed packages: nothing comes from another host."""
    routes = APIRouter(prefix="/static")
    style = _package("bootstrap") / "css" / "bootstrap.min.css"
    fonts = {path.name: path for path in (_package("fontpkg_be_vietnam_pro") / "files").glob("*.ttf")}

    @routes.get("/bootstrap.css")
    async def bootstrap() -> Response:
        return FileResponse(style, media_type="text/css", headers=A_DAY)

    @routes.get("/fonts/{name}")
    async def font(name: str) -> Response:
        if name not in fonts:
            return Response("no such font\n", 404, media_type="text/plain")
        return FileResponse(fonts[name], media_type="font/ttf", headers=A_DAY)

    @routes.get("/producer-guide.md")
    async def guide() -> Response:
        return FileResponse(_beside("docs", "_docs") / "producer-guide.md", media_type="text/plain; charset=utf-8")

    return routes


def _package(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise EngineError(f"the package '{name}' is missing; install the program again")
    return Path(next(iter(found.submodule_search_locations)))


def _assets() -> Path:
    return _beside("assets", "_assets")


def _beside(name: str, packed: str) -> Path:
    """What is packed into the installed program, or else the folder beside the sources."""
    here = Path(__file__).parent
    return here / packed if (here / packed).is_dir() else here.parent / name
