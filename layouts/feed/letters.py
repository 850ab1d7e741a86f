"""The feed's refused events as a workbench: why, from whom, which; what a replay would bring; replay, discard, undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dash_bootstrap_components as dbc
import msgspec
from dash import dcc, html
from dash.development.base_component import Component

from ioc.core.deadletter import STATES, WAITING, Letter
from ioc.core.errors import EngineError
from ioc.core.mask import masked
from ioc.core.profile import Profile
from ioc.core.reading import Scene
from ioc.core.replay import reason_name
from ioc.core.words import NOTHING, Words
from ioc.live.workbench import Workbench
from ioc.records.dead_letters import Counts, Filter
from layouts import figures
from layouts.fill import attrs
from layouts.inert import inert
from layouts.parts import Part

if TYPE_CHECKING:
    from layouts.site import Site

NAME = "letters"
STATE, REASON, SOURCE, TIME = (f"{NAME}-{name}" for name in ("state", "reason", "source", "time"))
LIST, TOTAL, MORE, BUSY, TOLD = (f"{NAME}-{name}" for name in ("list", "total", "more", "busy", "told"))
PAGE, SCOPE, CHECK, DISCARD, RESTORE = (f"{NAME}-{name}" for name in ("page", "scope", "check", "discard", "restore"))
PANEL, DETAIL, REFRESH, CHANGED = (f"{NAME}-{name}" for name in ("panel", "detail", "refresh", "changed"))
CHOOSE, OPEN = f"{NAME}-choose", f"{NAME}-open"
CHOSEN, EVERY = "chosen", "every"
ANY = "*"
TIMES = {"any_time": None, "hour": 3600.0, "day": 86_400.0, "week": 604_800.0}
AT_ONCE = 50
MOST = 500  # lines of the list
LONGEST = 120

Options = list[dict[str, Any]]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What the section shows of the letters that a filter holds."""

    letters: list[Letter]
    counts: Counts
    wanted: Filter


async def draw(site: Site, scene: Scene, feed: str) -> Component:
    """The section with the waiting letters."""
    words = figures.words_of(scene)
    bench = site.workbench
    head = [html.H2(words("letters.page.title")), html.P(words("letters.page.lead"), className="quiet")]
    try:
        shown = None if bench is None else await read(bench, Filter(feed=feed))
    except EngineError:
        shown = None
    if shown is None or bench is None:
        return _section([*head, html.P(words("letters.lacks.database"), role="status", className="letters-none")])
    if not shown.counts.states:
        return _section([*head, html.P(words("letters.page.none"), role="status", className="letters-none")])
    return _section([*head, *_workbench(words, scene.profile, shown, bench.sender.possible)])


def parts(profile: Profile, feed: str) -> list[Part]:
    """It changes when it is asked to: what somebody is choosing from mustn't move."""
    return []


async def read(bench: Workbench, wanted: Filter, limit: int = AT_ONCE) -> Shown:
    """What a filter holds. Raises :class:`EngineError`."""
    letters = await bench.letters.opened()
    found, _ = await letters.page(wanted, limit=min(limit, MOST))
    return Shown(letters=found, counts=await letters.counts(wanted), wanted=wanted)


def _section(content: list[Component]) -> Component:
    return html.Section(content, id=NAME, className="panel letters")


def _workbench(words: Words, profile: Profile, shown: Shown, possible: bool) -> list[Component]:
    lacks = [] if possible else [html.P(words("letters.lacks.kafka"), role="status", className="letters-none")]
    return [
        *lacks,
        html.Div(
            [
                _chips(words("letters.page.states"), STATE, states(words, shown), WAITING),
                _chips(words("letters.page.reasons"), REASON, reasons(words, shown), ANY),
                _chips(words("letters.page.sources"), SOURCE, sources(words, shown), ANY),
                _chips(
                    words("letters.page.time"), TIME,
                    [{"label": words(f"letters.page.{name}"), "value": name} for name in TIMES], "any_time",
                ),
            ],
            className="letters-filters",
        ),
        _actions(words, shown),
        html.P(words("letters.page.loading"), id=BUSY, hidden=True, role="status", className="quiet"),
        html.P(id=TOLD, role="status", className="letters-told"),
        html.Div(id=PANEL),
        dcc.Store(id=CHANGED, storage_type="memory"),
        html.Div(
            [
                html.Div(
                    [html.Div(rows(words, profile, shown), id=LIST, className="wide"), _foot(words, shown)],
                    className="letters-left",
                ),
                html.Div(id=DETAIL, className="letters-detail", **attrs({"aria-live": "polite"})),
            ],
            className="letters-both",
        ),
    ]  # fmt: skip


def _chips(title: str, name: str, options: Options, value: str) -> Component:
    chips = dbc.RadioItems(options, value, id=name, class_name="letters-chips")
    return html.Fieldset([html.Legend(title), chips])


