"""The sections of a scenario, one or more structs a feed; ``streams.simulator.scenario`` joins them."""

from __future__ import annotations

from typing import Literal

from ioc.core.contract import Name, Strict


class Procedure(Strict, frozen=True, kw_only=True):
    """One administrative procedure; ``days`` working days are allowed, 0: the same day. A province's may name its
    ``agency``, an organisation."""

    code: str
    name: str
    sector: str
    level: Literal["province", "district", "commune"]
    days: int
    weight: float = 1.0
    agency: str = ""


class Dossiers(Strict, frozen=True, kw_only=True):
    """Dossiers of the one-stop shops. ``backlog`` is how far back the ones open at the start were received.

    ``agencies`` names the agency of an area of a kind for which the profile has no organisation.
    """

    prefix: str
    agencies: dict[Name, str]
    procedures: list[Procedure]
    on_time: float
    online: float
    digitised: float
    paid_online: float
    supplement: float = 0.06
    extend: float = 0.02
    refuse: float = 0.025
    withdraw: float = 0.01
    rated: float = 0.15
    backlog: str = "21d"
    source: str = ""


class Category(Strict, frozen=True, kw_only=True):
    """One category of citizen reports: titles to choose from (``{ward}`` is filled in) and hours allowed."""

    weight: float
    hours: int
    titles: list[str]


class Reports(Strict, frozen=True, kw_only=True):
    """Citizen reports; ``speed`` divides the handling times."""

    prefix: str
    categories: dict[str, Category]
    channels: dict[str, float]
    on_time: float
    speed: float = 1.0
    backlog: str = "10d"


class Metric(Strict, frozen=True, kw_only=True):
    """How a metric behaves: ``base``, a daily ``swing`` with its peak at ``peak`` o'clock, and lasting ``noise``."""

    unit: str
    base: float
    swing: float = 0.0
    peak: float = 8.0
    noise: float = 0.0
    tide: float = 0.0
    decimals: int = 1


class Point(Strict, frozen=True, kw_only=True):
    """One published measurement."""

    at: str
    value: float
    source: str = ""


class Course(Strict, frozen=True, kw_only=True):
    """Published values of a metric at a station (``*``: at all that measure it), interpolated between.

    Before the first, the value rises from the metric's base over ``lead``; after the last it falls back to ``base``
    by half in every ``half_life``. ``spread`` varies the value between stations by that share.
    """

    station: str
    metric: str
    points: list[Point]
    base: float | None = None
    lead: str = "24h"
    half_life: str = "48h"
    spread: float = 0.0


class Stations(Strict, frozen=True, kw_only=True):
    """Measuring stations: cadence and source by kind, metrics, base values by ``station/metric``, published courses."""

    every: dict[Name, str]
    sources: dict[Name, str] = {}
    metrics: dict[str, Metric]
    bases: dict[str, float] = {}
    courses: list[Course] = []
    calibrating: float = 0.003
    fault: float = 0.002


class Bulletin(Strict, frozen=True, kw_only=True):
    """One bulletin as it was, or might have been, published: a CAP message, with its updates as further bulletins
    of the same ``id``; the last may be a ``Cancel``."""

    id: str
    at: str
    expires: str
    kind: Literal["Alert", "Update", "Cancel"] = "Alert"
    event: str
    category: str = "Met"
    urgency: str
    severity: str
    certainty: str
    headline: str
    description: str = ""
    instruction: str = ""
    areas: list[str] = []
    source: str = ""


class LevelText(Strict, frozen=True, kw_only=True):
    """Sentences of an alert on a rising river; ``{station} {river} {level} {alarm} {time}`` are filled in."""

    event: str
    headline: str
    description: str
    instruction: str
    ended: str


class Warnings(Strict, frozen=True, kw_only=True):
    """CAP alerts: bulletins, and messages that follow the alarm levels of the profile's stations."""

    sender: str
    sender_name: str
    prefix: str
    expires: str = "12h"
    renew: str = "6h"
    levels: LevelText | None = None
    bulletins: list[Bulletin] = []


class SecurityRule(Strict, frozen=True, kw_only=True):
    rule: str
    title: str
    technique: str
    weight: float
    severities: dict[str, float]


class Security(Strict, frozen=True, kw_only=True):
    """Alerts of the security centre; ``url`` with ``{id}``."""

    prefix: str
    rules: list[SecurityRule]
    assets: list[str]
    false_positive: float
    url: str = ""
    backlog: str = "3d"


class Figure(Strict, frozen=True, kw_only=True):
    """An indicator reported by its owner. ``period`` is written out, or day, month, quarter or year: the newest
    complete one. ``history`` maps earlier periods to values. ``drift`` is the daily change of a daily figure.
    ``note`` marks what isn't published: it goes with the event."""

    code: str
    name: str
    unit: str
    period: str
    value: float | None
    target: float | None = None
    plan: float | None = None
    same_period_last_year: float | None = None
    status: Literal["estimate", "preliminary", "official"] = "official"
    organisation: str = ""
    area: str = ""
    drift: float = 0.0
    history: dict[str, float] = {}
    note: str = ""
    source: str = ""


class PlanTask(Strict, frozen=True, kw_only=True):
    title: str
    pillar: str
    lead: str = ""
    supporting: list[str] = []
    blocker: str = ""


class Tasks(Strict, frozen=True, kw_only=True):
    """``plan`` tasks stand at the start, the titles taken in turn; ``titles`` serve the ones assigned each day."""

    prefix: str
    basis: str
    plan: int
    plan_tasks: list[PlanTask]
    titles: list[str]
    blockers: list[str]
    accountable: str
    on_time: float = 0.9
    evidence: str = ""


class Facility(Strict, frozen=True, kw_only=True):
    id: str
    name: str
    area: str
    beds: int
    outpatients: int
    load: float = 0.85


class Hospitals(Strict, frozen=True, kw_only=True):
    facilities: list[Facility]
    lookups_ok: float
    source: str = ""


class Road(Strict, frozen=True, kw_only=True):
    """A road as a line of (lat, lon) points."""

    name: str
    line: list[tuple[float, float]]
    weight: float = 1.0


class Traffic(Strict, frozen=True, kw_only=True):
    prefix: str
    kinds: dict[str, float]
    roads: list[Road]
    cameras: int


class Documents(Strict, frozen=True, kw_only=True):
    prefix: str
    incoming: float
    signed: float
    urgencies: dict[str, float]
    on_time: float = 0.95
    backlog: str = "14d"


class Service(Strict, frozen=True, kw_only=True):
    service: str
    provider: str = ""
    consumer: str = ""
    per_day: float
    p95: int
    errors: float = 0.002


class Dataset(Strict, frozen=True, kw_only=True):
    id: str
    title: str
    agency: str = ""
    accrual: str
    formats: list[str]
    age: str
    downloads: int
    licence: str = ""


class Identity(Strict, frozen=True, kw_only=True):
    """One measure of digital identity: share of the population at the start and target, and growth a day."""

    measure: str
    share: float
    target: float
    growth: float = 0.0


class Media(Strict, frozen=True, kw_only=True):
    outlets: dict[str, float]
    social: float
    topics: dict[str, dict[str, float]]
    url: str
