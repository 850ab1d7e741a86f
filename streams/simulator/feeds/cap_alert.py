"""CAP 1.2 warnings: published bulletins, and messages that follow the alarm levels of river stations.

A river above its lowest alarm level has one warning: an Alert when the level is first crossed, an Update at every
further alarm level up or down and whenever ``renew`` has passed, a Cancel when the water is below all of them.
Every message refers to the ones since its Alert (OASIS CAP 1.2, references) and ends by itself at ``expires``. What is
in force when the stream begins is told from its Alert on, because an Update of an unknown warning is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

import msgspec

from ioc.core.area import AlarmLevel, Station
from ioc.core.contract import seconds
from streams.simulator.course import Curve
from streams.simulator.draft import Draft
from streams.simulator.feeds.station_reading import curve
from streams.simulator.models import Bulletin, LevelText, Warnings
from streams.simulator.outline import outline
from streams.simulator.scenario import moment
from streams.simulator.world import World

FEED = "cap_alert"
METRIC = "muc_nuoc"
STEP = 600.0
STATUS = {"exercise": "Exercise", "test": "Test"}
SEVERITY = {"critical": "Extreme", "high": "Severe", "low": "Moderate"}


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One CAP message before it is written; ``chain`` joins the messages of one warning."""

    chain: str
    at: float
    expires: float
    kind: str
    event: str
    category: str
    urgency: str
    severity: str
    certainty: str
    headline: str
    description: str
    instruction: str
    areas: list[str]


def drafts(world: World) -> Iterator[Draft]:
    model = world.scenario.cap_alert
    if model is None:
        return
    messages = [_of_bulletin(bulletin) for bulletin in model.bulletins]
    for station in world.profile.stations.values():
        messages += _of_station(world, model, station)
    messages.sort(key=lambda message: (message.at, message.chain))
    told = _told(world, model, messages)
    before: dict[str, list[tuple[Message, Draft]]] = {}
    for message, draft in told:
        if message.at < world.begin:
            if message.kind == "Alert":
                before[message.chain] = []
            before.setdefault(message.chain, []).append((message, draft))
    in_force = [run for run in before.values() if run[-1][0].kind != "Cancel" and run[-1][0].expires > world.begin]
    yield from sorted((draft for run in in_force for _, draft in run), key=lambda draft: draft.at)
    yield from (draft for message, draft in told if message.at >= world.begin)


def _told(world: World, model: Warnings, messages: list[Message]) -> list[tuple[Message, Draft]]:
    """The messages as drafts; an Alert begins anew, everything else refers to all since its Alert."""
    told = []
    references: dict[str, list[str]] = {}
    for number, message in enumerate(messages, 1):
        if message.kind == "Alert":
            references[message.chain] = []
        earlier = references.setdefault(message.chain, [])
        identifier = f"{model.prefix}-{world.tag}-{message.chain}-{number}"
        area = message.areas[0] if message.areas else ""
        text = write(world, model, message, identifier, earlier)
        source = world.source(FEED, message.chain)
        told.append((message, world.draft(FEED, identifier, message.at, text, area=area, source=source)))
        earlier.append(f"{model.sender},{identifier},{world.calendar.text(message.at)}")
    return told


def _of_bulletin(bulletin: Bulletin) -> Message:
    return Message(
        chain=bulletin.id, at=moment(bulletin.at), expires=moment(bulletin.expires), kind=bulletin.kind,
        event=bulletin.event, category=bulletin.category, urgency=bulletin.urgency, severity=bulletin.severity,
        certainty=bulletin.certainty, headline=bulletin.headline, description=bulletin.description,
        instruction=bulletin.instruction, areas=bulletin.areas,
    )  # fmt: skip


