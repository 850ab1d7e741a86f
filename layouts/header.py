"""The top of every page: title, counts by priority, the live light, the installation's clock, exercise and notices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from ioc.core.reading import Scene
from layouts import figures
from layouts.fill import Update, attrs, fill
from layouts.inert import inert


def draw(
    scene: Scene, title: str, subtitle: str, notices: Sequence[str] = (), links: Component | None = None
) -> Component:
    """The header with its present values."""
    words = figures.words_of(scene)
    zone = scene.profile.head.timezone
    return fill(
        html.Header(
            [
                html.Div(
                    [html.H1(html.A(title, href="/")), html.Div(subtitle, className="subtitle")], className="head-title"
                ),
                html.Div([html.Span(inert(notice)) for notice in notices],
                         id="head-notices", className="head-notices", role="status"),
                html.Div(_counts(scene), className="head-counts", role="group",
                         **attrs({"aria-label": words("wall.counts")})),
                html.Div(
                    [html.I(**attrs({"aria-hidden": "true"})), html.Span(words("wall.connecting"), id="live-text")],
                    id="live-light", className="live-light", role="status", **attrs({"data-state": "connecting"}),
                ),
                html.Div(
                    [
                        html.Div(className="age", **attrs({"data-form": "date", "data-zone": zone})),
                        html.Div(id="head-mode", className="head-mode"),
                    ],
                    className="head-date",
                ),
                html.Div(className="head-clock age", role="timer", **attrs({"data-form": "time", "data-zone": zone})),
                links,
            ],
            className="head",
        ),
        update(scene),
    )  # fmt: skip


def _counts(scene: Scene) -> list[Component]:
    words = figures.words_of(scene)
    return [
        html.Span(
            [
                figures.priority_sign(words, priority),
                html.Span(id=f"head-{priority}"),
            ],
            className=f"is-{priority}",
            title=words(f"states.priority.{priority}"),
        )
        for priority in figures.MARKS
    ]


def update(scene: Scene) -> list[Update]:
    """Counts by priority and the exercise mark."""
    counts: Counter[str] = Counter(alarm.priority for alarm in scene.alerts())
    updates: list[Update] = [(f"head-{name}", {"children": str(counts[name])}) for name in figures.MARKS]
    return [*updates, ("head-mode", {"children": mode(scene), "className": f"head-mode mode-{scene.clock.mode}"})]


def mode(scene: Scene) -> str:
    """``Diễn tập: bão Yagi ×60``; empty in service."""
    clock, words = scene.clock, figures.words_of(scene)
    if clock.real:
        return ""
    kind, label = words(f"panels.mode.{clock.mode}"), inert(words.text(clock.label), 80)
    if kind.lower() not in label.lower():
        label = words("wall.exercise_of", kind=kind, label=label) if label else kind
    return words("wall.exercise", label=label, speed=words.number(clock.speed, 0 if clock.speed >= 1 else 1))
