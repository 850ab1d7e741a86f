"""Open tasks, the latest first: title, who is accountable, progress, time left."""

from __future__ import annotations

from typing import Any

import msgspec
from dash import html
from dash.development.base_component import Component

from ioc.core.contract import Strict
from ioc.core.profile import Profile
from ioc.core.reading import Scene
from ioc.core.wall import Panel
from ioc.core.words import Words
from ioc.core.workdays import Workdays
from layouts import figures
from layouts.entities import field, number
from layouts.fill import Update, attrs, wire
from layouts.inert import inert
from layouts.panels.alerts import empty
from layouts.panels.kind import PanelType, panel_class

DAY = 86_400
FEED = "task"


class TaskOptions(Strict, frozen=True, kw_only=True):
    """``limit`` rows; ``pillars`` (none: all) filters."""

    limit: int = 6
    pillars: list[str] = []


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One open task; ``left`` seconds until it is due (below zero: late), None without a deadline."""

    title: str
    accountable: str
    progress: float
    due: float | None
    left: float | None
    pillar: str

    @property
    def late(self) -> bool:
        return self.left is not None and self.left < 0


def open_tasks(scene: Scene, feed: str) -> list[Task]:
    """Every open task, overdue and due soon first."""
    tasks = [_task(scene, entity) for entity in scene.entities(feed)]
    return sorted(tasks, key=lambda task: (task.left is None, task.left or 0.0, task.title))


def _task(scene: Scene, entity: dict[str, Any]) -> Task:
    due = entity.get("due")
    lead = str(field(entity, "lead") or entity.get("organisation") or "")
    accountable = inert(field(entity, "accountable") or "", 80)
    return Task(
        title=inert(field(entity, "title") or entity["id"], 160),
        accountable=accountable or (figures.organisation(scene.profile, figures.words_of(scene), lead) if lead else ""),
        progress=min(max(number(entity, "progress") or 0.0, 0.0), 100.0),
        due=due,
        left=None if due is None else due - scene.now,
        pillar=str(field(entity, "pillar") or ""),
    )


def priority(scene: Scene, task: Task) -> str | None:
    """Late is critical, due within the profile's ``due_soon`` is high."""
    if task.left is None:
        return None
    if task.late:
        return "critical"
    head = scene.profile.head
    horizon = Workdays(head.timezone, scene.profile.holidays).horizon(head.due_soon, scene.now)
    return "high" if task.left <= horizon - scene.now else None


def time_left(words: Words, task: Task) -> str:
    """``Trễ 3 ngày``, ``Còn 2 ngày``."""
    if task.left is None:
        return words("panels.tasks.no_due")
    key = "panels.tasks.late" if task.late else "panels.tasks.left"
    return words(key, age=words.age(abs(task.left)))


def draw(panel: Panel, scene: Scene, options: TaskOptions) -> Component:
    return html.Ul(id=f"{panel.id}-rows", className="items tasks", role="list")


def update(panel: Panel, scene: Scene, options: TaskOptions) -> list[Update]:
    words = figures.words_of(scene)
    feed = panel.feeds[0] if panel.feeds else FEED
    pulse = scene.pulse(feed)
    tasks = [task for task in open_tasks(scene, feed) if not options.pillars or task.pillar in options.pillars]
    marks = [priority(scene, task) for task in tasks]
    note = words("panels.tasks.count", n=len(tasks), late=marks.count("critical"), soon=marks.count("high"))
    rows = [_row(words, task, mark) for task, mark in zip(tasks[: options.limit], marks, strict=False)]
    if len(tasks) > len(rows):
        rows.append(html.Li(words("panels.tasks.more", n=len(tasks) - len(rows)), className="item item-more"))
    return [
        (panel.id, {"className": panel_class(panel, figures.state_class(pulse.freshness))}),
        (f"{panel.id}-note", {"children": note if tasks else ""}),
        (f"{panel.id}-rows", {"children": wire(rows or [empty(words("panels.tasks.none"))])}),
    ]


def _row(words: Words, task: Task, mark: str | None) -> Component:
    done = words.percent(task.progress)
    return html.Li(
        [
            html.Div(
                [
                    html.Div(task.title, className="item-title"),
                    html.Div(task.accountable, className="item-detail"),
                ],
                className="item-body",
            ),
            html.Span(
                html.I(style={"width": f"{task.progress:.0f}%"}),
                className="bar",
                role="img",
                **attrs({"aria-label": words("panels.tasks.progress", progress=done)}),
            ),
            html.B(time_left(words, task), className="item-due"),
        ],
        className=f"item task {figures.state_class('live', mark)}".rstrip(),
    )


def feeds(panel: Panel, profile: Profile) -> frozenset[str]:
    return frozenset(panel.feeds[:1] or ([FEED] if FEED in profile.feeds else []))


PANEL = PanelType(options=TaskOptions, draw=draw, update=update, feeds=feeds)
