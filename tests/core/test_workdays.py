"""Working days: weekends, holidays, the days worked instead, and the deadlines that they move."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.core.workdays import Workdays, working_days
from tests.conftest import hai_duong
from tests.streams.records import LOCAL


def workdays() -> Workdays:
    return Workdays(hai_duong().head.timezone, hai_duong().holidays)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL).timestamp()


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2025-03-14", True),
        ("2025-03-15", False),  # a Saturday
        ("2025-04-26", True),  # a Saturday that is worked instead
        ("2025-04-30", False),
        ("2025-05-02", False),  # the day off for it
        ("2025-05-05", True),
    ],
)
def test_which_days_are_worked(day: str, works: bool) -> None:
    assert workdays().works(date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("due", "last"),
    [
        ("2025-03-14", "2025-03-14"),
        ("2025-03-15", "2025-03-17"),  # Saturday → Monday
        ("2025-04-30", "2025-05-05"),  # three days off and a weekend
        ("2025-04-26", "2025-04-26"),  # worked instead
        ("2025-01-27", "2025-02-03"),  # Tết
    ],
)
def test_a_term_that_ends_on_a_day_off_ends_with_the_next_working_day(due: str, last: str) -> None:
    assert workdays().deadline(at(f"{due}T00:00:00")) == at(f"{last}T23:59:59")


@pytest.mark.parametrize(
    ("now", "within", "until"),
    [
        ("2025-03-12T08:00:00", "1wd", "2025-03-13T23:59:59"),
        ("2025-03-14T23:59:59", "1wd", "2025-03-17T23:59:59"),  # Friday night → the whole of Monday
        ("2025-03-15T00:00:00", "1wd", "2025-03-17T23:59:59"),
        ("2025-04-29T08:00:00", "2wd", "2025-05-06T23:59:59"),
        ("2025-03-12T08:00:00", "0wd", "2025-03-12T23:59:59"),
        ("2025-04-29T08:00:00", "24h", "2025-04-30T08:00:00"),
    ],
)
def test_how_far_ahead_a_horizon_reaches(now: str, within: str, until: str) -> None:
    assert workdays().horizon(within, at(now)) == at(until)


@given(st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.integers(0, 30))
def test_there_are_as_many_working_days_between_as_asked_for(day: date, number: int) -> None:
    calendar = workdays()
    end = calendar.ahead(day, number)
    between = sum(calendar.works(day + timedelta(days=step)) for step in range(1, (end - day).days + 1))
    assert between == number


@pytest.mark.parametrize(("text", "number"), [("2wd", 2), ("24h", None), ("wd", None), ("-1wd", None), ("P1D", None)])
def test_the_notation(text: str, number: int | None) -> None:
    assert working_days(text) == number