def _actions(words: Words, shown: Shown) -> Component:
    def button(name: str, text: str, **more: Any) -> Component:
        return html.Button(words(f"letters.page.{text}"), id=name, type="button", className="button", **more)

    return html.Div(
        [
            _chips(words("letters.page.scope"), SCOPE, scopes(words, shown, 0), EVERY),
            button(CHECK, "check"),
            button(DISCARD, "discard"),
            button(RESTORE, "restore", hidden=True),
            button(REFRESH, "refresh"),
        ],
        className="letters-actions",
        role="group",
        **attrs({"aria-label": words("letters.page.actions")}),
    )


def _foot(words: Words, shown: Shown) -> Component:
    more = html.Button(
        words("letters.page.more"), id=MORE, type="button", className="button", hidden=not has_more(shown)
    )
    return html.Div([html.Span(total(words, shown), id=TOTAL, className="quiet"), more], className="letters-foot")


def has_more(shown: Shown) -> bool:
    return len(shown.letters) < min(shown.counts.total, MOST)


def total(words: Words, shown: Shown) -> str:
    number, all_of_them = words.number(len(shown.letters)), words.number(shown.counts.total)
    return words("letters.page.shown", n=number, total=all_of_them)


def states(words: Words, shown: Shown) -> Options:
    """Every state with its count, and all together."""
    counts = shown.counts.states
    each = [(state, words(f"letters.state.{state}"), counts.get(state, 0)) for state in STATES]
    return [_option(words, *row) for row in (*each, (ANY, words("letters.page.any"), sum(counts.values())))]


def reasons(words: Words, shown: Shown) -> Options:
    """Every reason there is, the most frequent first; the one chosen stays."""
    counts = _with(shown.counts.reasons, shown.wanted.reason or None)
    each = [_option(words, name, reason_name(words, name), number) for name, number in counts.items()]
    return [_any(words, shown.counts.reasons), *each]


def sources(words: Words, shown: Shown) -> Options:
    """The most frequent senders; the one chosen stays."""
    counts = _with(shown.counts.sources, shown.wanted.source)
    nobody = words("letters.page.no_source")
    each = [_option(words, f"={name}", _plain(name) or nobody, number) for name, number in counts.items()]
    return [_any(words, shown.counts.sources), *each]


def scopes(words: Words, shown: Shown, chosen: int) -> Options:
    return [
        {"label": words("letters.page.all", n=words.number(shown.counts.total)), "value": EVERY},
        {"label": words("letters.page.scope_chosen", n=words.number(chosen)), "value": CHOSEN},
    ]


def _with(counts: dict[str, int], chosen: str | None) -> dict[str, int]:
    return counts if chosen is None or chosen in counts else {**counts, chosen: 0}


def _any(words: Words, counts: dict[str, int]) -> dict[str, Any]:
    return _option(words, ANY, words("letters.page.any"), sum(counts.values()))


def _option(words: Words, value: str, label: str, number: int) -> dict[str, Any]:
    return {"label": f"{label} ({words.number(number)})", "value": value}


def rows(words: Words, profile: Profile, shown: Shown) -> Component:
    """The letters as a table; each can be chosen and opened."""
    if not shown.letters:
        return html.P(words("letters.page.none_chosen"), role="status", className="letters-none")
    names = ["received", "reason", "source", "event", *(["state"] if not shown.wanted.state else [])]
    heads = [html.Th(words(f"letters.page.{name}"), **attrs({"scope": "col"})) for name in names]
    whole = dbc.Checklist([{"label": _spoken(words("letters.page.choose_page")), "value": "page"}], [], id=PAGE)
    return html.Table(
        [
            html.Caption(words("letters.page.list"), className="visually-hidden"),
            html.Thead(html.Tr([html.Th(whole), *heads, html.Th(_spoken(words("letters.page.open")))])),
            html.Tbody([_row(words, profile, letter, not shown.wanted.state) for letter in shown.letters]),
        ],
        className="grid letters-table",
    )


def _row(words: Words, profile: Profile, letter: Letter, stated: bool) -> Component:
    name = _plain(letter.event_id) or letter.id
    choose = dbc.Checklist(
        [{"label": _spoken(words("letters.page.choose_one", id=name)), "value": letter.id}], [],
        id={"type": CHOOSE, "id": letter.id},
    )  # fmt: skip
    opener = html.Button(
        words("letters.page.open"), id={"type": OPEN, "id": letter.id}, type="button", className="button small",
        **attrs({"aria-label": words("letters.page.open_one", id=name)}),
    )  # fmt: skip
    return html.Tr(
        [
            html.Td(choose),
            html.Td(words.moment(letter.received, profile.head.timezone), className="letters-when"),
            html.Th(
                [reason_name(words, letter.reason), html.Span(_plain(letter.detail), className="letters-found")],
                **attrs({"scope": "row"}),
            ),
            html.Td(_plain(letter.source) or NOTHING),
            html.Td(_plain(letter.event_id) or NOTHING),
            *([html.Td(words(f"letters.state.{letter.state}"))] if stated else []),
            html.Td(opener),
        ]
    )


def _spoken(text: str) -> Component:
    return html.Span(text, className="visually-hidden")


def _plain(text: str) -> str:
    return inert(masked(text), LONGEST)
