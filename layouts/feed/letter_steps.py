"""What happens when the workbench of refused events is used. Every callback answers in the language of the address."""

from __future__ import annotations

import functools
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import dash_bootstrap_components as dbc
from dash import ALL, Dash, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from ioc.core.deadletter import DISCARDED, WAITING
from ioc.core.errors import DeliveryError, EngineError
from ioc.core.mask import masked
from ioc.core.replay import Checked, foretold, told
from ioc.core.words import Words
from ioc.live.workbench import Workbench
from ioc.records.dead_letters import Filter
from layouts.feed import letter, letters
from layouts.feed.letters import (
    ANY,
    AT_ONCE,
    BUSY,
    CHANGED,
    CHECK,
    CHOOSE,
    CHOSEN,
    DETAIL,
    DISCARD,
    EVERY,
    LIST,
    MORE,
    NAME,
    OPEN,
    PAGE,
    PANEL,
    REASON,
    REFRESH,
    RESTORE,
    SCOPE,
    SOURCE,
    STATE,
    TIME,
    TIMES,
    TOLD,
    TOTAL,
)

if TYPE_CHECKING:
    from layouts.site import Site

Language = Callable[[Any, Mapping[str, str], Mapping[str, str]], str]
Form = dict[str, Any]
Answer = tuple[Any, ...]
SEND, MEND, NOTE, DROP, CANCEL = (f"{NAME}-{name}" for name in ("send", "mend", "note", "drop", "cancel"))
BY = "page"
_ADDRESS = {"path": State("url", "pathname"), "search": State("url", "search")}
_CHOSEN = {"type": CHOOSE, "id": ALL}
_FILTER = {"state": (STATE, "value"), "reason": (REASON, "value"), "source": (SOURCE, "value"), "time": (TIME, "value")}
_FORM = {
    **{name: State(*place) for name, place in _FILTER.items()}, "scope": State(SCOPE, "value"),
    "chosen": State(_CHOSEN, "value"), **_ADDRESS,
}  # fmt: skip
_LISTED = (
    (LIST, "children"), (STATE, "options"), (REASON, "options"), (SOURCE, "options"), (SCOPE, "options"),
    (SCOPE, "value"), (TOTAL, "children"), (MORE, "hidden"), (CHECK, "hidden"), (DISCARD, "hidden"),
    (RESTORE, "hidden"),
)  # fmt: skip


def register(app: Dash, site: Site, language: Language) -> None:
    """Give the app the callbacks of the section; ``language`` tells it from site, query and cookies."""
    steps = Steps(site, language)
    also = functools.partial(Output, allow_duplicate=True)
    done = [Output(TOLD, "children", allow_duplicate=True), also(CHANGED, "data"), also(PANEL, "children")]

    def on(output: Any, inputs: Any, work: Callable[..., Awaitable[Any]], state: Any = _FORM) -> None:
        app.callback(
            output=output, inputs=inputs, state={"form": state}, prevent_initial_call=True, running=WHILE,
        )(work)  # fmt: skip

    def pressed(name: Any) -> dict[str, Any]:
        return {"pressed": Input(name, "n_clicks")}

    filters = {name: Input(*place) for name, place in _FILTER.items()}
    again = {"more": Input(MORE, "n_clicks"), "again": Input(REFRESH, "n_clicks"), "changed": Input(CHANGED, "data")}
    on([Output(*place) for place in _LISTED] + [also(PANEL, "children")], {**filters, **again}, steps.listed, _ADDRESS)
    on([also(SCOPE, "options"), also(SCOPE, "value")], {"chosen": Input(_CHOSEN, "value")}, steps.counted,
       {"options": State(SCOPE, "options"), **_ADDRESS})  # fmt: skip
    on(Output(_CHOSEN, "value"), {"page": Input(PAGE, "value")}, steps.page, {"ids": State(_CHOSEN, "id")})
    on(Output(DETAIL, "children"), pressed({"type": OPEN, "id": ALL}), steps.opened)
    on(also(DETAIL, "children"), pressed(letter.CLOSE), steps.closed)
    on([Output(PANEL, "children"), Output(TOLD, "children")], pressed(CHECK), steps.checked)
    on(also(PANEL, "children"), pressed(DISCARD), steps.asked)
    on(also(PANEL, "children"), pressed(CANCEL), steps.closed)
    on(done, pressed(SEND), steps.replayed, {**_FORM, "mend": State(MEND, "value")})
    on(done, pressed(DROP), steps.discarded, {**_FORM, "note": State(NOTE, "value")})
    on(done, pressed(RESTORE), steps.restored)
    act = {"type": letter.ACT, "act": ALL, "id": ALL}
    on([*done[:2], also(DETAIL, "children")], pressed(act), steps.acted,
       {**_FORM, "note": State(letter.NOTE_ONE, "value")})  # fmt: skip


