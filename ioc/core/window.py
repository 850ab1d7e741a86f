"""Windows of time as the province's calendar has them: today begins at local midnight."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ioc.core.contract import seconds


def midnight(now: float, timezone: str) -> float:
    """POSIX seconds of the last local midnight."""
    local = datetime.fromtimestamp(now, ZoneInfo(timezone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


def start_of(window: str, now: float, timezone: str) -> float:
    """Where a window begins, POSIX seconds: now, today, week (Monday), month, or a duration."""
    if window == "now":
        return now - 2 * 86_400
    if window in ("today", "week", "month"):
        begin = midnight(now, timezone)
        local = datetime.fromtimestamp(begin, ZoneInfo(timezone))
        back = {"today": 0, "week": local.weekday(), "month": local.day - 1}[window]
        return (local - timedelta(days=back)).timestamp()
    return now - seconds(window)
