"""CSV and Excel files as sheets of plain values: bytes and a name in, :class:`ioc.core.sheet.Sheet` out.

What a file may hold is bounded before it is parsed. Its kind is told by its bytes, not by its name. Formulas count by
the value that was stored with them; macros, old ``.xls`` files and passwords are refused with what to do instead.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
from openpyxl.utils import range_boundaries

from ioc.core.sheet import Sheet, SheetError, Value
from ioc.core.text import clean

LARGEST = 10 * 1024 * 1024
LARGEST_UNZIPPED = 100 * 1024 * 1024
HIGHEST_RATIO = 200  # a sheet of equal rows shrinks to a hundredth
MOST_ROWS = 20_000
MOST_COLUMNS = 200
LARGEST_CELL = 32_768
LAST_ROW = 1_048_576  # of a sheet of Excel
WIDEST = 2_000  # cells of a row that are looked at: beyond the columns there may be coloured ones
MOST_MERGED = 20_000
END = 1024 * 1024
HALF = timedelta(milliseconds=500)  # a spreadsheet keeps times as fractions of a day

_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SEPARATORS = ";\t,"
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
_BROKEN = (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError, EOFError, IndexError, AttributeError,
           SyntaxError, NotImplementedError)  # fmt: skip


def read(name: str, content: bytes, zone: ZoneInfo, sheet: str = "") -> Sheet:
    """The sheet named (default: the first that holds rows), dates in ``zone``. Raises :class:`SheetError`."""
    if len(content) > LARGEST:
        raise SheetError("too_large", most=LARGEST // 1024 // 1024)
    if not content.strip():
        raise SheetError("empty")
    if content.startswith(_OLD_EXCEL):
        raise SheetError("old_excel")
    if content.startswith(_ZIP):
        return _excel(content, zone, sheet)
    if not name.lower().endswith((".csv", ".txt", ".tsv")):
        raise SheetError("kind", name=clean(name, 80))
    return _csv(content)


def _csv(content: bytes) -> Sheet:
    text, encoding = _decoded(content)
    lines = text.splitlines()
    separator = ""
    if lines and (told := re.fullmatch(r"sep=(.)", lines[0].strip())):  # as Excel writes it
        separator, text = told[1], text.partition("\n")[2]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator or _separator(text))
    try:
        return _sheet("", [""], ((at, row) for at, row in enumerate(rows, 2 if separator else 1)), encoding)
    except csv.Error:
        raise SheetError("cell", most=LARGEST_CELL) from None


def _decoded(content: bytes) -> tuple[str, str]:
    encodings = [name for mark, name in _BOMS if content.startswith(mark)][:1]
    if not encodings and b"\x00" in content[:2000]:
        even, odd = content[:2000:2].count(0), content[1:2000:2].count(0)
        encodings = ["utf-16-le" if odd > even else "utf-16-be"]
    for encoding in encodings or ["utf-8", "cp1258"]:
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise SheetError("encoding")


def _separator(text: str) -> str:
    """The one that cuts the first rows most often into equally many cells."""

    def fitness(separator: str) -> tuple[int, int]:
        rows = csv.reader(io.StringIO(text[:65_536], newline=""), delimiter=separator)
        try:
            widths = [len(row) for row, _ in zip(rows, range(40), strict=False) if any(row)]
        except csv.Error:
            return 0, 0
        common = max(set(widths), key=lambda width: (widths.count(width), width), default=0)
        return (widths.count(common) if common > 1 else 0), common

    return max(_SEPARATORS, key=fitness)


def _excel(content: bytes, zone: ZoneInfo, wanted: str) -> Sheet:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _bounded(archive)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of styles and extensions that nobody reads here
                book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
                try:
                    return _chosen(book, archive, zone, wanted)
                finally:
                    book.close()
    except _BROKEN:
        raise SheetError("broken") from None


def _bounded(archive: zipfile.ZipFile) -> None:
    """Macros, other kinds of archives and bombs are refused by the archive's table of contents."""
    found = archive.infolist()
    names = {info.filename for info in found}
    if any(name.endswith("vbaProject.bin") for name in names):
        raise SheetError("macros")
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise SheetError("kind", name="zip")
    unzipped, zipped = sum(info.file_size for info in found), sum(info.compress_size for info in found)
    if unzipped > LARGEST_UNZIPPED or (unzipped > LARGEST and unzipped > HIGHEST_RATIO * max(zipped, 1)):
        raise SheetError("bomb", most=LARGEST_UNZIPPED // 1024 // 1024)


def _chosen(book: Any, archive: zipfile.ZipFile, zone: ZoneInfo, wanted: str) -> Sheet:
    shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"] or list(book.worksheets)
    names = [sheet.title for sheet in shown]
    if wanted and wanted not in names:
        raise SheetError("no_sheet", name=clean(wanted, 80))
    for sheet in shown:
        if wanted and sheet.title != wanted:
            continue
        merged = _merged(archive, sheet)
        sheet.reset_dimensions()  # what the file says of its size may be a lie
        held = _sheet(sheet.title, names, _filled(_rows(sheet, zone), merged))
        if wanted or len(held.rows) > 1:
            return held
    raise SheetError("empty")


def _rows(sheet: Any, zone: ZoneInfo) -> Iterator[tuple[int, list[Value]]]:
    for at, row in enumerate(sheet.iter_rows(max_row=LAST_ROW), 1):
        if len(row) > WIDEST:
            raise SheetError("columns", most=MOST_COLUMNS)
        if row:
            yield at, [_value(cell, zone) for cell in row]


def _value(cell: Any, zone: ZoneInfo) -> Value:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, datetime):
        form = str(cell.number_format).lower()
        if value.time() == time.min and "h" not in form:
            return value.date().isoformat()[: 10 if "d" in form else 7]  # a month is shown without a day
        return (value + HALF).replace(tzinfo=zone, microsecond=0).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, float):
        shown = round(value * 100, 10) if "%" in str(cell.number_format) else value
        return int(shown) if shown.is_integer() and abs(shown) < 2**53 else shown
    if isinstance(value, int) and not isinstance(value, bool) and "%" in str(cell.number_format):
        return value * 100
    return value if isinstance(value, bool | int) else str(value)


