"""Open, overdue, due soon and mean age follow the clock alone: over midnight, days off and a clock that is set."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.core.board import Board
from ioc.core.clock import REAL
from ioc.core.reading import Reading
from ioc.locales import load as load_words
from tests.conftest import hai_duong
from tests.streams.memory_store import Memory
from tests.streams.records import LOCAL, NOON, dossier, event, moment, records
from tests.streams.test_fold import fold, totals

HOUR, DAY = 3600.0, 86_400.0
WORDS = {"vi": load_words("vi")}
AGENCIES = ("Sở Xây dựng", "Sở Y tế")


def board(feed: str, memory: Memory) -> Board:
    found = Board(hai_duong(), WORDS)
    found.load(feed, 0, memory.hashes)
    return found


def read(board: Board, indicator: str, now: float, by: str | None = None) -> Reading:
    return board.scene(now, REAL, "vi").reading(indicator, by)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL).timestamp()


def task(number: int, due: str, status: str = "OPEN", sent: float = NOON) -> bytes:
    data = {
        "task_id": f"T-{number}", "title": "Nhiệm vụ", "lead": "Sở Xây dựng", "accountable": "Giám đốc",
        "assigned_at": "2025-01-02", "due_at": due, "progress": 10, "status": status,
    }  # fmt: skip
    return event("task", f"{number}-{status}", sent, data, "urn:vn:hai-duong:nhiem-vu")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(-3 * 24, 3 * 24), st.integers(0, 9 * 24), st.sampled_from(AGENCIES),
            st.sampled_from(("đất đai", "xây dựng", None)), st.booleans(),
        ),
        min_size=1,
        max_size=25,
    ),
    st.lists(st.integers(-4 * 24 * 4, 4 * 24 * 4), min_size=1, max_size=5),
)  # fmt: skip
def test_counts_and_ages_equal_those_of_the_single_dossiers(
    drawn: list[tuple[int, int, str, str | None, bool]], moments: list[int]
) -> None:
    made = []
    for number, (due, age, agency, sector, closed) in enumerate(drawn):
        times = {"received_at": moment(NOON - 4 * DAY - age * HOUR), "due_at": moment(NOON + due * HOUR)}
        more = times | {"agency": agency} | ({"sector": sector} if sector else {})
        made.append((dossier(f"{number}a", NOON - 60, None, "DANG_XU_LY", f"H-{number}", **more), NOON))
        if closed:
            made.append((dossier(f"{number}b", NOON - 30, "DANG_XU_LY", "DA_TRA", f"H-{number}", **more), NOON))
    shown = board("dossier", fold("dossier", records(made), [7], restart=True))
    left = [each for each in drawn if not each[4]]
    # Quarters of an hour, in any order: the same board at any moment, as when a clock is set forth and back.
    for now in (NOON + quarter * 900 for quarter in moments):
        late = [each for each in left if NOON + each[0] * HOUR < now]
        assert read(shown, "dossier-open", now).value == len(left)
        assert read(shown, "dossier-overdue", now).value == len(late)
        by = read(shown, "dossier-overdue", now, "sector").by
        assert {key: count for key, count in by.items() if count} == dict(Counter(each[3] or "" for each in late))
        ages = [(now - (NOON - 4 * DAY - each[1] * HOUR)) / HOUR for each in left]
        mean = read(shown, "dossier-age", now).value
        assert mean == (pytest.approx(sum(ages) / len(ages)) if ages else None)


def test_a_dossier_is_overdue_from_the_second_after_its_due_time() -> None:
    due = at("2025-03-13T00:00:00")
    made = [(dossier(1, NOON, None, "DANG_XU_LY", due_at=moment(due)), NOON)]
    shown = board("dossier", fold("dossier", records(made)))
    assert [read(shown, "dossier-overdue", due + step).value for step in (-1, 0, 1)] == [0, 0, 1]
    assert [read(shown, "dossier-due-soon", due + step).value for step in (-1, 0, 1)] == [1, 1, 0]


def test_by_agency_the_organisation_counts_however_it_is_spelt() -> None:
    organisations = hai_duong().organisations
    made = [(dossier(number, NOON, None, "DANG_XU_LY", f"H-{number}", agency=name), NOON)
            for number, name in enumerate(("Sở Xây dựng", "sở xây dựng", "SXD", "Sở Y tế"))]  # fmt: skip
    by = read(board("dossier", fold("dossier", records(made))), "dossier-open", NOON, "organisation").by
    assert sum(count or 0 for count in by.values()) == 4
    assert all(code in organisations for code in by if code)


def test_a_task_is_due_until_midnight_here_and_over_days_off_until_the_next_working_day_ends() -> None:
    sent = at("2025-03-12T08:00:00")
    made = [(task(1, "2025-03-13", sent=sent), sent), (task(2, "2025-03-15", sent=sent), sent),
            (task(3, "2025-04-30", sent=sent), sent)]  # fmt: skip
    shown = board("task", fold("task", records(made)))
    steps = {
        "2025-03-13T23:59:59": 0, "2025-03-14T00:00:00": 1,  # a Thursday: midnight in the province, 17:00 in UTC
        "2025-03-17T23:59:59": 1, "2025-03-18T00:00:00": 2,  # a Saturday: Monday's end
        "2025-05-05T23:59:59": 2, "2025-05-06T00:00:00": 3,  # a holiday and the days off after it
    }  # fmt: skip
    assert {when: read(shown, "task-overdue", at(when)).value for when in steps} == steps


def test_today_begins_at_midnight_here_and_late_events_land_in_their_own_day() -> None:
    midnight = at("2025-03-13T00:00:00")
    made = [
        (dossier(1, midnight - 1, None, "TIEP_NHAN", "H-1"), midnight - 1),
        (dossier(2, midnight, None, "TIEP_NHAN", "H-2"), midnight),
        (dossier(3, midnight - 7200, None, "TIEP_NHAN", "H-3"), midnight + 60),  # late: it belongs to the 12th
    ]
    memory = fold("dossier", records(made))
    shown = board("dossier", memory)
    assert [read(shown, "dossier-received", now).value for now in (midnight - 1, midnight, midnight + 60)] == [2, 1, 1]
    assert totals(memory) == {"accepted": 2, "late": 1}


def test_samples_go_on_when_the_clock_is_set_back() -> None:
    shown = board("dossier", fold("dossier", records([(dossier(1, NOON, None, "DANG_XU_LY"), NOON)])))
    for now in (NOON, NOON + 7200, NOON + 60, NOON + 120):
        read(shown, "dossier-open", now)
    assert [when - NOON for when, _ in shown.samples["dossier-open"]] == [0, 60, 120]


def test_a_clock_far_ahead_costs_nothing_that_it_should_keep() -> None:
    shown = board("dossier", fold("dossier", records([(dossier(1, NOON, None, "TIEP_NHAN"), NOON)])))
    shown.prune(NOON + 30 * DAY)
    assert read(shown, "dossier-received", NOON + 1).value == 1
