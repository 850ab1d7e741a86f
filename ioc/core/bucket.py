"""Token buckets: how much each sender may send, on average and at once. Time is an argument."""

from __future__ import annotations

MOST = 4096


class Buckets:
    """One bucket for each name: it holds ``burst``, and ``rate`` a second flows back."""

    def __init__(self, rate: float, burst: int) -> None:
        self.rate = rate
        self.burst = burst
        self._levels: dict[str, tuple[float, float]] = {}

    def level(self, name: str, now: float) -> float:
        """What is left, 0 to ``burst``. ``now``: monotonic seconds."""
        level, at = self._levels.get(name, (float(self.burst), now))
        return min(self.burst, level + max(0.0, now - at) * self.rate)

    def take(self, name: str, count: int, now: float) -> float:
        """Take ``count`` and return 0, or take nothing and return the seconds after which there is enough.

        More than a full bucket is never there: it is taken when the bucket is full, and owed.
        """
        level = self.level(name, now)
        wanted = min(count, self.burst)
        if level < wanted:
            return (wanted - level) / self.rate
        self._forget(now)
        self._levels[name] = (level - count, now)
        return 0.0

    def _forget(self, now: float) -> None:
        """Full buckets are as good as new ones."""
        if len(self._levels) >= MOST:
            self._levels = {name: kept for name, kept in self._levels.items() if self.level(name, now) < self.burst}
