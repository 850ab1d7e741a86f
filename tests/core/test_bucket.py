"""Buckets: never more than the burst at once, never more than the rate in the long run."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ioc.core.bucket import MOST, Buckets


def test_a_burst_then_the_rate() -> None:
    buckets = Buckets(10, 20)
    assert [buckets.take("a", 10, 0.0), buckets.take("a", 10, 0.0), buckets.take("a", 1, 0.0)] == [0.0, 0.0, 0.1]
    assert buckets.take("b", 20, 0.0) == 0.0
    assert buckets.take("a", 5, 0.4) == 0.1
    assert buckets.take("a", 5, 0.5) == 0.0
    assert buckets.level("a", 100.0) == 20


def test_more_than_a_bucket_is_owed() -> None:
    buckets = Buckets(10, 20)
    assert buckets.take("a", 30, 0.0) == 0.0
    assert buckets.take("a", 1, 0.0) == 1.1


@given(st.lists(st.tuples(st.integers(1, 30), st.floats(0, 5)), max_size=60))
def test_no_more_than_allowed(steps: list[tuple[int, float]]) -> None:
    buckets, now, taken = Buckets(10, 30), 0.0, 0
    for count, pause in steps:
        now += pause
        wait = buckets.take("a", count, now)
        taken += 0 if wait else count
        assert taken <= 30 + 10 * now + 1e-6
        if wait:
            assert buckets.take("a", count, now + wait + 1e-9) == 0.0
            now += wait + 1e-9
            taken += count


def test_full_buckets_are_forgotten() -> None:
    buckets = Buckets(1, 1)
    for number in range(3 * MOST):
        buckets.take(str(number), 1, float(number))
    assert len(buckets._levels) <= MOST
