"""``/brief``: what a leader must know in ten seconds, then every group of indicators."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from dash import html
from dash.development.base_component import Component

from ioc.core.indicator import Indicator
from ioc.core.profile import Group, Profile
from ioc.core.reading import Alarm, Scene
from ioc.core.wall import Panel
from ioc.core.words import Words
from layouts import chrome, figures, stage
from layouts.fill import Update, fill, wire
from layouts.inert import inert
from layouts.panels import tasks
from layouts.parts import Part, View, head, panel_part

if TYPE_CHECKING:
    from layouts.site import Site

MOST = 7
MOST_NAMES = 8
JOINT = " · "
RATE = 0.5  # seventy cards: more often is work nobody sees
NAME = "brief-exceptions"


class Matter(msgspec.Struct, frozen=True, kw_only=True):
    """One exception: what, since when or until when, who is accountable, where to read on."""

    priority: str
    sentence: str
    when: str
    who: str
    link: str = ""


def draw(site: Site, scene: Scene, key: str) -> Component | None:
    if key:
        return None
    words = figures.words_of(scene)
    listed = fill(html.Ol(id=NAME, className="matters"), exceptions_update(scene))
    return chrome.around(
        site,
        scene,
        words("pages.brief.title"),
        [
            html.Section(
                [html.H2(words("pages.brief.exceptions"), id="brief-head"), listed], className="exceptions"
            ),
            *[_group(scene, group) for group in groups(scene.profile)],
        ],
    )  # fmt: skip


def view(profile: Profile, key: str) -> View | None:
    if key:
        return None
    exceptions = Part(NAME, frozenset(profile.feeds), exceptions_update)
    cards = [panel_part(card(each), profile) for group in groups(profile) for each in indicators(profile, group)]
    return View("brief", [head(profile), exceptions, *cards], RATE)


def groups(profile: Profile) -> list[Group]:
    """The groups that have indicators, in the profile's order."""
    used = {indicator.group for indicator in profile.indicators.values()}
    return sorted((group for group in profile.head.groups if group.id in used), key=lambda group: group.order)


def indicators(profile: Profile, group: Group) -> list[Indicator]:
    return [indicator for indicator in profile.indicators.values() if indicator.group == group.id]


def card(indicator: Indicator) -> Panel:
    """An indicator's card: a tile without a slot."""
    return Panel(id=f"card-{indicator.id}", type="tile", at=(1, 1, 4, 2), indicator=indicator.id)


def _group(scene: Scene, group: Group) -> Component:
    cards = [stage.draw_panel(card(indicator), scene, slot=False) for indicator in indicators(scene.profile, group)]
    return html.Section(
        [html.H2(figures.words_of(scene).text(group.title)), html.Div(cards, className="cards")], className="group"
    )


def exceptions_update(scene: Scene) -> list[Update]:
    """At most seven matters, and how many more there are."""
    words = figures.words_of(scene)
    found = matters(scene)
    rows: list[Component] = [_row(words, matter) for matter in found[:MOST]]
    if len(found) > MOST:
        rows.append(html.Li(words("pages.brief.more", n=len(found) - MOST), className="quiet"))
    if not rows:
        rows.append(html.Li(words("pages.brief.quiet")))
    return [(NAME, {"children": wire(rows)})]


def matters(scene: Scene) -> list[Matter]:
    """Alerts and tasks that need a leader: critical first, then late tasks, then the rest."""
    alarms = [_alarm(scene, alike) for alike in _alike(scene.alerts())]
    open_tasks = tasks.open_tasks(scene, tasks.FEED) if tasks.FEED in scene.profile.feeds else []
    due = [_task(scene, task, mark) for task in open_tasks if (mark := tasks.priority(scene, task))]
    return sorted([*alarms, *due], key=lambda matter: list(figures.MARKS).index(matter.priority))


def _alike(alarms: list[Alarm]) -> list[list[Alarm]]:
    """Alarms of one kind, priority, owner and heading together: a flood is one matter, not one for each station."""
    found: dict[tuple[str, ...], list[Alarm]] = {}
    for alarm in alarms:
        heading = alarm.title.partition(JOINT)[0]
        found.setdefault((alarm.kind, alarm.priority, alarm.owner, alarm.mode, heading), []).append(alarm)
    return list(found.values())


def _alarm(scene: Scene, alike: list[Alarm]) -> Matter:
    words = figures.words_of(scene)
    alarm = min(alike, key=lambda each: each.since)
    since = words("pages.brief.since", time=figures.moment(scene, alarm.since), age=words.age(scene.now - alarm.since))
    return Matter(
        priority=alarm.priority,
        sentence=_sentence(scene, alarm) if len(alike) == 1 else _together(scene, alike),
        when=f"{since} · {words(f'states.priority_next.{alarm.priority}')}",
        who=_accountable(scene, alarm.owner),
        link=alarm.link if alarm.link.startswith("/") and not alarm.link.startswith("//") else "",
    )


def _together(scene: Scene, alike: list[Alarm]) -> str:
    """``Vượt báo động III: Phả Lại, Bến Bình, An Phụ.``"""
    heading = inert(alike[0].title.partition(JOINT)[0], 120)
    names = [inert(alarm.title.partition(JOINT)[2] or alarm.detail, 60) for alarm in alike[:MOST_NAMES]]
    rest = len(alike) - len(names)
    more = [figures.words_of(scene)("pages.brief.others", n=rest)] if rest else []
    return f"{heading}: {', '.join([*names, *more])}."


def _sentence(scene: Scene, alarm: Alarm) -> str:
    words = figures.words_of(scene)
    area = figures.label(scene.profile, words, "area", alarm.area) if alarm.area else ""
    texts = [inert(alarm.title, 160), inert(alarm.detail, 200)]
    if area and not any(area in text for text in texts):
        texts.append(area)
    if alarm.mode != scene.clock.mode:
        texts.insert(0, words(f"panels.mode.{alarm.mode}"))
    return ". ".join(text.rstrip(".") for text in texts if text) + "."


def _accountable(scene: Scene, code: str) -> str:
    """The head of the organisation, else its name."""
    words = figures.words_of(scene)
    found = scene.profile.organisations.get(code)
    if found is None:
        return inert(code, 80)
    return words.text(found.head) or words.text(found.short) or words.text(found.name)


def _task(scene: Scene, task: tasks.Task, mark: str) -> Matter:
    words = figures.words_of(scene)
    key = "pages.brief.task_late" if task.late else "pages.brief.task_soon"
    return Matter(
        priority=mark,
        sentence=words(key, age=words.age(abs(task.left or 0.0)), title=task.title),
        when=words("pages.brief.by", date=words.date(task.due, scene.profile.head.timezone)),
        who=task.accountable,
    )


def _row(words: Words, matter: Matter) -> Component:
    sentence = html.A(matter.sentence, href=matter.link) if matter.link else html.Span(matter.sentence)
    who = words("pages.brief.accountable", who=matter.who) if matter.who else ""
    return html.Li(
        [
            figures.priority_sign(words, matter.priority),
            html.Div(
                [
                    html.Div(sentence, className="matter-text"),
                    html.Div(" · ".join(part for part in (who, matter.when) if part), className="matter-who"),
                ]
            ),
        ],
        className=f"matter is-{matter.priority}",
    )
