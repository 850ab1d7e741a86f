"""Times as other systems write them, read and written."""

from __future__ import annotations

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from ioc.core.shape import EARLIEST, LATEST

UNIX = {"unix": 1.0, "unix_ms": 1000.0}  # parts of a second


def read_time(value: object, form: str, zone: tzinfo) -> datetime:
    """A moment with offset. ``form`` as in :class:`ioc.core.source.Rule`. Raises ValueError, TypeError."""
    try:
        moment = _moment(value, form, zone)
        if not EARLIEST <= moment.timestamp() <= LATEST:
            raise ValueError(str(value)[:40])
    except (OverflowError, OSError) as error:
        raise ValueError(str(value)[:40]) from error
    return moment


def _moment(value: object, form: str, zone: tzinfo) -> datetime:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError(type(value).__name__)
    if form in UNIX:
        return datetime.fromtimestamp(float(value) / UNIX[form], zone)
    text = str(value).strip()
    moment = datetime.strptime(text, form) if form else datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def write_time(at: float, form: str, zone: ZoneInfo) -> str:
    """The moment (POSIX seconds) as the other system writes it; whole seconds, or milliseconds for ``unix_ms``."""
    if form in UNIX:
        return str(int(at * UNIX[form]))
    moment = datetime.fromtimestamp(int(at), zone)
    return moment.strftime(form) if form else moment.isoformat()


def is_format(form: str) -> bool:
    """Whether a time written in the format can be read again."""
    if not form or form in UNIX:
        return True
    try:
        written = datetime(2001, 2, 3, 4, 5, 6, tzinfo=ZoneInfo("UTC")).strftime(form)
        return "%" in form and datetime.strptime(written, form).year in (2001, 1900)
    except ValueError:
        return False
