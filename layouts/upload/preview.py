"""Step 3: what would become of each row, with the reason beside the cell; and step 4, sending."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from ioc.core.contract import FeedContract
from ioc.core.entry_mapping import fields_of
from ioc.core.entry_verdict import SENT, Verdict
from ioc.core.outcome import OUTCOMES
from ioc.core.words import Words
from layouts.fill import attrs
from layouts.upload.columns import letter
from layouts.upload.desk import ONLY, POLL, QUARANTINED, RESULT, ROWS, SAVE, SAVED, SEND, UNDERSTOOD
from layouts.upload.reasons import REFUSED, cell, label, reason

MOST = 200
STATES = {"rejected": "critical", "quarantined": "high", "late": "low"}


def draw(words: Words, contract: FeedContract, held: Any) -> list[Component]:
    """Counts, rows, and what is needed to send."""
    counts = held.counts
    return [
        html.H2(words("upload.step.preview")),
        html.Div([_count(words, outcome, counts.get(outcome, 0)) for outcome in OUTCOMES], className="upload-counts"),
        html.Div(
            [
                dbc.Checkbox(id=ONLY, value=False, label=words("upload.only")),
                html.Button(words("upload.save"), id=SAVE, type="button", n_clicks=0, className="button",
                            disabled=not any(counts.get(outcome) for outcome in REFUSED)),
                dcc.Download(id=SAVED),
            ],
            className="upload-tools",
        ),
        html.Div(rows(words, contract, held, only=False), id=ROWS),
        *_sending(words, contract, held),
    ]  # fmt: skip


def _count(words: Words, outcome: str, count: int) -> Component:
    return html.Div(
        [
            html.B(words.number(count)),
            html.Span([_sign(outcome), words(f"upload.outcomes.{outcome}")]),
        ],
        className=f"upload-count {_state(outcome) if count else ''}".strip(),
    )


def _state(outcome: str) -> str:
    return f"is-{STATES[outcome]}" if outcome in STATES else ""


def _sign(outcome: str) -> Component:
    sign = STATES.get(outcome)
    return html.Span(className=f"sign sign-{sign}" if sign else "", **attrs({"aria-hidden": "true"}))


def rows(words: Words, contract: FeedContract, held: Any, only: bool) -> list[Component]:
    """The first rows with their outcome; ``only`` those refused."""
    chosen = [verdict for verdict in held.verdicts if not only or verdict.outcome in REFUSED]
    mapping = held.mapping
    shown = words.number(min(MOST, len(chosen)))
    head = [words("upload.row"), words("upload.outcome_head")]
    head += [f"{label(words, contract, name)} ({letter(at)})" for name, at in mapping.columns.items()]
    table = html.Table(
        [
            html.Caption(words("upload.shown", shown=shown, all=words.number(len(chosen)))),
            html.Thead(html.Tr([html.Th(text, **attrs({"scope": "col"})) for text in head])),
            html.Tbody([_row(words, contract, held, verdict) for verdict in chosen[:MOST]]),
        ],
        className="grid upload-rows",
    )
    return [html.Div(table, className="wide upload-scroll", tabIndex=0, role="region",
                     **attrs({"aria-label": words("upload.step.preview")}))]  # fmt: skip


def _row(words: Words, contract: FeedContract, held: Any, verdict: Verdict) -> Component:
    fields = fields_of(contract)
    values = held.sheet.rows[verdict.row]
    told = reason(words, contract, verdict) if verdict.reason else ""
    cells = [
        _cell(cell(values[at], fields[name]) if at < len(values) else "", told if name == verdict.field else "")
        for name, at in held.mapping.columns.items()
    ]
    beside = told if told and verdict.field not in held.mapping.columns else ""
    state: list[Any] = [_sign(verdict.outcome), words(f"upload.outcomes.{verdict.outcome}")]
    return html.Tr(
        [
            html.Th(str(held.sheet.numbers[verdict.row]), **attrs({"scope": "row"})),
            html.Td([html.Span(state, className="upload-state"), html.Span(beside, className="upload-why")]),
            *cells,
        ],
        className=_state(verdict.outcome),
    )


def _cell(text: str, told: str) -> Component:
    if not told:
        return html.Td(text)
    return html.Td([html.Span(text or "∅"), html.Span(told, className="upload-why")], className="upload-wrong")


def _sending(words: Words, contract: FeedContract, held: Any) -> list[Component]:
    counts = held.counts
    good, doubtful = sum(counts.get(outcome, 0) for outcome in SENT), counts.get("quarantined", 0)
    tick = dbc.Checkbox(
        id=QUARANTINED, value=False, disabled=not doubtful, label=words("upload.quarantined", n=words.number(doubtful))
    )
    return [
        html.H2(words("upload.step.send")),
        html.P(words("upload.good", n=words.number(good)), className="upload-good"),
        html.P(words("upload.later"), className="quiet", hidden=not contract.entity.transitions),
        html.Div(tick, hidden=not doubtful),
        dbc.Checkbox(id=UNDERSTOOD, value=False, label=words("upload.understood")),
        html.Button(words("upload.send"), id=SEND, type="button", n_clicks=0, className="button upload-go",
                    disabled=not good and not doubtful),
        html.Div(id=RESULT, role="status"),
        dcc.Interval(id=POLL, interval=500, disabled=True),
    ]  # fmt: skip


def result(words: Words, held: Any) -> Component:
    """How far sending is, and in the end where to look."""
    progress = held.progress
    share = 100 * progress.sent / max(progress.all, 1)
    sent, every = words.number(progress.sent), words.number(progress.all)
    if progress.failed:
        return html.P(words("upload.failed", sent=sent, all=every), className="upload-error", role="alert")
    if not progress.done:
        told = words("upload.sending", sent=sent, all=every)
        return html.Div([html.P(told), html.Progress(value=f"{share:.0f}", max="100", **attrs({"aria-label": told}))])
    return html.Div(
        [
            html.P(words("upload.done", all=every), className="upload-done"),
            html.A(words("upload.see"), href=f"/feeds/{held.feed}", className="button"),
        ]
    )
