"""CSV and Excel files, made as offices make them."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from typing import Any

import openpyxl


def text(rows: Sequence[Sequence[object]], separator: str = ",", encoding: str = "utf-8") -> bytes:
    held = io.StringIO(newline="")
    csv.writer(held, delimiter=separator).writerows(rows)
    return held.getvalue().encode(encoding)


def excel(
    rows: Sequence[Sequence[Any]], *, merged: Sequence[str] = (), forms: dict[str, str] | None = None, **more: Any
) -> bytes:
    """A workbook of one sheet, or of those in ``more`` (title=rows) as well."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(list(row))
    for reference in merged:
        sheet.merge_cells(reference)
    for cell, form in (forms or {}).items():
        sheet[cell].number_format = form
    for title, others in more.items():
        other = book.create_sheet(title)
        for row in others:
            other.append(list(row))
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def repacked(content: bytes, changes: dict[str, bytes]) -> bytes:
    """The archive with some files replaced or added."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if info.filename not in changes:
                new.writestr(info.filename, old.read(info.filename))
        for name, data in changes.items():
            new.writestr(name, data)
    return held.getvalue()
