"""Draws and updates panels by their type; one that fails says so in its own frame and leaves its neighbours alone."""

from __future__ import annotations

import logging

from dash import html
from dash.development.base_component import Component

from ioc.core.reading import Scene
from ioc.core.wall import Panel
from layouts import figures
from layouts.fill import Update, attrs, fill
from layouts.inert import inert
from layouts.panels import PANELS
from layouts.panels.kind import indicators_of, panel_class

log = logging.getLogger(__name__)
_failing: dict[str, str] = {}


def draw_panel(panel: Panel, scene: Scene, slot: bool = True) -> Component:
    """The panel with its present values; in its slot of a wall's grid unless ``slot`` is false."""
    try:
        kind = PANELS[panel.type]
        body = kind.draw(panel, scene, kind.options_of(panel))
        return fill(_frame(panel, scene, body, slot), update_panel(panel, scene))
    except Exception as problem:  # whatever a panel does wrong must stay in its frame
        _report(panel, problem)
        return fill(_frame(panel, scene, None, slot), [failure(panel, scene, problem)])


def update_panel(panel: Panel, scene: Scene) -> list[Update]:
    """The panel's props now; ids are those that :func:`draw_panel` made."""
    try:
        kind = PANELS[panel.type]
        updates = kind.update(panel, scene, kind.options_of(panel))
    except Exception as problem:
        _report(panel, problem)
        return [failure(panel, scene, problem)]
    if _failing.pop(panel.id, None):
        log.info("panel %s is well again", panel.id)
    return [*updates, (f"{panel.id}-error", {"children": "", "className": "panel-error"})]


def _report(panel: Panel, problem: Exception) -> None:
    """Logged once, not at every frame."""
    told = repr(problem)
    if _failing.get(panel.id) != told:
        _failing[panel.id] = told
        log.error("panel %s (%s) fails", panel.id, panel.type, exc_info=problem)


def failure(panel: Panel, scene: Scene, problem: Exception) -> Update:
    """What a failed panel shows: the state of its own frame, never a stack trace."""
    words = figures.words_of(scene)
    reason = (
        words("panels.unknown_type", type=panel.type)
        if panel.type not in PANELS
        else inert(f"{type(problem).__name__}: {problem}", 200)
    )
    text = words("panels.failed", reason=reason)
    return f"{panel.id}-error", {"children": text, "className": "panel-error is-shown"}


def _frame(panel: Panel, scene: Scene, body: Component | None, slot: bool) -> Component:
    column, row, width, height = panel.at
    return html.Section(
        [
            html.Div(
                [
                    html.H2(_title(panel, scene), id=f"{panel.id}-title", className="panel-title"),
                    html.Span(id=f"{panel.id}-note", className="panel-note age"),
                ],
                className="panel-head",
            ),
            html.Div(body, className="panel-body"),
            html.Div(id=f"{panel.id}-error", className="panel-error", role="alert"),
        ],
        id=panel.id,
        className=panel_class(panel),
        style={"gridColumn": f"{column} / span {width}", "gridRow": f"{row} / span {height}"} if slot else {},
        **attrs({"aria-labelledby": f"{panel.id}-title"}),
    )


def _title(panel: Panel, scene: Scene) -> Component | str:
    """The title; a panel of one indicator leads to that indicator's page."""
    words = figures.words_of(scene)
    names = indicators_of(panel)
    known = scene.profile.indicators.get(names[0]) if len(names) == 1 else None
    text = words.text(panel.title) or (figures.title(words, known) if known else "")
    return html.A(text, href=f"/indicators/{known.id}") if known else text
