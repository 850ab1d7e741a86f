"""One refused event: what is wrong, what to do, what it holds without personal data, and its mend."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from ioc.core.deadletter import DISCARDED, WAITING, Letter
from ioc.core.intake import field_at_fault
from ioc.core.mask import masked
from ioc.core.mend import MENDABLE, REFUSED, Mend
from ioc.core.profile import Profile
from ioc.core.replay import reason_name
from ioc.core.words import Words
from ioc.live.workbench import Looked
from layouts.fill import attrs
from layouts.inert import inert

ACT = "letters-act"
CLOSE = "letters-close"
NOTE_ONE = "letters-note-one"
REPLAY, MENDED, DROP, BACK = "replay", "mend", "discard", "restore"


def draw(words: Words, profile: Profile, found: Looked) -> list[Component]:
    """The detail of a letter, with what can be done about it."""
    letter = found.letter
    close = html.Button(words("letters.page.close"), id=CLOSE, type="button", className="button small")
    return [
        html.Div([html.H3(reason_name(words, letter.reason)), close], className="letters-detail-head"),
        html.Dl([part for row in _facts(words, profile, found) for part in row], className="explained"),
        *_mend(words, found.verdict.mend if letter.state == WAITING else None),
        *_sample(words, found),
        _acts(words, found),
    ]


def _facts(words: Words, profile: Profile, found: Looked) -> list[tuple[Component, Component]]:
    letter, verdict = found.letter, found.verdict
    zone, fields = profile.head.timezone, profile.feeds[letter.feed].parsed()
    again = words(f"letters.verdict.{verdict.kind}")
    if verdict.kind == REFUSED and verdict.reason != letter.reason:
        again = f"{again} ({reason_name(words, verdict.reason)}: {_plain(verdict.detail)})"
    facts = {
        "meaning": _of(words, "states.reason_meaning", letter.reason),
        "next": _of(words, "states.reason_next", letter.reason),
        "where": field_at_fault(letter.detail, fields),
        "found": _plain(letter.detail),
        "verdict": again if letter.state == WAITING else "",
        "organisation": _organisation(words, profile, letter.organisation),
        "area": _area(profile, letter.area),
        "decided": _decided(words, letter, zone),
        "of_letter": letter.replay_of,
        "size": words("letters.page.bytes", n=words.number(letter.size)),
        "id": letter.id,
    }
    return [(html.Dt(words(f"letters.page.{name}")), html.Dd(inert(text, 400))) for name, text in facts.items() if text]


def _of(words: Words, group: str, code: str) -> str:
    return words(f"{group}.{code}") if words.has(f"{group}.{code}") else ""


def _organisation(words: Words, profile: Profile, code: str) -> str:
    known = profile.organisations.get(code)
    return words.text(known.name) if known else code


def _area(profile: Profile, code: str) -> str:
    known = profile.current_areas().get(code)
    return known.name if known else code


def _decided(words: Words, letter: Letter, zone: str) -> str:
    if letter.decided_at is None:
        return ""
    who = words("letters.page.decided_by", at=words.moment(letter.decided_at, zone), by=_by(words, letter))
    parts = [words(f"letters.state.{letter.state}"), who, letter.note]
    return " · ".join(part for part in parts if part)


def _by(words: Words, letter: Letter) -> str:
    return (
        words(f"letters.by.{letter.decided_by}") if words.has(f"letters.by.{letter.decided_by}") else letter.decided_by
    )


def _mend(words: Words, mend: Mend | None) -> list[Component]:
    """Before and after, side by side."""
    if mend is None:
        return []
    kinds = ", ".join(words(f"letters.mend.{kind}") for kind in mend.kinds)
    names = [words(f"letters.page.{name}") for name in ("where", "before", "after")]
    lines = [
        html.Tr([html.Th(html.Code(each.field), **attrs({"scope": "row"})),
                 html.Td(html.Del(_plain(each.before))), html.Td(html.Ins(_plain(each.after)))])
        for each in mend.changes
    ]  # fmt: skip
    table = html.Table(
        [html.Thead(html.Tr([html.Th(name, **attrs({"scope": "col"})) for name in names])), html.Tbody(lines)],
        className="grid letters-mend",
    )
    return [html.H4(f"{words('letters.page.mend')}: {kinds}"), table]


def _sample(words: Words, found: Looked) -> list[Component]:
    shown = found.sample
    if shown.kind == "empty":
        return [html.P(words("letters.page.sample_empty"), className="quiet")]
    title = words("letters.page.sample" if shown.kind == "json" else "letters.page.sample_text")
    cut = [html.P(words("letters.page.sample_cut", size=words.number(found.letter.size)), className="quiet")]
    text = html.Pre(shown.text, tabIndex=0, role="region", **attrs({"aria-label": title}))
    return [html.H4(title), text, *(cut if shown.cut else [])]


def _acts(words: Words, found: Looked) -> Component:
    letter, kind = found.letter, found.verdict.kind

    def button(act: str, text: str, **more: Any) -> Component:
        name = {"type": ACT, "act": act, "id": letter.id}
        return html.Button(text, id=name, type="button", className="button", **more)

    acts: list[Component] = []
    if letter.state == WAITING:
        if kind == MENDABLE:
            acts.append(button(MENDED, words("letters.page.mend_one")))
        elif kind != REFUSED:
            acts.append(button(REPLAY, words("letters.page.replay_one")))
        acts.append(_note(words, NOTE_ONE))
        acts.append(button(DROP, words("letters.page.discard_one")))
    elif letter.state == DISCARDED:
        acts.append(button(BACK, words("letters.page.restore")))
    # The field is always there: a callback that reads it would fail without it.
    hidden = [] if letter.state == WAITING else [html.Div(_note(words, NOTE_ONE), hidden=True)]
    return html.Div([*acts, *hidden], className="letters-actions")


def _note(words: Words, name: str) -> Component:
    field = dbc.Input(id=name, type="text", maxlength=1000, placeholder=words("letters.page.note_hint"))
    return html.Label([words("letters.page.note"), field], className="letters-note", htmlFor=name)


def note_field(words: Words, name: str) -> Component:
    """Where the reason for discarding is written."""
    return _note(words, name)


def _plain(text: str) -> str:
    return inert(masked(text), 300)
