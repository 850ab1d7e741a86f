"""What officials type is read as they mean it, or not at all."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.core.contract import parse_field
from ioc.core.entry_value import code, day, decimal_mark, moment, number, period, read, truth
from ioc.core.sheet import Value
from ioc.core.words import Words
from ioc.locales import load

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    ("text", "comma", "point"),
    [
        ("1.234,5", 1234.5, None), ("1,234.5", None, 1234.5), ("1.234", 1234, 1.234), ("12,5", 12.5, None),
        ("97,4 %", 97.4, None), ("1 234 567", 1234567, 1234567), ("−1.234.567,80", -1234567.8, None),
        ("12.5", None, 12.5), ("1.234.56", None, None), ("5,", None, None), (",5", None, None), ("+7", 7, 7),
        ("9007199254740993", 9007199254740993, 9007199254740993), ("1e5", None, None), ("١٢", None, None),
        ("²", None, None), ("12abc", None, None), ("", None, None), ("1.2.3", None, None), ("0,000", 0, 0),
    ],
)  # fmt: skip
def test_numbers(text: str, comma: float | None, point: float | None) -> None:
    assert (number(text, ","), number(text, ".")) == (comma, point)


@given(st.integers(-(10**15), 10**15), st.integers(0, 4))
def test_what_we_write_is_read_back(whole: int, decimals: int) -> None:
    value = whole / 10**decimals
    for language, mark in (("vi", ","), ("en", ".")):
        words: Words = load(language)
        written = words.number(value, decimals)
        assert number(written, mark) == float(f"{value:.{decimals}f}")
        assert decimal_mark([written, words.number(0.5, 1)]) == mark


@given(st.text(max_size=30))
def test_no_text_breaks_a_reader(text: str) -> None:
    for notation in ("int", "number", "bool", "date", "time", "period", "text", "a|b", "[org]", "url"):
        read(parse_field("x", notation, {}), text, ",", ZONE)


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["1.234", "12.5"], "."), (["1.234", "5.678"], ","), (["1.234,5"], ","), (["1,234,567"], "."), (["0.123"], "."),
        (["12.5", "3,75"], ","), ([1.5, "7"], ","), (["1,234.5", "9"], "."),
    ],
)  # fmt: skip
def test_a_column_shows_its_decimal_mark(texts: list[Value], mark: str) -> None:
    assert decimal_mark(texts) == mark


@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)))
def test_days_and_times_are_read_back(at: datetime) -> None:
    at = at.replace(microsecond=0)
    local = at.replace(tzinfo=ZONE)
    assert day(f"{at:%d/%m/%Y}") == day(f"{at.day}-{at.month}-{at.year}") == at.date().isoformat()
    for text in (f"{at:%d/%m/%Y %H:%M:%S}", f"{at:%H:%M:%S %d.%m.%Y}", at.isoformat(), local.isoformat()):
        assert datetime.fromisoformat(moment(text, ZONE)) == local
    hour = f"{at.hour}h{at.minute:02} {at.day}/{at.month}/{at.year}"
    assert datetime.fromisoformat(moment(hour, ZONE)) == local - timedelta(seconds=at.second)


@pytest.mark.parametrize(
    "text", ["30/02/2025", "31/12/25", "hôm qua", "1/2", "25:00 01/01/2025", "01/01/2025 02/01/2025", "13/2025/01"]
)
def test_what_is_no_time_isn_t_guessed(text: str) -> None:
    assert moment(text, ZONE) == ""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Quý I/2025", "2025-Q1"), ("quý 4 năm 2025", "2025-Q4"), ("Q1/2025", "2025-Q1"), ("Quý IV-2024", "2024-Q4"),
        ("Tháng 01/2025", "2025-01"), ("Tháng 1 năm 2025", "2025-01"), ("T1/2025", "2025-01"), ("1/2025", "2025-01"),
        ("Năm 2025", "2025"), ("2025", "2025"), ("31/01/2025", "2025-01-31"), ("2025-Q1", "2025-Q1"), ("nửa năm", "nửa năm"),
    ],
)  # fmt: skip
def test_periods(text: str, wanted: str) -> None:
    assert period(text) == wanted


@pytest.mark.parametrize(
    ("notation", "value", "wanted"),
    [
        ("bool", "Có", True), ("bool", "không", False), ("bool", "x", True), ("bool", True, True), ("bool", 1, True),
        ("bool", "có lẽ", "có lẽ"), ("int 0..9", "-", None), ("number", "…", None), ("number", 1.234, 1.234),
        ("int", 5.0, 5), ("int", "9" * 30, "9" * 30), ("number", "1.234.", "1.234."), ("number", True, True),
        ("text", 12, "12"), ("text", 12.5, "12.5"), ("[org]", "Sở Y tế; Sở Nội vụ", ["Sở Y tế", "Sở Nội vụ"]),
        ("date", "1/2/2025", "2025-02-01"), ("time", "1/2/2025", "2025-02-01T00:00:00+07:00"), ("period", 2025, "2025"),
    ],
)  # fmt: skip
def test_values_of_fields(notation: str, value: Value, wanted: Any) -> None:
    found = read(parse_field("x", notation, {}), value, ",", ZONE)
    assert found == wanted
    assert type(found) is type(wanted)


def test_codes_are_found_by_their_words() -> None:
    codes = ("DANG_XU_LY", "DA_TRA", "da-tra-2", "a b", "A_B")
    assert [code(text, codes) for text in ("Đang xử lý", "đã trả", "khác", "a b", "A-b")] == [
        "DANG_XU_LY",
        "DA_TRA",
        "khác",
        "a b",
        "A-b",
    ]
    assert truth("Đúng") is True
