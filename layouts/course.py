"""The course of an indicator as a Plotly figure, for the one page that shows a large chart.

Colours of axes and line come from the style sheet, so that a figure serves both themes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from ioc.core.indicator import Indicator
from ioc.core.reading import Scene
from ioc.core.words import Words
from layouts import figures

HOUR = 3600
RECENT_HOURS, RECENT_STEP = 48, 900.0
PAST_DAYS, PAST_STEP = 30, 6 * HOUR
LIMIT_COLOURS = {"critical": "#e0475a", "high": "#c98a1b", "low": "#3d8fd1"}


class History(Protocol):
    """Readings kept in SQL."""

    async def series(
        self, indicator: str, area: str, start: float, end: float, step: float
    ) -> Sequence[float | None]: ...


def heading(words: Words) -> str:
    """What the recent chart shows."""
    return words("pages.indicator.chart", span=words("panels.trend.hours", n=RECENT_HOURS))


def recent(scene: Scene, indicator: Indicator) -> dict[str, Any]:
    """The last 48 hours in quarters of an hour, from the board."""
    end = math.ceil(scene.now / RECENT_STEP) * RECENT_STEP
    start = end - RECENT_HOURS * HOUR
    return figure(scene, indicator, start, RECENT_STEP, scene.series(indicator.id, start, end, RECENT_STEP))


async def past(scene: Scene, indicator: Indicator, history: History) -> dict[str, Any] | None:
    """The last 30 days from the history; None when it knows nothing yet."""
    end = math.ceil(scene.now / PAST_STEP) * PAST_STEP
    start = end - PAST_DAYS * 24 * HOUR
    values = await history.series(indicator.id, "", start, end, PAST_STEP)
    known = sum(value is not None for value in values)
    return figure(scene, indicator, start, PAST_STEP, values) if known > 1 else None


def figure(
    scene: Scene, indicator: Indicator, start: float, step: float, values: Sequence[float | None]
) -> dict[str, Any]:
    """A line with gaps where nothing is known; ``start`` and ``step`` in seconds, times shown in the profile's zone."""
    words = figures.words_of(scene)
    zone = ZoneInfo(scene.profile.head.timezone)
    times = [f"{datetime.fromtimestamp(start + step * (at + 1), zone):%Y-%m-%dT%H:%M}" for at in range(len(values))]
    unit = words.text(indicator.unit)
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": times,
        "y": [None if value is None else float(figures.compact(value)) for value in values],
        "connectgaps": False,
        "line": {"width": 2.5},
        "hovertemplate": f"%{{y:,.{indicator.decimals}f}} {unit}<br>%{{x|%H:%M %d/%m}}<extra></extra>",
    }
    return {"data": [line], "layout": _layout(words, indicator)}


def _layout(words: Words, indicator: Indicator) -> dict[str, Any]:
    limits = [
        (limit.priority, limit.above if limit.above is not None else limit.below) for limit in indicator.thresholds
    ]
    axis = {"gridcolor": "rgba(128,144,168,.25)", "zeroline": False, "fixedrange": False}
    return {
        "separators": words("units.point") + words("units.group"),
        "margin": {"l": 56, "r": 16, "t": 8, "b": 40},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "Be Vietnam Pro, sans-serif", "size": 14},
        "showlegend": False,
        "hovermode": "x",
        "uirevision": indicator.id,
        "xaxis": {**axis, "tickformat": "%H:%M\n%d/%m", "nticks": 8},
        "yaxis": {**axis, "nticks": 6, "tickformat": f",.{indicator.decimals}f"},
        "shapes": [_limit(priority, value) for priority, value in limits if value is not None],
    }


def _limit(priority: str, value: float) -> dict[str, Any]:
    line = {"color": LIMIT_COLOURS[priority], "width": 2, "dash": "dash"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": value, "y1": value, "line": line}
