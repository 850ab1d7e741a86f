"""When a figure of quality is good, fair or poor. Each is judged alone: an average would hide the lever."""

from __future__ import annotations

from typing import Literal

from ioc.core.contract import Strict

Grade = Literal["good", "fair", "poor", "lost", "none"]  # lost: no sign for so long that the feed counts as dead
WORST: tuple[Grade, ...] = ("lost", "poor", "fair", "good", "none")


class Least(Strict, frozen=True, kw_only=True):
    """Shares 0..1: at least ``good`` is good, at least ``fair`` fair, below poor."""

    good: float
    fair: float

    def grade(self, share: float | None) -> Grade:
        """The grade of a share; ``none`` where nothing can be said."""
        if share is None:
            return "none"
        return "good" if share >= self.good else "fair" if share >= self.fair else "poor"


class Ages(Strict, frozen=True, kw_only=True):
    """Ages in cadences: up to ``good`` is good, up to ``fair`` fair, up to ``poor`` poor, beyond the feed is lost."""

    good: float = 1.0
    fair: float = 2.0
    poor: float = 4.0

    def grade(self, cadences: float | None) -> Grade:
        """The grade of an age; ``none`` where nothing was ever heard."""
        if cadences is None:
            return "none"
        if cadences <= self.fair:
            return "good" if cadences <= self.good else "fair"
        return "poor" if cadences <= self.poor else "lost"


class QualityLimits(Strict, frozen=True, kw_only=True):
    """The limits of the four figures; a profile may set its own. The defaults are a proposal, no law has any."""

    validity: Least = Least(good=0.99, fair=0.95)
    completeness: Least = Least(good=0.98, fair=0.90)
    cleanliness: Least = Least(good=0.995, fair=0.98)
    liveness: Ages = Ages()
