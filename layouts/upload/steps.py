"""What happens when the page is used: each step answers with the next one, or with what a person can mend."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import msgspec
from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from ioc.core.entry_value import moment
from ioc.core.errors import EngineError
from ioc.core.moments import Calendar
from ioc.core.sheet import SheetError
from ioc.core.words import Words
from layouts.upload import columns, preview, reasons
from layouts.upload.desk import (
    AT,
    BUSY,
    COLUMNS,
    FEED,
    FILE,
    HEADER,
    HOLDS,
    LOOK,
    LOOKED,
    MARK,
    ONLY,
    ORGANISATION,
    POLL,
    QUARANTINED,
    RESULT,
    ROWS,
    SAVE,
    SAVED,
    SEND,
    SHEET,
    SOURCE,
    TOKEN,
    TOLD,
    UNDERSTOOD,
    Uploads,
    spoken,
)  # fmt: skip

if TYPE_CHECKING:
    from layouts.site import Site

Language = Callable[[Any, Mapping[str, str], Mapping[str, str]], str]
WHILE = [(Output(BUSY, "hidden"), False, True)]
_FIELDS = {"column": {"type": "upload-column", "field": ALL}, "constant": {"type": "upload-constant", "field": ALL}}


def register(app: Dash, site: Site, language: Language) -> None:
    """Give the app the callbacks of the page; ``language`` tells it from site, query and cookies."""
    steps = Steps(site, language)
    address = State("url", "search")
    app.callback(
        Output(COLUMNS, "children"), Output(LOOKED, "children"), Output(TOKEN, "data"), Output(TOLD, "children"),
        Output(FILE, "contents"),
        Input(FILE, "contents"), State(FILE, "filename"), State(FEED, "value"), State(ORGANISATION, "value"), address,
        prevent_initial_call=True, running=WHILE,
    )(steps.take)  # fmt: skip
    app.callback(
        Output(COLUMNS, "children", allow_duplicate=True), Output(LOOKED, "children", allow_duplicate=True),
        Output(TOLD, "children", allow_duplicate=True),
        Input(SHEET, "value"), Input(HEADER, "value"), State(TOKEN, "data"), address,
        prevent_initial_call=True, running=WHILE,
    )(steps.turn)  # fmt: skip
    app.callback(
        Output(LOOKED, "children", allow_duplicate=True), Output(TOLD, "children", allow_duplicate=True),
        Input(LOOK, "n_clicks"), State(TOKEN, "data"),
        State(_FIELDS["column"], "value"), State(_FIELDS["column"], "id"), State(_FIELDS["constant"], "value"),
        State(AT, "value"), State(HOLDS, "value"), State(MARK, "value"), State(SOURCE, "value"), address,
        prevent_initial_call=True, running=WHILE,
    )(steps.look)  # fmt: skip
    app.callback(
        Output(ROWS, "children"), Input(ONLY, "value"), State(TOKEN, "data"), address, prevent_initial_call=True
    )(steps.only)
    app.callback(
        Output(SAVED, "data"), Input(SAVE, "n_clicks"), State(TOKEN, "data"), address, prevent_initial_call=True
    )(steps.save)
    app.callback(
        Output(RESULT, "children"), Output(POLL, "disabled"), Output(SEND, "disabled"),
        Input(SEND, "n_clicks"), Input(POLL, "n_intervals"), State(TOKEN, "data"), State(QUARANTINED, "value"),
        State(UNDERSTOOD, "value"), address, prevent_initial_call=True,
    )(steps.send)  # fmt: skip


class Steps:
    """The callbacks; each takes the address last, for its language."""

    def __init__(self, site: Site, language: Language) -> None:
        self._site = site
        self._language = language

    @property
    def _desk(self) -> Uploads:
        if self._site.uploads is None:
            raise SheetError("no_desk")
        return self._site.uploads

    def _words(self, search: str | None) -> Words:
        query = dict(parse_qsl((search or "").removeprefix("?")))
        return self._site.words(self._language(self._site, query, ctx.cookies))

    async def take(
        self, contents: str | None, name: str | None, feed: str, organisation: str, search: str | None
    ) -> tuple[Any, ...]:
        """A file was chosen: step 2."""
        if not contents:
            raise PreventUpdate
        words = self._words(search)
        try:
            token = await self._desk.take(name or "", _decoded(contents), feed or "", organisation or "")
            await self._desk.propose(token, spoken(words, "names"))
            return await self._columns(words, token), [], token, "", None
        except (SheetError, EngineError) as error:
            return [], [], None, told(words, error), None

    async def turn(self, sheet: str, header: str, token: str | None, search: str | None) -> tuple[Any, ...]:
        """Another sheet or another row of headings: step 2 again."""
        words = self._words(search)
        try:
            held = self._desk.held(token or "")
            if (sheet, header) == (held.sheet.name, str(held.proposed.header)):
                raise PreventUpdate
            if sheet != held.sheet.name:
                await self._desk.turn_to(token or "", sheet)
                await self._desk.propose(token or "", spoken(words, "names"))
            else:
                await self._desk.propose(token or "", spoken(words, "names"), int(header))
            return await self._columns(words, token or ""), [], ""
        except (SheetError, EngineError) as error:
            return no_update, no_update, told(words, error)

    async def _columns(self, words: Words, token: str) -> list[Any]:
        """Step 2; a file that was sent before is proposed with the same time, so that it makes the same events."""
        profile, held = self._site.profile, self._desk.held(token)
        before = await self._desk.sent_before(token)
        zone = profile.head.timezone
        at = Calendar(zone).day(self._site.scene(words.language).now) if before is None else float(before.at)
        note = words("upload.before", time=words.moment(before.sent_at, zone)) if before is not None else ""
        return list(columns.draw(words, profile, held, at, note))

    async def look(
        self, clicks: int | None, token: str | None,
        chosen: list[str], ids: list[dict[str, str]], typed: list[str | None],
        at: str | None, holds: str | None, mark: str | None, source: str | None, search: str | None,
    ) -> tuple[Any, ...]:  # fmt: skip
        """Step 3 with the columns as they are matched now."""
        if not clicks:
            raise PreventUpdate
        words = self._words(search)
        try:
            held = self._desk.held(token or "")
            names = [each["field"] for each in ids]
            texts = [(text or "").strip() for text in typed]
            mapping = msgspec.structs.replace(
                held.proposed,
                columns={name: int(at) for name, at in zip(names, chosen, strict=True) if at != columns.NONE},
                constants={name: text for name, text in zip(names, texts, strict=True) if text},
                holds=_given(holds), mark=_given(mark), source=source or "",
            )  # fmt: skip
            held = await self._desk.judge(token or "", mapping, self._moment(at))
            return preview.draw(words, self._site.profile.feeds[held.feed], held), ""
        except (SheetError, EngineError) as error:
            return [], told(words, error)

    def _moment(self, text: str | None) -> float:
        read = moment(text or "", ZoneInfo(self._site.profile.head.timezone))
        if not read:
            raise SheetError("at")
        return datetime.fromisoformat(read).timestamp()

    async def only(self, only: bool, token: str | None, search: str | None) -> Any:
        """The rows again, all or those refused."""
        words = self._words(search)
        try:
            held = self._desk.held(token or "")
        except SheetError as error:
            return told(words, error)
        return preview.rows(words, self._site.profile.feeds[held.feed], held, bool(only))

    async def save(self, clicks: int | None, token: str | None, search: str | None) -> Any:
        """The refused rows as a file."""
        if not clicks:
            raise PreventUpdate
        words = self._words(search)
        try:
            held = self._desk.held(token or "")
        except SheetError:
            raise PreventUpdate from None
        content = reasons.refused(words, self._site.profile.feeds[held.feed], held)
        return {
            "content": base64.b64encode(content).decode(), "base64": True, "type": "text/csv",
            "filename": words("upload.refused_file", feed=held.feed),
        }  # fmt: skip

    async def send(
        self, clicks: int | None, _: int | None, token: str | None, quarantined: bool, understood: bool,
        search: str | None,
    ) -> tuple[Any, bool, bool]:  # fmt: skip
        """Begin to send when it is confirmed, then how far it is. Returns result, "stop asking", "no more pressing"."""
        if not clicks:
            raise PreventUpdate
        words = self._words(search)
        try:
            held = self._desk.held(token or "")
            if ctx.triggered_id == SEND:
                if not understood:
                    return told(words, SheetError("understood")), True, False
                held = await self._desk.send(token or "", bool(quarantined))
        except (SheetError, EngineError) as error:
            return told(words, error), True, False
        over = held.progress is None or held.progress.done or held.progress.failed
        return preview.result(words, held), over, held.progress is not None and not held.progress.failed


def _given(value: str | None) -> str:
    return "" if value is None or value == columns.NONE else value


def told(words: Words, error: Exception) -> Any:
    """What went wrong, and what to do."""
    if isinstance(error, SheetError):
        return words(f"upload.error.{error.reason}", **error.values)
    return words("upload.error.records")


def _decoded(contents: str) -> bytes:
    """The bytes of a data URL."""
    try:
        return base64.b64decode(contents.partition(",")[2], validate=True)
    except binascii.Error:
        raise SheetError("broken") from None