def _of_station(world: World, model: Warnings, station: Station) -> list[Message]:
    """The warning of one river station, from first alarm to the end."""
    stations, alarms = world.scenario.station_reading, sorted(station.alarms.get(METRIC, []), key=lambda a: a.value)
    if stations is None or model.levels is None or not alarms or METRIC not in stations.metrics:
        return []
    level = curve(world, stations, station, METRIC)
    if level is None:
        return []
    return [
        _of_level(world, model, model.levels, station, alarm, value, at, kind)
        for at, value, alarm, kind in _steps(level, alarms, seconds(model.renew))
    ]


def _steps(level: Curve, alarms: list[AlarmLevel], renew: float) -> Iterator[tuple[float, float, AlarmLevel, str]]:
    """(time, level, alarm level reached or left, message type) of one flood."""
    height, sent = -1, 0.0
    at = (level.times[0] - level.lead) // STEP * STEP
    end = level.times[-1] + 20 * level.half_life
    while at <= end:
        value = round(level(at), 2)
        reached = sum(alarm.value <= value for alarm in alarms) - 1
        if reached != height or (reached >= 0 and at - sent >= renew):
            kind = "Alert" if height < 0 else "Cancel" if reached < 0 else "Update"
            yield at, value, alarms[max(reached, 0)], kind
            height, sent = reached, at
        at += STEP


def _of_level(
    world: World, model: Warnings, text: LevelText, station: Station, alarm: AlarmLevel, value: float, at: float,
    kind: str,
) -> Message:  # fmt: skip
    language = world.profile.head.default_language
    values: dict[str, Any] = {
        "station": station.name, "river": station.river, "level": f"{value:.2f}".replace(".", ","),
        "alarm": alarm.name.get(language) or next(iter(alarm.name.values())),
        "time": world.calendar.local(at).strftime("%H:%M %d/%m/%Y"),
    }  # fmt: skip
    over = kind == "Cancel"
    return Message(
        chain=station.id, at=at, expires=at + seconds(model.expires), kind=kind, event=text.event.format(**values),
        category="Met", urgency="Past" if over else "Immediate",
        severity="Minor" if over else SEVERITY[alarm.priority], certainty="Observed",
        headline=(text.ended if over else text.headline).format(**values),
        description=text.description.format(**values), instruction="" if over else text.instruction.format(**values),
        areas=[station.area],
    )  # fmt: skip


def write(world: World, model: Warnings, message: Message, identifier: str, references: list[str]) -> str:
    """The message as CAP 1.2 XML. Elements stand in the order of the schema."""
    calendar, language = world.calendar, world.profile.head.default_language
    head = {
        "identifier": identifier, "sender": model.sender, "sent": calendar.text(message.at),
        "status": STATUS[world.scenario.mode], "msgType": message.kind, "scope": "Public",
        "references": " ".join(references),
    }  # fmt: skip
    info = {
        "language": language, "category": message.category, "event": message.event,
        "responseType": "AllClear" if message.kind == "Cancel" else "Prepare", "urgency": message.urgency,
        "severity": message.severity, "certainty": message.certainty, "effective": calendar.text(message.at),
        "expires": calendar.text(message.expires), "senderName": model.sender_name, "headline": message.headline,
        "description": message.description, "instruction": message.instruction,
    }  # fmt: skip
    areas = "".join(_area(world, code) for code in message.areas or [world.province])
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
        f"{_elements(head)}<info>{_elements(info)}{areas}</info></alert>"
    )


def _elements(values: dict[str, str]) -> str:
    return "".join(f"<{name}>{_text(value)}</{name}>" for name, value in values.items() if value)


def _text(value: str) -> str:
    return escape(re.sub(r"\s+", " ", value).strip())


def _area(world: World, code: str) -> str:
    area = world.areas.get(code)
    name = area.name if area else code
    polygon = " ".join(f"{lat:.4f},{lon:.4f}" for lat, lon in outline(world.profile, code))
    geocode = f"<geocode><valueName>GSO</valueName><value>{_text(code)}</value></geocode>"
    return f"<area><areaDesc>{_text(name)}</areaDesc><polygon>{polygon}</polygon>{geocode}</area>"
