"""One moment of the board in one language: indicators, pulses, entities and alarms, each computed once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec

from ioc.core import quality
from ioc.core.alarm import alarms
from ioc.core.clock import Clock
from ioc.core.feed_quality import FIGURES, Dimension, Quality, Span, Usual, View
from ioc.core.freshness import GRACE, ORDER, Freshness, aged, cadence_of, judge
from ioc.core.indicator import Indicator
from ioc.core.measure import CLOCKED, Part, Source, evaluate, newest, value_of
from ioc.core.reading import Alarm, Comparison, FeedPulse, Priority, Reading
from ioc.core.window import start_of

if TYPE_CHECKING:
    from ioc.core.board import Board

DAY = 86_400.0
SPARK = 48


class BoardScene:
    """What panels may ask; see :class:`ioc.core.reading.Scene`."""

    def __init__(self, board: Board, now: float, clock: Clock, language: str) -> None:
        self._board = board
        self.version = board.version
        self.profile = board.profile
        self.now = now
        self.clock = clock
        self.language = language
        self.words = board.words[language]
        self.timezone = board.profile.head.timezone
        self._readings: dict[tuple[str, str | None, str | None], Reading] = {}
        self._parts: dict[tuple[str, str | None], tuple[Part, Part | None]] = {}
        self._alerts: list[Alarm] | None = None
        self._pulses: dict[str, FeedPulse] = {}
        self._qualities: dict[tuple[str, Span], Quality] = {}

    def source(self, feed: str) -> Source:
        """The feed's data with its contract."""
        return Source(self.profile, self.profile.feeds[feed], self._board.feeds[feed])

    def reading(self, indicator: str, by: str | None = None, area: str | None = None) -> Reading:
        """The indicator now; ``by`` breaks it down, ``area`` keeps one area and what lies in it."""
        key = (indicator, by, area)
        if key not in self._readings:
            self._readings[key] = self._read(self.profile.indicators[indicator], by, area)
        return self._readings[key]

    def _read(self, indicator: Indicator, by: str | None, area: str | None) -> Reading:
        top, base = self._evaluate(indicator, "area" if area else by)
        if area:
            top, base = self._inside(top, area), self._inside(base, area) if base else None
        at = self._at(indicator, top)
        at, freshness, since = self._worst(indicator, at, top.holding)
        expires = min((part.expires for part in (top, base) if part and part.expires is not None), default=None)
        freshness, since = aged(freshness, since, expires, self.now)
        value = value_of(indicator, top, base) if freshness != "none" else None
        priority, limit = _breached(indicator, value, self._date())
        if indicator.measure.kind in CLOCKED and by is None and area is None:
            self._board.sample(indicator.id, self.now, value)
        return Reading(
            indicator=indicator.id, value=value, at=at, freshness=freshness, since=since, priority=priority,
            limit=limit, on_target=_on_target(indicator, value),
            comparison=None if by or area else self._comparison(indicator, value),
            by=self._by(indicator, top, base) if by else {}, spark=[] if by or area else self._spark(indicator),
            events=top.events, manual=top.manual, expires=expires, exercise=not self.clock.real,
        )  # fmt: skip

    def _evaluate(self, indicator: Indicator, by: str | None, now: float | None = None) -> tuple[Part, Part | None]:
        moment = self.now if now is None else now
        top = evaluate(self.source(indicator.measure.feed), indicator.measure, by, moment, self.timezone)
        if indicator.base is None:
            return top, None
        return top, evaluate(self.source(indicator.base.feed), indicator.base, by, moment, self.timezone)

    def _inside(self, part: Part, area: str) -> Part:
        level = self.profile.current_areas()[area].level if area in self.profile.current_areas() else 0
        return part.only(lambda code: self.profile.roll_up(code, level) == area)

    def _by(self, indicator: Indicator, top: Part, base: Part | None) -> dict[str, float | None]:
        keys = set(top.by) | (set(base.by) if base else set())
        return {key: value_of(indicator, top.one(key), base.one(key) if base else None) for key in sorted(keys)}

    def roll_up(self, reading: Reading, level: int) -> dict[str, float | None]:
        """The reading by areas of ``level``; sums first, then the ratio. Areas without events have None."""
        indicator = self.profile.indicators[reading.indicator]
        top, base = self._evaluate(indicator, "area")
        top = top.renamed(lambda code: self.profile.roll_up(code, level))
        base = base.renamed(lambda code: self.profile.roll_up(code, level)) if base else None
        known = self._by(indicator, top, base)
        areas = [area.code for area in self.profile.current_areas().values() if area.level == level]
        return {code: known.get(code) for code in areas}

    def _at(self, indicator: Indicator, top: Part) -> float | None:
        if top.at is not None and indicator.measure.kind in ("last", "state", "reported"):
            return top.at
        return newest(self._board.feeds[indicator.measure.feed].pulse)

    def _worst(
        self, indicator: Indicator, at: float | None, holding: float
    ) -> tuple[float | None, Freshness, float | None]:
        """Newest event, freshness, since: of the worse feed, where measure and base rest on two."""
        feed = self.profile.feeds[indicator.measure.feed]
        found = at, *judge(at, self.now, max(cadence_of(feed, indicator.cadence), holding), self.clock)
        if indicator.base is None or indicator.base.feed == indicator.measure.feed:
            return found
        other = newest(self._board.feeds[indicator.base.feed].pulse)
        cadence = cadence_of(self.profile.feeds[indicator.base.feed], indicator.cadence)
        below = other, *judge(other, self.now, cadence, self.clock)
        return max(found, below, key=lambda one: ORDER.index(one[1]))

    def _date(self) -> str:
        """YYYY-MM-DD in the province's time zone."""
        return datetime.fromtimestamp(self.now, ZoneInfo(self.timezone)).strftime("%Y-%m-%d")

    def _comparison(self, indicator: Indicator, value: float | None) -> Comparison | None:
        """Against the same moment of yesterday, where cells reach back that far."""
        if value is None or indicator.measure.kind in CLOCKED or indicator.measure.kind in ("state", "reported"):
            return None
        then = self.now - DAY
        oldest = min(self._board.feeds[indicator.measure.feed].minutes, default=None)
        if oldest is None or oldest * 60 > start_of(indicator.measure.window, then, self.timezone) + 3_600:
            return None
        earlier = value_of(indicator, *self._evaluate(indicator, None, then))
        return None if earlier is None else Comparison(delta=value - earlier, versus="yesterday")

    def _spark(self, indicator: Indicator) -> list[float | None]:
        return self.series(indicator.id, self.now - DAY, self.now, DAY / SPARK)

    def series(self, indicator: str, start: float, end: float, step: float) -> list[float | None]:
        """Values at the end of each step; None where nothing is known. Remembered for a minute."""
        found = self.profile.indicators[indicator]
        memory = self._board.feeds[found.measure.feed].remembered
        key = (indicator, int(start // 60), int(end // 60), step)
        if key not in memory:
            if len(memory) > 256:
                memory.clear()
            oldest = min(self._board.feeds[found.measure.feed].minutes, default=math.inf) * 60
            ends = [start + step * (index + 1) for index in range(round((end - start) / step))]
            memory[key] = [self._then(found, at, step, oldest) for at in ends]
        return memory[key]

    def _then(self, indicator: Indicator, at: float, step: float, oldest: float) -> float | None:
        """The value as it was at ``at``; what was before the ``oldest`` cell isn't known."""
        if indicator.measure.kind in CLOCKED or indicator.measure.kind in ("state", "reported"):
            samples = self._board.samples.get(indicator.id, ())
            return next((value for seen, value in reversed(samples) if at - step < seen <= at), None)
        if at < oldest:
            return None
        measure = indicator.measure
        if measure.kind == "last":
            indicator = msgspec.structs.replace(
                indicator, measure=msgspec.structs.replace(measure, window=f"{max(step, 900):.0f}s")
            )
        return value_of(indicator, *self._evaluate(indicator, None, at))

    def pulse(self, feed: str) -> FeedPulse:
        """The feed's state and quality."""
        if feed not in self._pulses:
            self._pulses[feed] = self._pulse(feed)
        return self._pulses[feed]

    def _pulse(self, feed: str) -> FeedPulse:
        data, contract = self._board.feeds[feed], self.profile.feeds[feed]
        at = newest(data.pulse)
        freshness, since = judge(at, self.now, cadence_of(contract), self.clock)
        today = self.quality(feed, "today")
        return FeedPulse(
            feed=feed, at=at, heartbeat=today.signs.heartbeat, freshness=freshness, since=since,
            outcomes=today.tally.outcomes, reasons=today.tally.reasons,
            validity=today.share("validity"), completeness=today.share("completeness"),
            cleanliness=today.share("cleanliness"),
            liveness=quality.liveness(at, self.now, cadence_of(contract), self.clock.slack(GRACE)),
            situation=today.situation, lag=quality.lag(data.pulse), exercise=not self.clock.real,
            log=quality.log_alarm(data.pulse, self.now),
            grades={figure: today.grade(figure, self.profile.head.quality) for figure in FIGURES},
        )  # fmt: skip

    def quality(self, feed: str, span: Span) -> Quality:
        """The four figures with their parts, over the last hour or today."""
        key = (feed, span)
        if key not in self._qualities:
            self._qualities[key] = self._view(feed).whole(span)
        return self._qualities[key]

    def quality_by(self, feed: str, span: Span, dimension: Dimension) -> dict[str, Quality]:
        """The same for each organisation, or each area of the shown level."""
        return self._view(feed).units(span, dimension)

    def _view(self, feed: str) -> View:
        return View(
            self.profile, self.profile.feeds[feed], self._board.feeds[feed], self.now, self.clock,
            Usual(baseline=self._board.baselines.get(feed, {}), shown=self._board.shown),
        )  # fmt: skip

    def entities(self, feed: str, open_only: bool = True) -> list[dict[str, Any]]:
        """States of the feed's entities: ``id``, the kept fields, and ``at`` ``status`` ``due`` ``since`` ``area`` …"""
        if feed not in self.profile.feeds:
            return []
        accepted = set(self.profile.feeds[feed].entity.open)
        return [
            {
                **state.kept, "id": entity, "at": state.at, "status": state.status, "due": state.due,
                "since": state.since, "area": state.area, "organisation": state.organisation, "mode": state.mode,
                "manual": state.manual, "expires": state.expires,
            }
            for entity, state in self._board.feeds[feed].entities.items()
            if not open_only or not accepted or state.status in accepted
        ]  # fmt: skip

    def station_lows(self, feed: str, station: str, metric: str) -> Iterator[tuple[float, float]]:
        """Minutes with readings of one station's metric, newest first: POSIX s and the lowest value."""
        contract = self.profile.feeds[feed]
        if "station_id" not in contract.dimensions or "metric" not in contract.dimensions or not contract.numbers:
            return
        places = (contract.dimensions.index("station_id"), contract.dimensions.index("metric"))
        minutes = self._board.feeds[feed].minutes
        for minute in sorted(minutes, reverse=True):
            for (_, values), cell in minutes[minute].items():
                stat = cell.stats[0]
                if stat is not None and (values[places[0]], values[places[1]]) == (station, metric):
                    yield minute * 60.0, stat.low

    def alerts(self) -> list[Alarm]:
        """What asks for attention now, worst first."""
        if self._alerts is None:
            self._alerts = alarms(self)
        return self._alerts


def _breached(indicator: Indicator, value: float | None, date: str) -> tuple[Priority | None, float | None]:
    """The worst threshold that holds on ``date``."""
    order: tuple[Priority, ...] = ("critical", "high", "low")
    for priority in order:
        for limit in indicator.thresholds:
            if value is None or limit.priority != priority or limit.valid_from > date:
                continue
            if limit.above is not None and value > limit.above:
                return priority, limit.above
            if limit.below is not None and value < limit.below:
                return priority, limit.below
    return None, None


def _on_target(indicator: Indicator, value: float | None) -> bool | None:
    target = indicator.target
    if target is None or value is None:
        return None
    least = target.at_least is None or value >= target.at_least
    most = target.at_most is None or value <= target.at_most
    return least and most
