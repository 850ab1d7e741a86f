"""What the feed takes, field by field, and where its sender finds the contract and the guide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from ioc.core.contract import Field
from ioc.core.profile import Profile
from ioc.core.reading import Scene
from ioc.core.words import NOTHING, Words
from layouts import figures
from layouts.fill import attrs
from layouts.parts import Part

if TYPE_CHECKING:
    from layouts.site import Site

NAME = "contract"
GUIDE = "/static/producer-guide.md"
ASYNCAPI = "/api/v1/asyncapi.json"


def draw(site: Site, scene: Scene, feed: str) -> Component:
    words, contract = figures.words_of(scene), scene.profile.feeds[feed]
    names = [words(f"contract.page.{name}") for name in ("field", "kind", "required", "values")]
    table = html.Table(
        [
            html.Thead(html.Tr([html.Th(name, **attrs({"scope": "col"})) for name in names])),
            html.Tbody([_row(words, field) for field in contract.parsed().values()]),
        ],
        className="grid texts",
    )
    return html.Section(
        [html.H2(words("contract.page.title")), links(words, feed), html.Details([_summary(words), table])],
        id=NAME,
        className="panel",
    )


def links(words: Words, feed: str = "") -> Component:
    """Where senders read on; with a feed also its schema."""
    found = [html.A(words("contract.page.guide"), href=GUIDE)]
    if feed:
        found.append(html.A(words("contract.page.schema"), href=f"/api/v1/feeds/{feed}/schema.json"))
    found.append(html.A("AsyncAPI 3", href=ASYNCAPI))
    return html.P([part for link in found for part in (link, " · ")][:-1], className="guides")


def _summary(words: Words) -> Component:
    return html.Summary(words("contract.page.fields"))


def _row(words: Words, field: Field) -> Component:
    required = words(f"contract.page.{'yes' if field.required else 'no'}")
    kind = words(f"contract.page.kinds.{field.type}")
    told = [
        kind,
        *([words("contract.page.many")] if field.many else []),
        *([words("contract.page.pii")] if field.pii else []),
    ]
    return html.Tr(
        [
            html.Th(html.Code(field.name), **attrs({"scope": "row"})),
            html.Td(", ".join(told)),
            html.Td(required),
            html.Td(_values(words, field)),
        ]
    )


def _values(words: Words, field: Field) -> str:
    if field.codes:
        return ", ".join(field.codes)
    if field.low is None or field.high is None:
        return NOTHING
    return f"{words.number(field.low, _decimals(field.low))} – {words.number(field.high, _decimals(field.high))}"


def _decimals(value: float) -> int:
    return 0 if value == int(value) else 2


def parts(profile: Profile, feed: str) -> list[Part]:
    """It never changes."""
    return []
