"""A curve through published measurements that keeps their peaks: monotone cubic interpolation.

F. N. Fritsch, J. Butland: A method for constructing local monotone piecewise cubic interpolants, SIAM J. Sci. Stat.
Comput. 5 (1984): between two points the curve never leaves their range, so no peak is invented.
"""

from __future__ import annotations

import bisect
import itertools
import math


class Curve:
    """Values at ``times`` (ascending, s), rising from ``base`` over ``lead`` s before, falling back to it after."""

    def __init__(self, times: list[float], values: list[float], *, base: float, lead: float, half_life: float) -> None:
        self.times = times
        self.values = values
        self.base = base
        self.lead = lead
        self.half_life = half_life
        self.slopes = _slopes(times, values)

    def __call__(self, at: float) -> float:
        first, last = self.times[0], self.times[-1]
        if at <= first:
            share = max(0.0, 1 - (first - at) / self.lead)
            return self.base + (self.values[0] - self.base) * share
        if at >= last:
            return self.base + (self.values[-1] - self.base) * math.pow(0.5, (at - last) / self.half_life)
        left = bisect.bisect_right(self.times, at) - 1
        return self._between(left, at)

    def _between(self, left: int, at: float) -> float:
        width = self.times[left + 1] - self.times[left]
        s = (at - self.times[left]) / width
        low, high = self.values[left], self.values[left + 1]
        m0, m1 = self.slopes[left] * width, self.slopes[left + 1] * width
        return (
            low * (1 + 2 * s) * (1 - s) ** 2 + m0 * s * (1 - s) ** 2 + high * s * s * (3 - 2 * s) + m1 * s * s * (s - 1)
        )


def _slopes(times: list[float], values: list[float]) -> list[float]:
    """Slopes at the points: zero at a turning point, else the weighted harmonic mean of both sides."""
    if len(times) == 1:
        return [0.0]
    widths = [b - a for a, b in itertools.pairwise(times)]
    rises = [(b - a) / w for (a, b), w in zip(itertools.pairwise(values), widths, strict=True)]
    pairs = zip(itertools.pairwise(widths), itertools.pairwise(rises), strict=True)
    inner = [_slope(w0, w1, d0, d1) for (w0, w1), (d0, d1) in pairs]
    return [rises[0], *inner, 0.0 if rises[-1] > 0 else rises[-1]]


def _slope(w0: float, w1: float, d0: float, d1: float) -> float:
    if d0 * d1 <= 0:
        return 0.0
    a, b = 2 * w1 + w0, w1 + 2 * w0
    return (a + b) / (a / d0 + b / d1)
