"""One sheet of a CSV or Excel file as plain values, before anybody knows what its columns mean.

A value is text as a person typed it, or a number or truth value as the spreadsheet stored it: ``1.234`` typed in
Vietnamese is a thousand, stored by Excel it is little more than one. Dates of a spreadsheet are ISO 8601 text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from ioc.core.errors import IocError
from ioc.core.text import bare_key

Value = str | int | float | bool
LOOKED_AT = 30  # rows in which the header is looked for
_SIGNS = re.compile(r"[^a-z0-9]+")
_ASIDE = re.compile(r"\([^)]*\)")


class SheetError(IocError):
    """A file can't be taken. ``reason`` names a sentence (``upload.error.<reason>``), ``values`` fill it."""

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.values = values


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """``rows`` of ``name``, without empty ends; ``names`` are all sheets of the file, ``numbers`` the rows' numbers
    in the file, from 1. ``encoding`` is how a text file was read."""

    name: str
    names: list[str]
    rows: list[list[Value]]
    numbers: list[int]
    encoding: str = ""


def heading(sheet: Sheet, row: int) -> list[str]:
    """The texts of a row as headings of columns; empty where there is none."""
    width = max((len(each) for each in sheet.rows[row:]), default=0)
    texts = [str(value) for value in sheet.rows[row]] if row < len(sheet.rows) else []
    return texts + [""] * (width - len(texts))


def heading_key(text: str) -> str:
    """Under which spellings of a heading meet: no case, marks, signs, or what stands in brackets."""
    bare = bare_key(text)
    return _SIGNS.sub(" ", _ASIDE.sub(" ", bare)).strip() or _SIGNS.sub(" ", bare).strip()


def header_row(sheet: Sheet, known: set[str]) -> int:
    """Which row holds the headings: the first of those that name the most ``known`` keys, else the most columns.

    Vietnamese forms begin with the names of office and state, a title, a date and a unit, and may number the columns
    below their headings.
    """
    scored = [
        (_names(row, known), _texts(row), -at) for at, row in enumerate(sheet.rows[:LOOKED_AT])
    ]  # fmt: skip
    return -max(scored, default=(0, 0, 0))[2]


def _names(row: Sequence[Value], known: set[str]) -> int:
    return len({heading_key(value) for value in row if isinstance(value, str)} & known)


def _texts(row: Sequence[Value]) -> int:
    return len({value for value in row if isinstance(value, str) and any(letter.isalpha() for letter in value)})
