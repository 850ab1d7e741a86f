"""The site: one index, one callback that draws the page of an address."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import parse_qsl

from dash import Dash, Input, Output, ctx, dcc, html
from dash.development.base_component import Component

from ioc.core.profile import Profile
from ioc.core.reading import Scene
from ioc.core.words import Words
from ioc.live.workbench import Workbench
from layouts import pages, shell
from layouts.feed import letter_steps
from layouts.upload import steps
from layouts.upload.desk import Uploads


class Site(Protocol):
    """What the pages ask of the process they are served by."""

    @property
    def profile(self) -> Profile: ...

    @property
    def history(self) -> Any: ...

    @property
    def uploads(self) -> Uploads | None:
        """The desk that takes files; None where there is none."""

    @property
    def workbench(self) -> Workbench | None:
        """For the feeds' refused events; None where there is none."""

    def scene(self, language: str) -> Scene:
        """The board now."""

    def words(self, language: str) -> Words:
        """The sentences of a language."""

    def problems(self) -> list[Any]:
        """What is wrong with the profile's files now; empty when they are right."""


def build(app: Dash, site: Site) -> None:
    """Give the app its index, its layout, the routing and the callbacks of pages that ask for something."""
    app.layout = html.Div([dcc.Location(id="url", refresh=False), html.Div(id="page")])
    app.config.suppress_callback_exceptions = True
    app.config.update_title = None
    app.interpolate_index = types.MethodType(_index(site), app)  # type: ignore[method-assign]  # Dash's own way is a subclass

    steps.register(app, site, language_of)
    letter_steps.register(app, site, language_of)

    @app.callback(Output("page", "children"), Input("url", "pathname"), Input("url", "search"))
    async def _show(pathname: str | None, search: str | None) -> Component:
        language = language_of(site, dict(parse_qsl((search or "").removeprefix("?"))), ctx.cookies)
        return await draw(site, pathname or "/", language)


async def draw(site: Site, pathname: str, language: str) -> Component:
    """The page of an address, with its present values."""
    return await pages.page(site, pathname, site.scene(language))


def language_of(site: Site, query: Mapping[str, str], cookies: Mapping[str, str]) -> str:
    """The language a request asks for."""
    return shell.choose("lang", shell.LANGUAGES, query, cookies, site.profile.head.default_language)


def _index(site: Site) -> Any:
    def interpolate_index(app: Dash, **parts: str) -> str:
        request = app.backend.request_adapter()
        query, cookies = dict(request.args), dict(request.cookies)
        language = language_of(site, query, cookies)
        words = site.words(language)
        return shell.page(
            parts,
            language=language,
            theme=shell.choose("theme", shell.THEMES, query, cookies, "dark"),
            title=words.text(site.profile.head.centre),
            loading=words("pages.loading"),
            script_needed=words("pages.script_needed"),
        )

    return interpolate_index
