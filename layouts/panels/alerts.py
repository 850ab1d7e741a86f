"""What asks for attention, worst first: breached thresholds, CAP and security alerts, silent feeds."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from ioc.core.contract import Strict
from ioc.core.reading import Alarm, Scene
from ioc.core.wall import Panel
from ioc.core.words import Words
from layouts import figures
from layouts.fill import Update, attrs, wire
from layouts.inert import inert
from layouts.panels.kind import PanelType, every_feed


class AlertOptions(Strict, frozen=True, kw_only=True):
    """``limit`` rows are shown; ``kinds`` (none: all) and ``priorities`` filter."""

    limit: int = 8
    kinds: list[str] = []
    priorities: list[str] = []


def draw(panel: Panel, scene: Scene, options: AlertOptions) -> Component:
    return html.Ul(id=f"{panel.id}-rows", className="items", role="list")


def update(panel: Panel, scene: Scene, options: AlertOptions) -> list[Update]:
    words = figures.words_of(scene)
    alarms = [alarm for alarm in scene.alerts() if _wanted(alarm, options)]
    rows = [row(words, scene, alarm) for alarm in alarms[: options.limit]]
    rest = len(alarms) - len(rows)
    if rest > 0:
        rows.append(html.Li(words("panels.alerts.more", n=rest), className="item item-more"))
    note = words("panels.alerts.count", n=len(alarms)) if alarms else ""
    return [
        (f"{panel.id}-rows", {"children": wire(rows or [empty(words("panels.alerts.none"))])}),
        (f"{panel.id}-note", {"children": note}),
    ]


def _wanted(alarm: Alarm, options: AlertOptions) -> bool:
    return (not options.kinds or alarm.kind in options.kinds) and (
        not options.priorities or alarm.priority in options.priorities
    )


def row(words: Words, scene: Scene, alarm: Alarm) -> Component:
    """One alarm: shape, title, detail, running age, owner."""
    return html.Li(
        [
            figures.priority_sign(words, alarm.priority),
            html.Div(
                [
                    html.Div(inert(alarm.title, 160), className="item-title"),
                    html.Div(_detail(words, scene, alarm), className="item-detail"),
                ],
                className="item-body",
            ),
            html.Div(
                [
                    html.B(className="age", **attrs({"data-at": f"{alarm.since:.0f}", "data-form": "timer"})),
                    html.Span(_accountable(words, scene, alarm), className="item-owner"),
                ],
                className="item-end",
            ),
        ],
        className=f"item is-{alarm.priority} mode-{alarm.mode}",
    )


def _detail(words: Words, scene: Scene, alarm: Alarm) -> str:
    area = figures.label(scene.profile, words, "area", alarm.area) if alarm.area else ""
    detail = inert(alarm.detail)
    parts = [] if alarm.mode == scene.clock.mode else [words(f"panels.mode.{alarm.mode}")]
    parts += [detail] if detail else []
    if area and area not in alarm.title and area not in detail:
        parts.append(area)
    return " · ".join(parts)


def _accountable(words: Words, scene: Scene, alarm: Alarm) -> str:
    if alarm.owner:
        return figures.organisation(scene.profile, words, alarm.owner)
    return words(f"panels.alerts.kind.{alarm.kind}")


def empty(text: str) -> Component:
    """The row that says that there is nothing."""
    return html.Li(text, className="item item-empty")


PANEL = PanelType(options=AlertOptions, draw=draw, update=update, feeds=every_feed)
