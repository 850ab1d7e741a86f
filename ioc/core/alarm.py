"""What asks for attention now: river alarm levels, breached thresholds, CAP and security alerts, silent feeds.

Ids are deterministic, so a restart never makes a second alarm of the same thing. Silence never resolves: a station
whose readings stop keeps its alarm.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ioc.core.area import AlarmLevel, Station
from ioc.core.entity import LogAlarm
from ioc.core.reading import Alarm, Priority

if TYPE_CHECKING:
    from ioc.core.scene import BoardScene

RANK: dict[str, int] = {"critical": 0, "high": 1, "low": 2}
SEVERITY: dict[str, Priority] = {"Extreme": "critical", "Severe": "high"}
SECURITY: dict[str, Priority] = {"critical": "critical", "high": "high"}
MODES = {"Actual": "actual", "Exercise": "exercise"}


def alarms(scene: BoardScene) -> list[Alarm]:
    """All alarms, worst first, the newest first among equals."""
    found = [*_stations(scene), *_cap(scene), *_security(scene), *_thresholds(scene), *_feeds(scene), *_logs(scene)]
    return sorted(found, key=lambda alarm: (RANK[alarm.priority], -alarm.since, alarm.id))


def _mode(scene: BoardScene) -> str:
    return "actual" if scene.clock.real else scene.clock.mode


def _stations(scene: BoardScene) -> Iterator[Alarm]:
    for feed, contract in scene.profile.feeds.items():
        if contract.ranges is None:
            continue
        states = {f"{e.get('station_id')}/{e.get('metric')}": e for e in scene.entities(feed, open_only=False)}
        for station in scene.profile.stations.values():
            for metric, levels in station.alarms.items():
                state = states.get(f"{station.id}/{metric}")
                value = state.get("value") if state else None
                reached = [level for level in levels if isinstance(value, int | float) and value >= level.value]
                if state and reached:
                    top = max(reached, key=lambda level: level.value)
                    yield _station(scene, feed, station, metric, top, state)


def _station(
    scene: BoardScene, feed: str, station: Station, metric: str, level: AlarmLevel, state: dict[str, Any]
) -> Alarm:
    words = scene.words
    return Alarm(
        id=f"station/{station.id}/{metric}", kind="station", priority=level.priority, mode=state["mode"],
        title=words("alarm.station", level=words.text(level.name), station=station.name),
        detail=words("alarm.station_detail", river=station.river or station.name, value=words.number(state["value"], 2),
                     unit=state.get("unit", ""), limit=words.number(level.value, 2)),
        since=_crossed(scene, feed, station.id, metric, level.value, state["at"]), area=station.area,
        owner=scene.profile.feeds[feed].owner, lat=station.lat, lon=station.lon,
    )  # fmt: skip


def _crossed(scene: BoardScene, feed: str, station: str, metric: str, limit: float, at: float) -> float:
    """When the level was last reached from below, from the minutes kept; so it doesn't depend on who asks when."""
    since = at
    for moment, low in scene.station_lows(feed, station, metric):
        if low < limit:
            break
        since = moment
    return since


def _cap(scene: BoardScene) -> Iterator[Alarm]:
    for feed, contract in scene.profile.feeds.items():
        if contract.payload != "cap":
            continue
        messages = scene.entities(feed, open_only=False)
        ended = {part.split(",")[1] for message in messages for part in str(message.get("references") or "").split()
                 if part.count(",") >= 2}  # fmt: skip
        for message in messages:
            expires = message.get("due") or 0.0
            if message.get("msgType") not in ("Alert", "Update") or message["id"] in ended or expires < scene.now:
                continue
            yield Alarm(
                id=f"cap/{message['id']}", kind="cap", priority=SEVERITY.get(str(message.get("severity")), "low"),
                title=str(message.get("headline") or message.get("event") or message["id"]),
                detail=scene.words("alarm.cap", area=message.get("areaDesc") or "",
                                   until=scene.words.moment(expires, scene.timezone)),
                since=message.get("since") or message["at"], area=message["area"], owner=contract.owner,
                mode=MODES.get(str(message.get("status")), message["mode"]),
            )  # fmt: skip