def _merged(archive: zipfile.ZipFile, sheet: Any) -> dict[tuple[int, int], tuple[int, int]]:
    """(row, column) → the first cell of its merged range, for cells below one that was merged downwards."""
    found: dict[tuple[int, int], tuple[int, int]] = {}
    end = b""  # merged ranges stand behind the rows
    with archive.open(sheet._worksheet_path) as file:
        while chunk := file.read(END):
            end = end[-END:] + chunk
    for reference in _MERGED.findall(end):
        left, top, right, bottom = (int(each or 0) for each in range_boundaries(reference.decode()))
        if right > MOST_COLUMNS or (bottom - top) * (right - left + 1) + len(found) > MOST_MERGED:
            continue
        found |= {(row, column): (top, left) for row in range(top + 1, bottom + 1) for column in range(left, right + 1)}
    return found


def _filled(
    rows: Iterator[tuple[int, list[Value]]], merged: dict[tuple[int, int], tuple[int, int]]
) -> Iterator[tuple[int, list[Value]]]:
    """A district's name that spans three rows belongs to each of them."""
    if not merged:
        yield from rows
        return
    corners: dict[tuple[int, int], Value] = {}
    wanted = set(merged.values())
    width = max(column for _, column in merged)
    for at, row in rows:
        row += [""] * (width - len(row))
        for column, value in enumerate(row, 1):
            if (at, column) in wanted:
                corners[at, column] = value
            elif (at, column) in merged:
                row[column - 1] = corners.get(merged[at, column], "")
        yield at, row


def _sheet(name: str, names: list[str], rows: Iterator[tuple[int, Sequence[Value]]], encoding: str = "") -> Sheet:
    kept: list[list[Value]] = []
    numbers: list[int] = []
    for at, row in rows:
        values = [_tidy(value) for value in row]
        while values and values[-1] == "":
            values.pop()
        if len(values) > MOST_COLUMNS:
            raise SheetError("columns", most=MOST_COLUMNS)
        if not values:
            continue
        if len(kept) >= MOST_ROWS:
            raise SheetError("rows", most=MOST_ROWS)
        kept.append(values)
        numbers.append(at)
    if not kept and len(names) == 1:
        raise SheetError("empty")
    return Sheet(name=name, names=names, rows=kept, numbers=numbers, encoding=encoding)


def _tidy(value: Value) -> Value:
    if not isinstance(value, str):
        return value
    if len(value.encode("utf-8", "replace")) > LARGEST_CELL:
        raise SheetError("cell", most=LARGEST_CELL // 1024)
    return clean(unicodedata.normalize("NFC", value.replace("\u00a0", " ")).strip(), LARGEST_CELL)
