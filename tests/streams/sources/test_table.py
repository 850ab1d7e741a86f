"""Files of all kinds become the same plain rows, or say what to do."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.core.sheet import SheetError, Value, header_row, heading, heading_key
from streams.sources import table
from tests.streams.sources.files import excel, repacked, text

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
ROWS = [
    ["Mã cơ sở", "Tên bệnh viện", "Giường"],
    ["BV01", "Bệnh viện Đa khoa, tỉnh", "1.234"],
    ["BV02", 'Có "ngoặc"\nhai dòng', "12,5"],
]


def rows(content: bytes, name: str = "a.csv") -> list[list[Value]]:
    return table.read(name, content, ZONE).rows


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_csv_file_in_every_encoding(separator: str, encoding: str) -> None:
    assert rows(text(ROWS, separator, encoding)) == ROWS


def test_windows_1258_is_read_as_nfc() -> None:
    import unicodedata

    names = [["Mã", "Tên"], ["1", "Phạm Thị Hòa"]]
    decomposed = [[_cp1258(cell) for cell in row] for row in names]
    assert rows(text(decomposed, ";", "cp1258")) == names
    assert all(
        unicodedata.is_normalized("NFC", str(cell)) for row in rows(text(decomposed, ";", "cp1258")) for cell in row
    )


def _cp1258(word: str) -> str:
    """Vowels composed, tone marks apart: as the code page has them."""
    import unicodedata

    tones = "\u0300\u0301\u0303\u0309\u0323"
    found = ""
    for letter in word:
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(mark for mark in parts if mark in tones)
        found += unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in tones)) + tone
    return found


def test_the_separator_is_the_one_that_cuts_alike() -> None:
    assert rows("ten;so\nBệnh viện A, cơ sở 2;1,5\nBệnh viện B;2,5\n".encode()) == [
        ["ten", "so"], ["Bệnh viện A, cơ sở 2", "1,5"], ["Bệnh viện B", "2,5"],
    ]  # fmt: skip
    assert rows(b"sep=;\na;b\n1,2,3;4,5,6\n") == [["a", "b"], ["1,2,3", "4,5,6"]]


def test_empty_rows_vanish_and_rows_keep_their_numbers() -> None:
    sheet = table.read("a.csv", b"a,b\n,\n\n1,2\n", ZONE)
    assert (sheet.rows, sheet.numbers) == ([["a", "b"], ["1", "2"]], [1, 4])


def test_excel_gives_what_is_stored() -> None:
    content = excel(
        [["Ngày", "Giờ", "Số", "Tỷ lệ", "Đúng", "Kỳ", "Mã"],
         [date(2025, 1, 31), datetime(2025, 1, 31, 17, 30), 1.234, 0.974, True, date(2025, 1, 1), 12],
         ["31/01/2025", "", "=1+1", "", "", "", "00012"]],
        forms={"D2": "0.0%", "F2": "mm/yyyy"},
    )  # fmt: skip
    assert rows(content, "a.xlsx")[1:] == [
        ["2025-01-31", "2025-01-31T17:30:00+07:00", 1.234, 97.4, True, "2025-01", 12],
        ["31/01/2025", "", "", "", "", "", "00012"],
    ]


def test_a_merged_name_belongs_to_each_of_its_rows() -> None:
    content = excel([["Huyện", "Trạm", "Số"], ["Nam Sách", "A", 1], [None, "B", 2], [None, "C", 3]], merged=["A2:A3"])
    assert [row[0] for row in rows(content, "a.xlsx")] == ["Huyện", "Nam Sách", "Nam Sách", ""]


def test_several_sheets_are_chosen_from() -> None:
    content = excel([["Bìa"]], Thang1=[["a", "b"], [1, 2]], Thang2=[["a", "b"], [3, 4]])
    first = table.read("a.xlsx", content, ZONE)
    assert (first.names, first.name, first.rows[1]) == (["Sheet", "Thang1", "Thang2"], "Thang1", [1, 2])
    assert table.read("a.xlsx", content, ZONE, "Thang2").rows[1] == [3, 4]


def test_the_header_is_below_the_titles_of_a_form() -> None:
    form = [
        ["UBND HUYỆN NAM SÁCH", "", "", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"], ["BÁO CÁO GIƯỜNG BỆNH THÁNG 3"],
        ["", "", "", "Nam Sách, ngày 31 tháng 3 năm 2025"], ["STT", "Mã cơ sở", "Tên bệnh viện", "Giường đang dùng (giường)"],
        ["(1)", "(2)", "(3)", "(4)"], ["1", "BV01", "Bệnh viện A", "12"],
    ]  # fmt: skip
    sheet = table.read("a.csv", text(form), ZONE)
    known = {heading_key(name) for name in ("Mã cơ sở", "Giường đang dùng")}
    assert heading(sheet, header_row(sheet, known))[1] == "Mã cơ sở"
    assert heading(sheet, header_row(sheet, set()))[1] == "Mã cơ sở"


BOOK = excel([["a", "b"], [1, 2]])


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "old_excel"),
        ("a.xlsx", repacked(BOOK, {"xl/vbaProject.bin": b""}), "macros"),
        ("a.xlsx", repacked(BOOK, {"xl/media/zero": b"0" * (table.LARGEST + 1)}), "bomb"),
        ("a.xlsx", b"PK\x03\x04" + b"\x00" * 400, "broken"),
        ("a.xlsx", repacked(BOOK, {"xl/workbook.xml": b"<a"}), "broken"),
        ("a.pdf", b"%PDF-1.7 what", "kind"),
        ("a.csv", b"  \n ", "empty"),
        ("a.csv", b"\x81\x8d\x8f\x90,\xff", "encoding"),
        ("a.csv", b"a" * (table.LARGEST + 1), "too_large"),
        ("a.csv", b"a,b\n" * (table.MOST_ROWS + 1), "rows"),
        ("a.csv", ",".join(["a"] * 201).encode(), "columns"),
        ("a.csv", b'a,b\n"' + b"x" * 40_000, "cell"),
        ("a.csv", b'a,b\n"' + b"x" * 400_000, "cell"),
    ],
)  # fmt: skip
def test_what_can_t_be_taken_says_why(name: str, content: bytes, reason: str) -> None:
    with pytest.raises(SheetError) as refused:
        table.read(name, content, ZONE)
    assert refused.value.reason == reason


def test_entities_and_lies_about_size_do_no_harm() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbb">]><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="str"><v>&b;</v></c></row></sheetData></worksheet>'
    content = repacked(BOOK, {"xl/worksheets/sheet1.xml": bomb})
    with pytest.raises(SheetError) as refused:
        table.read("a.xlsx", content, ZONE)
    assert refused.value.reason == "broken"
    sheet = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1000000"><c r="A1000000"><v>2</v></c></row></sheetData></worksheet>'
    found = table.read("a.xlsx", repacked(BOOK, {"xl/worksheets/sheet1.xml": sheet}), ZONE, "Sheet")
    assert (found.rows, found.numbers) == ([[1], [2]], [1, 1_000_000])


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from(["a.csv", "a.xlsx"]),
    st.sampled_from([b"", b"PK\x03\x04", b"\xef\xbb\xbf", b"\xff\xfe"]),
)
def test_no_bytes_break_it(content: bytes, name: str, start: bytes) -> None:
    try:
        sheet = table.read(name, start + content, ZONE)
    except SheetError:
        return
    assert len(sheet.rows) == len(sheet.numbers)
