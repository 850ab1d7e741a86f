"""Crossings: what a table of readings over time must give, and what holds for all readings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ioc.core.detector import Crossing, Limit, Sample, Track, elapse, observe

CASES = sorted((Path(__file__).parent.parent / "rules").glob("*.yaml"))


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Readings (minute: value) against a limit, and the transitions expected (minute: kind).

    Delays in minutes. ``until`` is how long somebody looks on after the last reading.
    """

    why: str
    limit: dict[str, Any]
    readings: dict[float, float]
    expected: dict[float, str]
    until: float = 0.0


def cases() -> list[Any]:
    return [
        pytest.param(msgspec.convert(case, Case), id=f"{path.stem}-{number}")
        for path in CASES
        for number, case in enumerate(yaml.safe_load(path.read_text("utf-8")))
    ]


def crossings(limit: Limit, samples: list[Sample], looks: tuple[float, ...] = ()) -> list[Crossing]:
    """What is found when somebody looks at these times as well."""
    track, found = Track(), []
    moments = sorted([(sample.at, 1, sample) for sample in samples] + [(at, 0, None) for at in looks])
    for at, _, sample in moments:
        track, more = observe(limit, track, sample) if sample else elapse(limit, track, at)
        found += more
    return found


@pytest.mark.parametrize("case", cases())
def test_readings_give_the_transitions(case: Case) -> None:
    limit = msgspec.convert(case.limit, Limit)
    samples = [Sample(at, value) for at, value in case.readings.items()]
    found = crossings(limit, samples, (case.until,) if case.until else ())
    assert {crossing.at: crossing.kind for crossing in found} == case.expected, case.why


LIMITS = st.builds(
    Limit, above=st.integers(0, 5), dead_band=st.sampled_from((0.0, 1.0, 2.0)), on_delay=st.integers(0, 4),
    off_delay=st.integers(0, 4), reached=st.booleans(),
)  # fmt: skip
SAMPLES = st.lists(st.tuples(st.integers(0, 40), st.integers(-2, 8)), max_size=30, unique_by=lambda pair: pair[0]).map(
    lambda pairs: [Sample(float(at), float(value)) for at, value in sorted(pairs)]
)


@given(LIMITS, SAMPLES, st.lists(st.floats(0, 40), max_size=20))
def test_looking_on_changes_nothing(limit: Limit, samples: list[Sample], looks: list[float]) -> None:
    last = samples[-1].at if samples else 0.0
    assert crossings(limit, samples, tuple(at for at in looks if at <= last)) == crossings(limit, samples)


@given(LIMITS, SAMPLES)
def test_raised_and_cleared_take_turns_and_keep_their_delays(limit: Limit, samples: list[Sample]) -> None:
    found = crossings(limit, samples)
    assert [crossing.kind for crossing in found] == ["raised", "cleared"] * (len(found) // 2) + ["raised"] * (
        len(found) % 2
    )
    for crossing in found:
        assert crossing.at - crossing.since == (limit.on_delay if crossing.kind == "raised" else limit.off_delay)


@given(LIMITS, SAMPLES, st.data())
def test_readings_that_come_again_or_too_late_change_nothing(
    limit: Limit, samples: list[Sample], data: st.DataObject
) -> None:
    track, found = Track(), []
    for sample in samples:
        track, more = observe(limit, track, sample)
        found += more
        again = data.draw(st.sampled_from(samples))
        if again.at <= sample.at:
            assert observe(limit, track, again) == (track, [])
    assert found == crossings(limit, samples)


@given(LIMITS, SAMPLES, st.floats(41, 10_000))
def test_silence_never_clears(limit: Limit, samples: list[Sample], now: float) -> None:
    track = Track()
    for sample in samples:
        track, _ = observe(limit, track, sample)
    after, found = elapse(limit, track, now)
    assert after.active or not track.active
    assert all(crossing.kind == "raised" for crossing in found)
