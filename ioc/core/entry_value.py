"""What a person typed → the JSON value that a field of a contract wants. Text that can't be read stays as it is.

So the one judge of values is the contract (``ioc.core.event``): it refuses the text and names the field, and nothing
is guessed. Numbers, dates and words are read as Vietnamese forms write them: ``1.234,5``, ``31/12/2025``, ``có``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ioc.core.contract import Field
from ioc.core.sheet import Value
from ioc.core.text import bare_key, one_line

EMPTY = frozenset({"", "-", "–", "—", "...", "…", "n/a", "na", "null", "none"})
YES = frozenset({"co", "x", "yes", "true", "1", "dung", "roi", "y"})
NO = frozenset({"khong", "no", "false", "0", "sai", "chua", "n"})
MARKS = (",", ".")
EXACT = 2**63  # what is greater can't be carried exactly, so it stays the text that it is
_NUMBER = re.compile(r"[+-]?[0-9][0-9.,]*")
_DAY = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_CLOCK = re.compile(r"([0-9]{1,2})\s*[:h]\s*([0-9]{1,2})?(?::([0-9]{2}))?(?:\s*(?:phut|p|'))?")
_PERIODS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?:nam )?([0-9]{4})"), "{0}"),
    (re.compile(r"(?:quy|q)\s*([1-4])\s*[/ -]\s*(?:nam )?([0-9]{4})"), "{1}-Q{0}"),
    (re.compile(r"([0-9]{4})\s*[/ -]\s*(?:quy|q)\s*([1-4])"), "{0}-Q{1}"),
    (re.compile(r"(?:thang|t)?\s*([0-9]{1,2})\s*[/ -]\s*(?:nam )?([0-9]{4})"), "{1}-{0:0>2}"),
    (re.compile(r"([0-9]{4})\s*-\s*([0-9]{1,2})"), "{0}-{1:0>2}"),
)
_ROMAN = {"iv": "4", "iii": "3", "ii": "2", "i": "1"}
_QUARTER = re.compile(r"\bquy (iv|iii|ii|i)\b")


def read(field: Field, value: Value, mark: str, zone: ZoneInfo) -> Any:
    """The value for ``field``; None for what means "nothing". ``mark`` is the decimal mark of typed numbers."""
    if isinstance(value, str):
        value = one_line(value) if field.type != "text" else value
        if value.casefold() in EMPTY:
            return None
    if field.many:
        return [_one(field, part.strip(), mark, zone) for part in re.split(r"[;\n]", str(value)) if part.strip()]
    return _one(field, value, mark, zone)


def _one(field: Field, value: Value, mark: str, zone: ZoneInfo) -> Any:
    if field.type in ("int", "number"):
        return _figure(field, value, mark)
    if field.type == "bool":
        return truth(value)
    text = shown(value)
    if field.type == "code" and field.codes:
        return code(text, field.codes)
    if field.type == "date":
        return day(text) or text
    if field.type == "time":
        return moment(text, zone) or text
    if field.type == "period":
        return period(text)
    return text


def shown(value: Value) -> str:
    """A stored value as the text that a person sees: an identifier typed as a number has no decimals."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def decimal_mark(values: Iterable[Value]) -> str:
    """The decimal mark that a column's texts show; a comma, as Vietnamese writes it, where they show none or both."""
    found = {mark for value in values if isinstance(value, str) and (mark := _shows(value.strip()))}
    return "." if found == {"."} else ","


def _shows(text: str) -> str:
    """Which decimal mark one text proves; empty when it proves none."""
    marks = [letter for letter in text if letter in MARKS]
    if not marks or not _NUMBER.fullmatch(_plain(text)):
        return ""
    if len(set(marks)) > 1:
        return marks[-1] if marks.count(marks[-1]) == 1 else ""
    if len(marks) > 1:
        return "." if marks[0] == "," else ","  # more than one of a kind groups thousands
    whole, _, rest = text.partition(marks[0])
    grouped = len(_plain(rest)) == 3 and 1 <= len(_plain(whole).lstrip("+-")) <= 3 and _plain(whole).lstrip("+-") != "0"
    return "" if grouped else marks[0]


