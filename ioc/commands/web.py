"""``ioc web``: pages, live frames and the API, on this machine only."""

from __future__ import annotations

import argparse

import uvicorn

from ioc.collector import tune_collector
from ioc.settings import Settings
from ioc.web import make

HELP = "serve the walls, the pages and the API"


def arguments(parser: argparse.ArgumentParser) -> None:
    """It has none: see the settings."""


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Serve until a signal ends it."""
    application = make(settings)
    tune_collector()
    uvicorn.run(
        application,
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_config=None,
        log_level="warning",
        ws="websockets-sansio",
        ws_max_size=4096,
        ws_per_message_deflate=False,  # small frames on a local network: compressing costs three times the rest
        timeout_graceful_shutdown=2,
        server_header=False,
    )
    return 0
