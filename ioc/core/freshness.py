"""How old is too old: live ≤ 1 cadence, late ≤ 2 cadences + 10 s, stale ≤ 4 cadences, offline beyond."""

from __future__ import annotations

from typing import Literal

from ioc.core.clock import Clock
from ioc.core.contract import FeedContract, seconds

Freshness = Literal["live", "late", "stale", "offline", "none"]

GRACE = 10.0
EVENT_CADENCE = 300.0  # a feed that speaks only when something happens still sends a heartbeat this often
ORDER: tuple[Freshness, ...] = ("live", "late", "stale", "offline", "none")


def cadence_of(contract: FeedContract, own: str = "") -> float:
    """Seconds between events, of the indicator if it has its own, else of the feed."""
    return seconds(own) or seconds(contract.cadence) or EVENT_CADENCE


def judge(at: float | None, now: float, cadence: float, clock: Clock) -> tuple[Freshness, float | None]:
    """Freshness of something last seen at ``at``, and since when it isn't live (POSIX s)."""
    if at is None:
        return "none", None
    slack = clock.slack(GRACE)
    age = now - at
    if age <= cadence + slack:
        return "live", None
    since = at + cadence
    if age <= 2 * cadence + slack:
        return "late", since
    if age <= 4 * cadence + slack:
        return "stale", since
    return "offline", since


def aged(
    freshness: Freshness, since: float | None, expires: float | None, now: float
) -> tuple[Freshness, float | None]:
    """The same for something that was typed in: once it has expired it is stale at best, since then at the latest."""
    if expires is None or now < expires or freshness == "none":
        return freshness, since
    return worst([freshness, "stale"]), expires if since is None else min(since, expires)


def worst(freshness: list[Freshness]) -> Freshness:
    """The worst of several."""
    return max(freshness, key=ORDER.index, default="none")
