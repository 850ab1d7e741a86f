"""What a screen needs to know of an indicator, a feed or an entity at one moment; made by the board for panels."""

from __future__ import annotations

from typing import Any, Literal, Protocol

import msgspec

from ioc.core.clock import Clock
from ioc.core.entity import LogAlarm
from ioc.core.feed_quality import Dimension, Quality, Span
from ioc.core.freshness import Freshness as Freshness
from ioc.core.grade import Grade
from ioc.core.profile import Profile
from ioc.core.quality import Situation

Priority = Literal["critical", "high", "low"]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """The value against an earlier one: ``delta`` in the indicator's unit, ``versus`` a key of the words."""

    delta: float
    versus: str


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One indicator at one moment.

    ``value`` is None when nothing is known: zero is a value, nothing is not zero. ``at`` is the newest event time it
    rests on (POSIX s), ``freshness`` relates its age to the cadence (live ≤ 1, late ≤ 2 + 10 s, stale ≤ 4, offline
    beyond; ``none``: never seen), ``since`` when it left ``live``. ``priority`` is the worst threshold that holds, and
    ``limit`` that threshold's value. ``by`` holds the value for each value of the asked dimension. ``spark`` are values
    of equal steps up to now, oldest first. ``events`` counts the events it rests on. ``manual``: some of it was typed
    in; ``expires`` is when that ceases to hold (POSIX s), from when on the reading is stale or worse.
    """

    indicator: str
    value: float | None
    at: float | None
    freshness: Freshness
    since: float | None = None
    priority: Priority | None = None
    limit: float | None = None
    on_target: bool | None = None
    comparison: Comparison | None = None
    by: dict[str, float | None] = {}
    spark: list[float | None] = []
    events: int = 0
    manual: bool = False
    expires: float | None = None
    exercise: bool = False


class FeedPulse(msgspec.Struct, frozen=True, kw_only=True):
    """One feed at one moment: age of the newest event, counts by outcome since local midnight, four quality figures.

    The figures are shares 0..1, None when nothing can be said: validity (đúng), completeness (đủ), cleanliness (sạch),
    liveness (sống); ``grades`` judges each. ``situation`` keeps apart why a feed is silent. ``lag`` counts events
    not yet applied. ``log``: the newest fault of the event log, for a day.
    """

    feed: str
    at: float | None
    heartbeat: float | None
    freshness: Freshness
    since: float | None
    outcomes: dict[str, int]
    reasons: dict[str, int]
    validity: float | None
    completeness: float | None
    cleanliness: float | None
    liveness: float | None
    lag: int
    situation: Situation = "never"
    grades: dict[str, Grade] = {}
    exercise: bool = False
    log: LogAlarm | None = None


class Scene(Protocol):
    """What a panel may ask while it is drawn: one moment of the board, one language."""

    profile: Profile
    now: float
    clock: Clock
    language: str

    def reading(self, indicator: str, by: str | None = None, area: str | None = None) -> Reading:
        """The indicator now; ``by`` also breaks it down by a dimension (``area`` as reported; see ``roll_up``)."""

    def roll_up(self, reading: Reading, level: int) -> dict[str, float | None]:
        """``reading.by`` (by area) at the areas of ``level``; ratios are divided after the sums."""

    def series(self, indicator: str, start: float, end: float, step: float) -> list[float | None]:
        """Values of the steps between two POSIX times."""

    def pulse(self, feed: str) -> FeedPulse:
        """The feed's state and quality."""

    def quality(self, feed: str, span: Span) -> Quality:
        """The four figures of a feed with their parts, over the last ``hour`` or ``today``."""

    def quality_by(self, feed: str, span: Span, dimension: Dimension) -> dict[str, Quality]:
        """The same by ``organisation`` or ``area`` (of the shown level): code → figures, empty for an unknown place."""

    def entities(self, feed: str, open_only: bool = True) -> list[dict[str, Any]]:
        """States of a live feed's entities (``ioc.core.entity``), each with its ``id``."""

    def alerts(self) -> list[Alarm]:
        """What asks for attention now, worst first."""


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that asks for attention: a breached threshold, a CAP or security alert, a silent feed.

    ``title`` and ``detail`` are ready sentences in the scene's language. ``kind``: threshold, station, cap, security,
    feed. ``since`` POSIX s. ``mode``: actual, exercise or test. ``owner`` an organisation code.
    """

    id: str
    kind: str
    priority: Priority
    title: str
    detail: str
    since: float
    area: str = ""
    owner: str = ""
    mode: str = "actual"
    link: str = ""
    lat: float | None = None
    lon: float | None = None
