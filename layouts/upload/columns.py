"""Step 2: which column is which field, what is the same in every row, what time the form speaks of."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from ioc.core.contract import FeedContract, Field
from ioc.core.entry_event import DAY, holding
from ioc.core.entry_mapping import Mapping, fields_of
from ioc.core.profile import Profile
from ioc.core.sheet import LOOKED_AT, Sheet
from ioc.core.words import Words
from layouts.fill import attrs
from layouts.inert import inert
from layouts.upload.desk import AT, HEADER, HOLDS, LOOK, MARK, SHEET, SOURCE
from layouts.upload.reasons import HIDDEN, cell, label

NONE = "-"  # a select can't hold an empty value
HOLDINGS = ("P1D", "P3D", "P7D", "P31D", "P92D", "P366D")
SAMPLES = 3


def draw(words: Words, profile: Profile, held: Any, at: float, before: str) -> list[Component]:
    """The step as proposed; ``at`` (POSIX s) is the time proposed, ``before`` a note on an earlier sending."""
    mapping: Mapping = held.proposed
    contract = profile.feeds[mapping.feed]
    fields = fields_of(contract)
    head = [words(f"upload.{name}") for name in ("field", "column", "constant")]
    notes = [words("upload.encoding", encoding=held.sheet.encoding)] if held.sheet.encoding == "cp1258" else []
    table = html.Table(
        [
            html.Thead(html.Tr([html.Th(text, **attrs({"scope": "col"})) for text in head])),
            html.Tbody([_field(words, contract, held.sheet, mapping, name, field) for name, field in fields.items()]),
        ],
        className="grid upload-fields",
    )
    return [
        html.H2(words("upload.step.columns")),
        *[html.P(note, className="upload-note", role="status") for note in (*notes, before) if note],
        html.Div(_form(words, held.sheet, mapping), className="upload-choices"),
        html.Div(table, className="wide"),
        html.Div(_about(words, profile, contract, mapping, at), className="upload-choices"),
        html.Button(words("upload.look"), id=LOOK, type="button", n_clicks=0, className="button upload-go"),
    ]


def _form(words: Words, sheet: Sheet, mapping: Mapping) -> list[Component]:
    """Which sheet, and which row holds the headings."""
    rows = [
        {"value": str(at), "label": words("upload.row_of", row=sheet.numbers[at], text=_line(sheet, at))}
        for at in range(min(len(sheet.rows), LOOKED_AT))
    ]
    names = [{"value": name, "label": inert(name, 60) or words("upload.only_sheet")} for name in sheet.names]
    return [
        _choice(words("upload.sheet"), SHEET, names, sheet.name, hidden=len(names) < 2),
        _choice(words("upload.header"), HEADER, rows, str(mapping.header)),
    ]


def _line(sheet: Sheet, at: int) -> str:
    return inert(" | ".join(str(value) for value in sheet.rows[at] if value != ""), 70)


def _about(words: Words, profile: Profile, contract: FeedContract, mapping: Mapping, at: float) -> list[Component]:
    """Time, how long it holds, source, and how numbers are written."""
    local = datetime.fromtimestamp(at, ZoneInfo(profile.head.timezone))
    own = words("upload.holds_own", age=words.age(holding(contract)))
    holdings = [
        {"value": NONE, "label": own},
        *({"value": each, "label": words.age(float(each[1:-1]) * DAY)} for each in HOLDINGS),
    ]
    sources = [{"value": source, "label": source} for source in contract.source]
    marks = [{"value": mark, "label": words(f"upload.marks.{name}")} for name, mark in
             (("own", NONE), ("comma", ","), ("point", "."))]  # fmt: skip
    moment = dbc.Input(id=AT, value=f"{local:%d/%m/%Y %H:%M}", maxLength=40, autoComplete="off")
    return [
        html.Div([html.Label(words("upload.at"), htmlFor=AT), moment, html.Span(words("upload.at_help"))],
                 className="upload-choice"),
        _choice(words("upload.holds"), HOLDS, holdings, mapping.holds or NONE),
        _choice(words("upload.mark"), MARK, marks, mapping.mark or NONE),
        _choice(words("upload.source"), SOURCE, sources, mapping.source or contract.source[0], hidden=len(sources) < 2),
    ]  # fmt: skip


def _choice(
    text: str, name: str, options: list[dict[str, str]], value: str, hidden: bool = False
) -> Component:  # fmt: skip
    select = dbc.Select(id=name, options=options, value=value)
    return html.Div([html.Label(text, htmlFor=name), select], className="upload-choice", hidden=hidden)


def _field(
    words: Words, contract: FeedContract, sheet: Sheet, mapping: Mapping, name: str, field: Field | None
) -> Component:
    said = label(words, contract, name)
    needed = field is not None and field.required
    wanted = words(f"upload.type.{field.type}") if field is not None else words(f"upload.beside.{name}")
    column = mapping.columns.get(name)
    select = dbc.Select(
        id={"type": "upload-column", "field": name}, value=NONE if column is None else str(column),
        options=[{"value": NONE, "label": words("upload.no_column")}, *_columns(words, sheet, mapping, field)],
    )  # fmt: skip
    constant = dbc.Input(id={"type": "upload-constant", "field": name}, value=mapping.constants.get(name, ""),
                         maxLength=200, autoComplete="off")  # fmt: skip
    return html.Tr(
        [
            html.Th([said, html.Span(" *" if needed else ""), html.Span(wanted, className="quiet")],
                    **attrs({"scope": "row"})),
            html.Td(_labelled(words("upload.column_of", field=said), select)),
            html.Td(_labelled(words("upload.constant_of", field=said), constant)),
        ]
    )  # fmt: skip


def _labelled(text: str, control: Component) -> Component:
    return html.Label([html.Span(text, className="visually-hidden"), control])


def _columns(words: Words, sheet: Sheet, mapping: Mapping, field: Field | None) -> list[dict[str, str]]:
    """Each column by its letter, heading and first values."""
    names = [inert(text, 40) or words("upload.unnamed") for text in mapping.heading]
    return [
        {"value": str(at), "label": f"{letter(at)} · {name}{_sample(sheet, mapping, at)}"}
        for at, name in enumerate(names)
    ]


def _sample(sheet: Sheet, mapping: Mapping, column: int) -> str:
    rows = sheet.rows[mapping.header + 1 : mapping.header + 20]
    values = [cell(row[column], None) for row in rows if column < len(row) and row[column] != ""][:SAMPLES]
    return f" ({', '.join(inert(value, 16) for value in values)})" if values else ""


def letter(column: int) -> str:
    """A column as spreadsheets call it: 0 is A, 26 is AA."""
    return (letter(column // 26 - 1) if column >= 26 else "") + chr(65 + column % 26)


__all__ = ["HIDDEN", "draw", "letter"]
