"""Weighted choices, drawn in constant code and seeded."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterable
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


class Choice(Generic[T]):
    """Draws one of the items by weight. Raises :class:`ValueError` when all weights are zero."""

    def __init__(self, weighted: Iterable[tuple[T, float]]) -> None:
        pairs = [(item, weight) for item, weight in weighted if weight > 0]
        if not pairs:
            raise ValueError("nothing to choose from: every weight is zero")
        self.items = [item for item, _ in pairs]
        self._ends = list(itertools.accumulate(weight for _, weight in pairs))

    def draw(self, rng: Random) -> T:
        return self.items[bisect.bisect_right(self._ends, rng.random() * self._ends[-1], 0, len(self.items) - 1)]
