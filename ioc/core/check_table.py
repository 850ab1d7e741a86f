"""A CSV file as structs: a column a field, ``name_vi`` and ``name_en`` for a text, ``1``/``0`` for a truth value."""

from __future__ import annotations

import csv
import io
from typing import Any, TypeVar, cast

import msgspec
from msgspec import inspect

from ioc.core.check_document import Document, File, Findings, Place, decoded
from ioc.core.check_shape import LANGUAGES, decode, is_text, type_of

T = TypeVar("T")

_TRUTH = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column: the field it fills, the language of a text, and the field's type."""

    name: str
    field: str
    language: str
    type: inspect.Type
    required: bool


def read_table(file: File, kind: type[T], findings: Findings) -> tuple[list[T], Document]:
    """The rows that can be read, and a document whose paths begin with the position among them."""
    raw = Document(name=file.name, lines={(): 1}, inherited=file.inherited)
    place = Place(findings, raw)
    good = Document(name=file.name, lines={(): 1}, inherited=file.inherited)
    columns = columns_of(kind)
    values: list[T] = []
    for row, (line, cells) in enumerate(_rows(file, columns, place, findings)):
        raw.lines[(row,)] = line
        here = place.below(row)
        value = decode(_nested(cells, columns), kind, here, findings.words)
        if value is not None:
            good.lines[(len(values),)] = line
            values.append(value)
    return values, good


def columns_of(kind: type) -> dict[str, Column]:
    """The columns that a table of ``kind`` may have."""
    columns: dict[str, Column] = {}
    for field in cast("inspect.StructType", type_of(cast("Any", kind))).fields:
        for language in LANGUAGES if is_text(field.type) else ("",):
            name = f"{field.name}_{language}" if language else field.name
            columns[name] = Column(
                name=name, field=field.name, language=language, type=field.type, required=field.required
            )
    return columns


def _rows(file: File, columns: dict[str, Column], place: Place, findings: Findings) -> list[tuple[int, dict[str, str]]]:
    """Line and cells of each row that isn't empty."""
    rows: list[tuple[int, dict[str, str]]] = []
    reader = csv.reader(io.StringIO(decoded(file, findings) or "", newline=""), strict=True)
    try:
        header = next(reader, [])
        _header(header, columns, place)
        for cells in reader:
            place.document.lines[(len(rows),)] = reader.line_num
            if len(cells) != len(header) and any(cells):
                place((len(rows),), "csv_cells", given=len(cells), wanted=len(header))
            elif any(cells):
                rows.append((reader.line_num, dict(zip(header, cells, strict=True))))
    except csv.Error as error:
        place.document.lines[()] = reader.line_num
        place((), "csv_syntax", why=error)
    return rows


def _header(header: list[str], columns: dict[str, Column], place: Place) -> None:
    for name in header:
        if name not in columns:
            place.unknown((), "column", name, columns)
    for name, column in columns.items():
        if column.required and name not in header:
            place((), "missing_column", name=name)


def _nested(cells: dict[str, str], columns: dict[str, Column]) -> dict[str, Any]:
    """The cells as the values of a struct's fields; an empty cell is absent unless it holds text."""
    values: dict[str, Any] = {}
    for name, text in cells.items():
        column = columns.get(name)
        if column is None:
            continue
        if column.language:
            values.setdefault(column.field, {})[column.language] = text
        elif text or (column.required and isinstance(column.type, inspect.StrType)):
            values[column.field] = _typed(text.strip(), column)
    return values


def _typed(text: str, column: Column) -> Any:
    """The cell as its column's type, or as the text it is, which the shape then refuses."""
    try:
        if isinstance(column.type, inspect.IntType):
            return int(text)
        if isinstance(column.type, inspect.FloatType):
            return float(text)
    except ValueError:
        return text
    return _TRUTH.get(text.lower(), text) if isinstance(column.type, inspect.BoolType) else text