WHILE = [(Output(BUSY, "hidden"), False, True)]


class Steps:
    """The callbacks; ``form`` holds what is filled in, and the address."""

    def __init__(self, site: Site, language: Language) -> None:
        self._site = site
        self._language = language

    @property
    def _bench(self) -> Workbench:
        if self._site.workbench is None:
            raise EngineError("no workbench")
        return self._site.workbench

    def _words(self, form: Form) -> Words:
        query = dict(parse_qsl((form["search"] or "").removeprefix("?")))
        return self._site.words(self._language(self._site, query, ctx.cookies))

    async def listed(self, more: int | None, again: int | None, changed: Any, form: Form, **chosen: str) -> Answer:
        """The filter changed, or the list is wanted again."""
        words = self._words(form)
        try:
            wanted = self._filter({**chosen, **form})
            shown = await letters.read(self._bench, wanted, AT_ONCE * (1 + (more or 0)))
        except EngineError as error:
            return (html.P(self._trouble(words, error), role="alert"), *[no_update] * (len(_LISTED) - 1), [])
        waiting, aside = wanted.state == WAITING, wanted.state == DISCARDED
        return (
            letters.rows(words, self._site.profile, shown), letters.states(words, shown), letters.reasons(words, shown),
            letters.sources(words, shown), letters.scopes(words, shown, 0), EVERY, letters.total(words, shown),
            not letters.has_more(shown), not waiting, not waiting, not aside, [],
        )  # fmt: skip

    async def counted(self, chosen: list[list[str]], form: Form) -> Answer:
        """Letters were chosen: the actions are for them."""
        number = sum(map(len, chosen))
        text = self._words(form)("letters.page.scope_chosen", n=number)
        options = [
            each if each["value"] != CHOSEN else {"label": text, "value": CHOSEN} for each in form["options"] or []
        ]
        return options, CHOSEN if number else EVERY

    async def page(self, page: list[str], form: Form) -> list[list[str]]:
        return [[each["id"]] if page else [] for each in form["ids"]]

    async def opened(self, pressed: list[int | None], form: Form) -> list[Component]:
        return await self._detail(self._pressed(pressed)["id"], form)

    async def closed(self, pressed: int | None, form: Form) -> list[Component]:
        self._pressed(pressed)
        return []

    async def checked(self, pressed: int | None, form: Form) -> Answer:
        """What a replay would bring, and the button that does it."""
        self._pressed(pressed)
        words = self._words(form)
        try:
            wanted = self._chosen(form)
            checked = await self._bench.check(wanted)
        except EngineError as error:
            return [], self._trouble(words, error)
        except LookupError:
            return [], words("letters.page.choose_some")
        return self._forecast(words, checked), ""

    async def asked(self, pressed: int | None, form: Form) -> list[Component]:
        """A reason is asked for before letters are discarded."""
        self._pressed(pressed)
        words = self._words(form)
        return [
            _panel(
                [letter.note_field(words, NOTE), _button(DROP, words("letters.page.confirm_discard")), _cancel(words)]
            )
        ]

    async def replayed(self, pressed: int | None, form: Form) -> Answer:
        self._pressed(pressed)
        words = self._words(form)

        async def replay() -> str:
            done = await self._bench.replay(self._chosen(form), BY, mend=bool(form["mend"]))
            return " ".join(told(words, done))

        return await self._done(words, replay)

    async def discarded(self, pressed: int | None, form: Form) -> Answer:
        self._pressed(pressed)
        words = self._words(form)
        note = _note(form)
        if not note:
            return words("letters.problem.note"), no_update, no_update

        async def discard() -> str:
            return words("letters.done_discard", n=await self._bench.discard(self._chosen(form), note, BY))

        return await self._done(words, discard)

    async def restored(self, pressed: int | None, form: Form) -> Answer:
        self._pressed(pressed)
        words = self._words(form)

        async def restore() -> str:
            return words("letters.done_restore", n=await self._bench.restore(self._chosen(form), BY))

        return await self._done(words, restore)

    async def acted(self, pressed: list[int | None], form: Form) -> Answer:
        """A button of the detail: one letter is replayed, mended, discarded or restored."""
        name = self._pressed(pressed)
        words, note = self._words(form), _note(form)
        wanted = Filter(feed=_feed(form), ids=(name["id"],))
        if name["act"] == letter.DROP and not note:
            return words("letters.problem.note"), no_update, no_update

        async def act() -> str:
            if name["act"] == letter.DROP:
                return words("letters.done_discard", n=await self._bench.discard(wanted, note, BY))
            if name["act"] == letter.BACK:
                return words("letters.done_restore", n=await self._bench.restore(wanted, BY))
            return " ".join(told(words, await self._bench.replay(wanted, BY, mend=name["act"] == letter.MENDED)))

        said, changed, _ = await self._done(words, act)
        return said, changed, await self._detail(name["id"], form)

    async def _done(self, words: Words, work: Callable[[], Awaitable[str]]) -> Answer:
        """What was done, that the list changed, and an empty panel."""
        try:
            return await work(), time.time(), []
        except EngineError as error:
            return self._trouble(words, error), time.time(), []
        except LookupError:
            return words("letters.page.choose_some"), no_update, no_update

    async def _detail(self, name: str, form: Form) -> list[Component]:
        words = self._words(form)
        try:
            found = await self._bench.look(_feed(form), name)
        except EngineError as error:
            return [html.P(self._trouble(words, error), role="alert")]
        if found is None:
            return [html.P(words("letters.problem.no_letter"), role="alert")]
        return letter.draw(words, self._site.profile, found)

    def _forecast(self, words: Words, checked: Checked) -> list[Component]:
        ready = checked.accepted + checked.depends
        mend = dbc.Checklist([{"label": words("letters.page.with_mend"), "value": "mend"}], [], id=MEND)
        if not checked.total or not (ready or checked.mendable):
            buttons: list[Component] = [html.Span(words("letters.page.confirm_none"), className="quiet")]
        else:
            buttons = [_button(SEND, words("letters.page.confirm"))]
        sentences = [html.P(sentence) for sentence in foretold(words, checked)]
        return [_panel([*sentences, html.Div(mend, hidden=not checked.mendable), *buttons, _cancel(words)])]

    def _pressed(self, pressed: Any) -> Any:
        """The id of the button; nobody pressed one that was only drawn."""
        if not (any(pressed) if isinstance(pressed, list) else pressed):
            raise PreventUpdate
        return ctx.triggered_id

    def _chosen(self, form: Form) -> Filter:
        """The letters that an action is for. Raises LookupError when none is chosen."""
        if form["scope"] != CHOSEN:
            return self._filter(form)
        ids = tuple(name for names in form["chosen"] for name in names)
        if not ids:
            raise LookupError
        return Filter(feed=_feed(form), ids=ids)

    def _filter(self, form: Form) -> Filter:
        back = TIMES.get(form["time"])
        source = form["source"]
        return Filter(
            feed=_feed(form),
            state="" if form["state"] == ANY else form["state"],
            reason="" if form["reason"] == ANY else form["reason"],
            source=None if source == ANY else source.removeprefix("="),
            start=None if back is None else self._site.scene("vi").now - back,
        )

    def _trouble(self, words: Words, error: EngineError) -> str:
        if not isinstance(error, DeliveryError):
            return words("letters.lacks.database")
        if error.begun:
            return words("letters.lacks.failed")
        return words("letters.lacks.unreachable" if self._bench.sender.possible else "letters.lacks.kafka")


def _feed(form: Form) -> str:
    """The feed of the page's address: ``/feeds/<id>``."""
    return (form["path"] or "").strip("/").partition("/")[2]


def _note(form: Form) -> str:
    return masked(" ".join((form["note"] or "").split()))[:1000]


def _panel(content: list[Any]) -> Component:
    return html.Div(content, className="letters-panel", role="group")


def _button(name: str, text: str) -> Component:
    return html.Button(text, id=name, type="button", className="button")


def _cancel(words: Words) -> Component:
    return _button(CANCEL, words("letters.page.cancel"))