def _plain(text: str) -> str:
    """Without a sign of per cent and blanks between thousands, with a plain minus."""
    return text.replace("−", "-").removesuffix("%").replace(" ", "").replace("\u00a0", "").replace("\u202f", "")


def number(text: str, mark: str) -> int | float | None:
    """A typed number, exactly; None when it isn't one with this decimal mark: ``12.5`` isn't read as 125."""
    plain, group = _plain(text.strip()), "." if mark == "," else ","
    if not _NUMBER.fullmatch(plain):
        return None
    whole, point, rest = plain.partition(mark)
    first, *others = whole.lstrip("+-").split(group)
    if any(len(part) != 3 for part in others) or (others and not 1 <= len(first) <= 3):
        return None
    if not first or (point and not rest.isdigit()):
        return None
    digits = ("-" if whole.startswith("-") else "") + first + "".join(others)
    return float(f"{digits}.{rest}") if point and rest.strip("0") else int(digits)


def _figure(field: Field, value: Value, mark: str) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        found = number(value, mark) if len(value) <= 40 else None
        return value if found is None or abs(found) >= EXACT else found
    if field.type == "int" and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def truth(value: Value) -> Any:
    """``có`` and ``không`` in their ways; other text stays."""
    text = bare_key(shown(value))
    return True if text in YES else False if text in NO else value


def code(text: str, codes: tuple[str, ...]) -> str:
    """The code that is meant, whatever its case, marks and blanks: ``Đang xử lý`` is DANG_XU_LY."""
    if text in codes:
        return text
    wanted = _code_key(text)
    found = [each for each in codes if _code_key(each) == wanted]
    return found[0] if len(found) == 1 else text


def _code_key(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", bare_key(text)).strip()


def day(text: str) -> str:
    """YYYY-MM-DD of ``31/12/2025``, ``31-12-2025`` or ISO 8601; empty when it is no day."""
    text = text.strip()
    if found := _DAY.fullmatch(text):
        parts = (found[3], found[2], found[1])
    elif found := _ISO_DAY.fullmatch(text.partition("T")[0].partition(" ")[0]):
        parts = (found[1], found[2], found[3])
    else:
        return ""
    try:
        return datetime(int(parts[0]), int(parts[1]), int(parts[2])).date().isoformat()
    except ValueError:
        return ""


def moment(text: str, zone: ZoneInfo) -> str:
    """RFC 3339 of a local day and time (``31/12/2025 17:30``, ``17h30 31/12/2025``), or of what names its offset."""
    text = text.strip()
    try:
        stored = datetime.fromisoformat(text)
        return (stored if stored.tzinfo else stored.replace(tzinfo=zone)).isoformat()
    except ValueError:
        pass
    words = re.sub(r"\b(ngay|luc)\b|,", " ", bare_key(text).replace(" gio", "h")).split()
    days = [at for at, word in enumerate(words) if day(word)]
    if len(days) != 1:
        return ""
    clock = " ".join(words[: days[0]] + words[days[0] + 1 :])
    found = _CLOCK.fullmatch(clock) if clock else None
    if clock and not found:
        return ""
    hour, minute, second = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    try:
        at = datetime.fromisoformat(day(words[days[0]])).replace(hour=hour, minute=minute, second=second, tzinfo=zone)
    except ValueError:
        return ""
    return at.isoformat()


def period(text: str) -> str:
    """``2025``, ``2025-Q1``, ``2025-01`` or ``2025-01-02`` of ``năm 2025``, ``Quý I/2025``, ``tháng 1/2025``, a day."""
    plain = _QUARTER.sub(lambda found: f"quy {_ROMAN[found[1]]}", bare_key(text).replace(".", "/"))
    for form, made in _PERIODS:
        if found := form.fullmatch(plain):
            return made.format(*found.groups())
    return day(text) or text
