"""Every sentence, number, date and age as the language writes them. Pure: the sentences are passed in.

A key is ``part.key`` (``states.freshness.live``); the part is the name of the file that holds it, see ``ioc.locales``.
Numbers and dates follow the sentences of the part ``units``, so that a language is data alone.
"""

from __future__ import annotations

import math
import re
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

import msgspec

from ioc.core.contract import Text

NOTHING = "—"
MINUS = "\u2212"
FALLBACK = "vi"

_AGES = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TOKEN = re.compile(r"%([demYbaHMS])")


class Words(msgspec.Struct, frozen=True, eq=False):
    """The words of one ``language``; ``sentences`` maps a key to a text with ``{placeholders}``.

    Times are POSIX seconds; ``tz`` is a :class:`tzinfo` or the name of a time zone (``Asia/Ho_Chi_Minh``). What isn't
    known (None, or no finite number) reads ``—``.
    """

    language: str
    sentences: dict[str, str]

    def __call__(self, key: str, /, **values: object) -> str:
        """The sentence of ``key`` with the values put in. Raises KeyError for an unknown key or a missing value."""
        try:
            sentence = self.sentences[key]
        except KeyError:
            raise KeyError(f"no sentence '{key}' in language '{self.language}'") from None
        return sentence.format(**values) if "{" in sentence else sentence

    def has(self, key: str) -> bool:
        """Whether there is a sentence; for words named by data, such as a code."""
        return key in self.sentences

    def text(self, text: Text) -> str:
        """A text of the profile in this language, else in Vietnamese, else in any; empty when there is none."""
        return text.get(self.language) or text.get(FALLBACK) or next(iter(text.values()), "")

    def number(self, value: float | None, decimals: int = 0, signed: bool = False) -> str:
        """``1.234,5`` in Vietnamese, ``1,234.5`` in English; an int of any size is exact."""
        if value is None or not math.isfinite(value):
            return NOTHING
        if isinstance(value, int):
            figures = f"{abs(value):,d}" + ("." + "0" * decimals if decimals else "")
        else:
            figures = f"{abs(value):,.{decimals}f}"
        if not any(figure in figures for figure in "123456789"):
            return self._separated(figures)
        sign = MINUS if value < 0 else "+" if signed else ""
        return sign + self._separated(figures)

    def percent(self, value: float | None, decimals: int = 0, signed: bool = False) -> str:
        """A value already in per cent: ``97,4 %``."""
        number = self.number(value, decimals, signed)
        return number if number == NOTHING else self("units.percent", n=number)

    def share(self, value: float | None, decimals: int = 0) -> str:
        """A share 0..1 in per cent, rounded down: 99.96 % is never shown as 100 %."""
        if value is None or not math.isfinite(value):
            return NOTHING
        scale = 10**decimals
        return self.percent(math.floor(round(value * 100 * scale, 6)) / scale, decimals)

    def age(self, seconds: float | None) -> str:
        """One unit, rounded down: ``2 giây``, ``42 phút``, ``3 ngày``. An age below zero reads as zero."""
        if seconds is None or not math.isfinite(seconds):
            return NOTHING
        whole = max(int(seconds), 0)
        size, unit = next(((size, unit) for size, unit in _AGES if whole >= size), _AGES[-1])
        count = whole // size
        plural = unit if count == 1 else f"{unit}s"
        return self(f"units.age.{plural}", n=self.number(count))

    def duration_clock(self, seconds: float | None) -> str:
        """``00:12:40``; hours grow beyond 24."""
        if seconds is None or not math.isfinite(seconds):
            return NOTHING
        whole = max(int(seconds), 0)
        return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"

    def date(self, posix: float | None, tz: tzinfo | str) -> str:
        """``12/09/2024`` or ``12 Sep 2024``."""
        return self._moment(posix, tz, self("units.date"))

    def time(self, posix: float | None, tz: tzinfo | str, seconds: bool = False) -> str:
        """``17:30``, or ``17:30:05``."""
        return self._moment(posix, tz, "%H:%M:%S" if seconds else "%H:%M")

    def weekday_date(self, posix: float | None, tz: tzinfo | str) -> str:
        """``Thứ Năm, 12/09/2024`` or ``Thu 12 Sep 2024``."""
        return self._moment(posix, tz, self("units.weekday_date"))

    def moment(self, posix: float | None, tz: tzinfo | str) -> str:
        """Date and time: ``12/09/2024 17:30``."""
        return self._moment(posix, tz, self("units.date") + " %H:%M")

    def _separated(self, figures: str) -> str:
        group, point = self.sentences["units.group"], self.sentences["units.point"]
        return figures.translate({ord(","): group, ord("."): point})

    def _moment(self, posix: float | None, tz: tzinfo | str, pattern: str) -> str:
        if posix is None or not math.isfinite(posix):
            return NOTHING
        moment = datetime.fromtimestamp(posix, ZoneInfo(tz) if isinstance(tz, str) else tz)
        return _TOKEN.sub(lambda found: self._part(found[1], moment), pattern)

    def _part(self, letter: str, moment: datetime) -> str:
        """One part of a date; the program's locale has no say."""
        if letter == "a":
            return self(f"units.weekday.{_WEEKDAYS[moment.weekday()]}")
        if letter == "b":
            return self(f"units.month.{moment.month}")
        if letter == "e":
            return str(moment.day)
        return f"{moment:%{letter}}".rjust(4, "0") if letter == "Y" else f"{moment:%{letter}}"
