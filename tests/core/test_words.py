"""Numbers, ages and dates as each language writes them."""

from __future__ import annotations

from datetime import UTC

import pytest

from ioc.core import outcome
from ioc.core.words import Words
from ioc.locales import load

VI, EN = load("vi"), load("en")
HANOI = "Asia/Ho_Chi_Minh"
PEAK = 1726137005.0  # 12 September 2024, 17:30:05 in Hanoi


@pytest.mark.parametrize(
    ("value", "decimals", "signed", "vi", "en"),
    [
        (1234.5, 1, False, "1.234,5", "1,234.5"),
        (0, 0, False, "0", "0"),
        (None, 2, False, "—", "—"),
        (float("nan"), 2, False, "—", "—"),
        (float("inf"), 0, False, "—", "—"),
        (-3.25, 2, False, "−3,25", "−3.25"),
        (3.25, 1, True, "+3,2", "+3.2"),
        (-0.04, 1, True, "0,0", "0.0"),
        (2**53 + 1, 0, False, "9.007.199.254.740.993", "9,007,199,254,740,993"),
    ],
)
def test_number(value: float | None, decimals: int, signed: bool, vi: str, en: str) -> None:
    assert (VI.number(value, decimals, signed), EN.number(value, decimals, signed)) == (vi, en)


@pytest.mark.parametrize(
    ("seconds", "vi", "en"),
    [
        (2.9, "2 giây", "2 s"),
        (-5, "0 giây", "0 s"),
        (59.9, "59 giây", "59 s"),
        (42 * 60 + 30, "42 phút", "42 min"),
        (3600, "1 giờ", "1 h"),
        (86_400, "1 ngày", "1 day"),
        (3 * 86_400 + 5, "3 ngày", "3 days"),
        (1234 * 86_400, "1.234 ngày", "1,234 days"),
        (None, "—", "—"),
    ],
)
def test_age(seconds: float | None, vi: str, en: str) -> None:
    assert (VI.age(seconds), EN.age(seconds)) == (vi, en)


def test_percent_and_share() -> None:
    assert VI.percent(97.4, 1) == "97,4 %"
    assert EN.percent(None) == "—"
    assert EN.share(0.9996, 1) == "99.9 %"
    assert EN.share(0.29, 0) == "29 %"
    assert EN.share(1.0, 1) == "100.0 %"


def test_moments() -> None:
    assert VI.weekday_date(PEAK, HANOI) == "Thứ Năm, 12/09/2024"
    assert EN.weekday_date(PEAK, HANOI) == "Thu 12 Sep 2024"
    assert VI.date(PEAK, HANOI) == "12/09/2024"
    assert EN.date(PEAK, HANOI) == "12 Sep 2024"
    assert VI.time(PEAK, HANOI) == "17:30"
    assert VI.time(PEAK, HANOI, seconds=True) == "17:30:05"
    assert EN.time(PEAK, UTC) == "10:30"
    assert VI.moment(PEAK, HANOI) == "12/09/2024 17:30"
    assert VI.moment(None, HANOI) == "—"


def test_duration_clock() -> None:
    assert VI.duration_clock(760) == "00:12:40"
    assert VI.duration_clock(100 * 3600 + 1) == "100:00:01"


def test_an_unknown_key_is_named() -> None:
    with pytest.raises(KeyError, match=r"states\.nothing"):
        VI("states.nothing")


def test_text_falls_back() -> None:
    assert EN.text({"vi": "Mực nước", "en": "Level"}) == "Level"
    assert EN.text({"vi": "Mực nước"}) == "Mực nước"
    assert VI.text({"en": "Level"}) == "Level"
    assert VI.text({}) == ""


def test_a_value_is_never_read_as_a_pattern() -> None:
    assert VI("units.ago", age="{age.__class__}") == "{age.__class__} trước"


@pytest.mark.parametrize("words", [VI, EN])
def test_every_outcome_and_reason_says_what_it_means_and_what_to_do(words: Words) -> None:
    for code in (*outcome.QUARANTINE_REASONS, *outcome.REJECT_REASONS):
        assert all(words.has(f"states.{part}.{code}") for part in ("reason", "reason_meaning", "reason_next"))
    for code in (*outcome.OUTCOMES, outcome.HEARTBEAT):
        assert all(words.has(f"states.{part}.{code}") for part in ("outcome", "outcome_meaning", "outcome_next"))
