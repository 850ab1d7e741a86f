"""The fake province in a browser: ``python -m tests.layouts.serve [port]``. For looking at pages, not a test."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import uvicorn
from dash import Dash
from fastapi import FastAPI
from fastapi.responses import FileResponse

from ioc.live.door import Door
from ioc.live.hub import Hub
from ioc.live.socket import LiveSocket
from layouts.site import build
from layouts.views import view
from tests.layouts.fake_scene import FakeSite

ROOT = Path(__file__).parents[2]


def make(site: Any = None) -> FastAPI:
    """The web process without engines: assets, fonts and the pages of a fake site."""
    server = FastAPI()
    bootstrap = _package("bootstrap") if _package("bootstrap") else Path()
    fonts = _package("fontpkg_be_vietnam_pro") / "files"

    @server.get("/static/bootstrap.css")
    async def style() -> FileResponse:
        return FileResponse(bootstrap / "css" / "bootstrap.min.css", media_type="text/css")

    @server.get("/static/fonts/{name}")
    async def font(name: str) -> FileResponse:
        return FileResponse(fonts / Path(name).name, media_type="font/ttf")

    app = Dash(__name__, server=server, backend="fastapi", assets_folder=str(ROOT / "assets"))
    site = site or FakeSite()
    build(app, site)
    app._setup_server()  # type: ignore[no-untyped-call]  # see ioc.web
    server.add_middleware(Door, live=LiveSocket(Hub(site, view)))
    return server


def _package(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError(f"the package {name} isn't installed")
    return Path(found.submodule_search_locations[0])


if __name__ == "__main__":
    uvicorn.run(make(), host="127.0.0.1", port=int(sys.argv[1]) if len(sys.argv) > 1 else 0, log_level="warning")
