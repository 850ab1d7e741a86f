"""``/upload`` and ``/upload/<feed>``: an official hands in a CSV or Excel file, in four steps on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from ioc.core.profile import Profile
from ioc.core.reading import Scene
from ioc.core.words import Words
from layouts import chrome, figures
from layouts.parts import View, head
from layouts.upload.desk import BUSY, COLUMNS, FEED, FILE, LOOKED, ORGANISATION, TOKEN, TOLD

if TYPE_CHECKING:
    from layouts.site import Site

RATE = 0.5
LARGEST = 10 * 1024 * 1024
LARGE = "upload-large"


def draw(site: Site, scene: Scene, key: str) -> Component | None:
    if key and key not in feeds(scene.profile):
        return None
    words = figures.words_of(scene)
    content = [
        html.P(words("upload.lead"), className="quiet"),
        html.Section(_first(words, scene.profile, key), className="panel upload-step"),
        html.P(words("upload.busy"), id=BUSY, hidden=True, role="status", className="upload-busy"),
        html.P(id=TOLD, role="alert", className="upload-error"),
        html.Section(id=COLUMNS, className="panel upload-step"),
        html.Section(id=LOOKED, className="panel upload-step"),
        dcc.Store(id=TOKEN, storage_type="memory"),
    ]
    return chrome.around(site, scene, words("upload.title"), [html.Div(content, className="upload")])


def view(profile: Profile, key: str) -> View | None:
    return (
        View(f"upload/{key}" if key else "upload", [head(profile)], RATE) if not key or key in feeds(profile) else None
    )


def feeds(profile: Profile) -> list[str]:
    """The feeds whose events have rows: a CAP message is no row."""
    return [name for name, contract in profile.feeds.items() if contract.payload == "json"]


def _first(words: Words, profile: Profile, key: str) -> list[Component]:
    channels = [{"value": name, "label": words.text(profile.feeds[name].title)} for name in feeds(profile)]
    organisations = [
        {"value": code, "label": words.text(organisation.name)} for code, organisation in profile.organisations.items()
    ]
    file = dcc.Upload(
        [
            html.Button(words("upload.pick"), type="button", className="button"),
            html.Span(words("upload.drop")),
        ],
        id=FILE, max_size=LARGEST, className="upload-file", className_active="upload-file is-over",
        style={}, style_active={}, style_reject={},
    )  # fmt: skip
    return [
        html.H2(words("upload.step.file")),
        html.Div(
            [
                _choice(words("upload.feed"), dbc.Select(id=FEED, options=channels, value=key or channels[0]["value"])),
                _choice(
                    words("upload.organisation"),
                    dbc.Select(
                        id=ORGANISATION, options=organisations, persistence=True, persistence_type="local",
                        placeholder=words("upload.choose"),
                    ),
                ),
            ],
            className="upload-choices",
        ),
        file,
        html.P(words("upload.limits"), className="quiet"),
        html.P(words("upload.error.too_large", most=LARGEST // 1024 // 1024), id=LARGE, hidden=True, role="alert",
               className="upload-error"),
    ]  # fmt: skip


def _choice(text: str, select: dbc.Select) -> Component:
    return html.Div([html.Label(text, htmlFor=select.id), select], className="upload-choice")
