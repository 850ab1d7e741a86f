"""The quality of one feed at one moment: as a whole, by organisation and by area; in the last hour or today."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import msgspec

from ioc.core import quality, reporting
from ioc.core.baseline import Baseline, Expected
from ioc.core.clock import Clock
from ioc.core.contract import FeedContract
from ioc.core.freshness import GRACE, cadence_of
from ioc.core.grade import Grade, QualityLimits
from ioc.core.hourly import Count
from ioc.core.profile import Profile
from ioc.core.quality import Completeness, Signs, Situation, Tallied
from ioc.core.reporting import Reported
from ioc.core.window import midnight

if TYPE_CHECKING:
    from ioc.core.board import FeedData

Span = Literal["hour", "today"]
Dimension = Literal["organisation", "area"]
SPANS: tuple[Span, ...] = ("hour", "today")
DIMENSIONS: tuple[Dimension, ...] = ("organisation", "area")
FIGURES = ("validity", "completeness", "cleanliness", "liveness")
SHOWN_LEVEL = 1  # of areas: districts, or what stands in their place


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a feed, or of one unit in it. ``cadences`` is the age of the newest sign of life, in cadences."""

    tally: Tallied
    completeness: Completeness
    signs: Signs
    situation: Situation
    cadences: float | None

    def share(self, figure: str) -> float | None:
        """Validity, completeness or cleanliness, 0..1."""
        if figure == "completeness":
            return self.completeness.share
        return self.tally.validity() if figure == "validity" else self.tally.cleanliness()

    def grade(self, figure: str, limits: QualityLimits) -> Grade:
        """Good, fair or poor by the profile's limits; for liveness lost as well."""
        if figure == "liveness":
            return limits.liveness.grade(self.cadences)
        limit = {
            "validity": limits.validity, "completeness": limits.completeness, "cleanliness": limits.cleanliness,
        }[figure]  # fmt: skip
        return limit.grade(self.share(figure))


class Usual(msgspec.Struct, frozen=True, kw_only=True):
    """What is known beside a feed's own data: its ``baseline`` from the history, the ``shown`` area of each."""

    baseline: Baseline = {}
    shown: dict[str, str] = {}


class View:
    """What one feed's figures are worked out from."""

    def __init__(
        self, profile: Profile, contract: FeedContract, data: FeedData, now: float, clock: Clock, usual: Usual
    ) -> None:
        self.profile, self.contract, self.data, self.now, self.usual = profile, contract, data, now, usual
        self.slack = clock.slack(GRACE)

    def minutes(self, span: Span) -> tuple[int, int]:
        """First and last whole minute: the one that has just begun isn't told by all partitions yet."""
        last = int(self.now) // 60 - 1
        first = int(midnight(self.now, self.profile.head.timezone)) // 60 if span == "today" else last - 59
        return first, max(first, last)

    def whole(self, span: Span) -> Quality:
        """The feed as a whole."""
        first, last = self.minutes(span)
        tally = quality.tallied(self.data.counts.window(first, last + 1))
        signs = Signs(
            event=quality.last_event(self.data.pulse), heartbeat=quality.last_heartbeat(self.data.pulse),
            manual=quality.typed_in(self.data.inflows),
        )  # fmt: skip
        return self._quality(tally, self._completeness(tally, first, last), signs)

    def _quality(
        self, tally: Tallied, completeness: Completeness, signs: Signs, cadence: float | None = None
    ) -> Quality:
        ages, cadence = self.profile.head.quality.liveness, cadence or cadence_of(self.contract)
        newest = signs.newest
        return Quality(
            tally=tally, completeness=completeness, signs=signs,
            situation=quality.situation(signs, self.now, cadence, self.slack, ages),
            cadences=None if newest is None else max(0.0, self.now - newest - self.slack) / cadence,
        )  # fmt: skip

    def _completeness(self, tally: Tallied, first: int, last: int) -> Completeness:
        received, sent, basis = quality.arrivals(self.data.inflows, first, last)
        expected: float | None = float(sent) if basis else None
        if not basis:
            received = tally.received
            expected = self._expected(first, last).of()
            basis = "baseline" if expected is not None else ""
        return Completeness(
            received=received,
            expected=expected,
            basis=basis,
            filled=tally.filled(),
            reported=self._reported(first, last),
        )

    def _expected(self, first: int, last: int) -> Expected:
        usual = self.usual
        return Expected(self.profile, self.data.counts, usual.baseline, usual.shown, first, last)

    def _reported(self, first: int, last: int) -> Reported | None:
        """Worked out once a minute: it looks at every cell of its period."""
        held = self.data.reported.get(first)
        if held is None or held[0] != last:
            found = reporting.reported(self.profile, self.contract, self.data.minutes, self.data.counts, first, last)
            if len(self.data.reported) > 2 * len(SPANS):
                self.data.reported.clear()
            held = self.data.reported[first] = (last, found)
        return held[1]

    def units(self, span: Span, dimension: Dimension) -> dict[str, Quality]:
        """By organisation, or by area of the shown level; code → figures. Empty: not known whose they are.

        Units that are due to report are there even if they never did.
        """
        first, last = self.minutes(span)
        counts = self._grouped(self.data.counts.window(first, last + 1), dimension)
        expected = self._expected(first, last)
        due, missing = self._due(dimension, first, last)
        newest = self._newest(dimension)
        found = {}
        for code in sorted({*counts, *due}):
            reported = Reported(due=1, reported=int(code not in missing)) if code in due else None
            tally = quality.tallied(counts.get(code, {}))
            found[code] = self._unit(tally, newest.get(code), expected.of(dimension, code), reported)
        return found

    def _unit(self, tally: Tallied, newest: float | None, expected: float | None, reported: Reported | None) -> Quality:
        """One unit. One that isn't due may be silent as long as its feed lives."""
        declared = self.contract.reporting
        beat = quality.last_heartbeat(self.data.pulse) if reported is None else None
        completeness = Completeness(
            received=tally.received, expected=expected, basis="baseline" if expected is not None else "",
            filled=tally.filled(), reported=reported,
        )  # fmt: skip
        period = reporting.period(self.contract, declared) if declared and reported else None
        return self._quality(tally, completeness, Signs(event=newest, heartbeat=beat), period)

    def _due(self, dimension: Dimension, first: int, last: int) -> tuple[set[str], set[str]]:
        """Codes of this dimension that are due to report, and those of them that haven't."""
        declared = self.contract.reporting
        if declared is None or declared.dimension != dimension:
            return set(), set()
        found = self._reported(first, last)
        return (reporting.units_due(self.profile, declared), set(found.missing)) if found else (set(), set())

    def _newest(self, dimension: Dimension) -> dict[str, float]:
        """Code → when its newest event came in, POSIX s, to the minute."""
        found: dict[str, float] = {}
        for (organisation, area), minute in self.data.heard.items():
            code = organisation if dimension == "organisation" else self._shown(area)
            found[code] = max(found.get(code, 0.0), minute * 60.0)
        return found

    def _grouped(self, counts: Mapping[Count, int], dimension: Dimension) -> dict[str, dict[Count, int]]:
        found: dict[str, dict[Count, int]] = {}
        for key, number in counts.items():
            if key[0] != "heartbeat":
                code = key[2] if dimension == "organisation" else self._shown(key[3])
                found.setdefault(code, {})[key] = number
        return found

    def _shown(self, area: str) -> str:
        """The area of the shown level; the province itself stays."""
        return self.usual.shown.get(area, area)