def _security(scene: BoardScene) -> Iterator[Alarm]:
    for entity in scene.entities("security_alert"):
        priority = SECURITY.get(str(entity.get("severity")))
        if priority is not None:
            detail = " · ".join(str(part) for part in (entity.get("asset"), entity.get("technique")) if part)
            yield Alarm(
                id=f"security/{entity['id']}", kind="security", priority=priority, title=str(entity.get("title", "")),
                detail=detail, since=entity["since"] or entity["at"], area=entity["area"], owner=entity["organisation"],
                mode=entity["mode"],
            )  # fmt: skip


def _thresholds(scene: BoardScene) -> Iterator[Alarm]:
    covered = {station.id for station in scene.profile.stations.values() if station.alarms}
    for indicator in scene.profile.indicators.values():
        if not indicator.thresholds or covered & set(indicator.measure.where.get("station_id", [])):
            continue
        reading = scene.reading(indicator.id)
        if reading.priority is None or reading.limit is None:
            continue
        words = scene.words
        yield Alarm(
            id=f"threshold/{indicator.id}", kind="threshold", priority=reading.priority,
            title=words.text(indicator.title), owner=indicator.owner, mode=_mode(scene),
            detail=words("alarm.threshold", value=words.number(reading.value, indicator.decimals),
                         unit=words.text(indicator.unit), limit=words.number(reading.limit, indicator.decimals)),
            since=_started(scene, indicator.id, reading.limit, reading.value or 0.0),
            link=f"/indicators/{indicator.id}",
        )  # fmt: skip


def _started(scene: BoardScene, indicator: str, limit: float, value: float) -> float:
    """The earliest step since which every known value has been beyond the limit."""
    above = value > limit
    spark = scene.reading(indicator).spark
    step, since = 1800.0, scene.now
    for back, earlier in enumerate(reversed(spark)):
        if earlier is None or (earlier > limit) != above:
            break
        since = scene.now - back * step
    return since // 60 * 60


def _feeds(scene: BoardScene) -> Iterator[Alarm]:
    for feed, contract in scene.profile.feeds.items():
        pulse = scene.pulse(feed)
        if pulse.freshness in ("late", "stale", "offline") and pulse.since is not None:
            words = scene.words
            yield Alarm(
                id=f"feed/{feed}", kind="feed", priority="low", owner=contract.owner, mode=_mode(scene),
                title=words("alarm.feed", feed=words.text(contract.title)),
                detail=words("alarm.feed_detail", since=words.moment(pulse.since, scene.timezone)),
                since=pulse.since, link=f"/feeds/{feed}",
            )  # fmt: skip


def _logs(scene: BoardScene) -> Iterator[Alarm]:
    """Feeds whose event log lost something: never silently."""
    words = scene.words
    for feed, contract in scene.profile.feeds.items():
        log = scene.pulse(feed).log
        if log is None:
            continue
        count = words.number(log.stored - log.end if log.why == "tail_lost" else _skipped(log))
        told = "log_stopped" if log.resumed == log.stored else "log_resumed"
        more = words(f"alarm.{told}", id=feed, stored=log.stored, resumed=log.resumed)
        yield Alarm(
            id=f"log/{feed}/{log.stored}", kind="feed", priority="high", owner=contract.owner, mode=_mode(scene),
            title=words("alarm.log", feed=words.text(contract.title)),
            detail=f"{words(f'alarm.log_why.{log.why}', count=count)}; {more}", since=log.at, link=f"/feeds/{feed}",
        )  # fmt: skip


def _skipped(log: LogAlarm) -> int:
    return (log.resumed if log.resumed != log.stored else log.begin) - log.stored
