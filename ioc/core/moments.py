"""Times and dates of an event's data, as POSIX seconds, and what follows from their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from ioc.core.contract import FeedContract, Field
from ioc.core.refusal import Refusal, quarantined
from ioc.core.shape import EARLIEST, LATEST, Times, is_date
from ioc.core.workdays import Workdays

Values = Sequence[float | None]


def several(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """A function that takes these attributes, always as a tuple."""
    if not names:
        return lambda _: ()
    getter = attrgetter(*names)
    return getter if len(names) > 1 else lambda source: (getter(source),)


class Days(dict[str, float]):
    """YYYY-MM-DD → POSIX seconds of the local midnight at which the day begins. Raises ValueError."""

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__()
        self._zone = zone

    def __missing__(self, text: str) -> float:
        if not is_date(text):
            raise ValueError(text[:20])
        start = datetime.combine(date.fromisoformat(text), datetime.min.time(), self._zone).timestamp()
        if not EARLIEST <= start <= LATEST:
            raise ValueError(text)
        if len(self) >= Times.LIMIT:
            self.clear()
        self[text] = start
        return start


class Calendar:
    """Local days of a time zone (IANA name)."""

    def __init__(self, timezone: str) -> None:
        self.zone = ZoneInfo(timezone)
        self._day = (0.0, 0.0)

    def day(self, at: float) -> float:
        """First moment of the local day that holds ``at``, POSIX seconds."""
        if not self._day[0] <= at < self._day[1]:
            self._day = self._around(at)
        return self._day[0]

    def _around(self, at: float) -> tuple[float, float]:
        today = datetime.fromtimestamp(at, self.zone).date()
        midnight = datetime.min.time()
        first = datetime.combine(today, midnight, self.zone)
        return first.timestamp(), datetime.combine(today + timedelta(days=1), midnight, self.zone).timestamp()


class Moments:
    """Reads the time and date fields of one contract.

    ``deadline`` makes of the due moment the last one at which the entity isn't overdue yet; None: it is the same.
    """

    def __init__(self, contract: FeedContract, fields: dict[str, Field], timezone: str, workdays: Workdays) -> None:
        self.timezone = timezone
        self.times = Times()
        self._days = Days(ZoneInfo(timezone))
        self.names = [name for name, field in fields.items() if field.type in ("time", "date") and not field.many]
        self._dated = [fields[name].type == "date" for name in self.names]
        self._tables: list[dict[str, float]] = [self._days if dated else self.times for dated in self._dated]
        self._texts = several(self.names)
        self._only_times = not any(self._dated)
        self.orders = [(self.names.index(order.earlier), self.names.index(order.later)) for order in contract.orders]
        self.due = self.place(contract.entity.due)
        self.since = self.place(contract.entity.since)
        self.deadline = workdays.deadline if self.due is not None and self._dated[self.due] else None

    def place(self, name: str | None) -> int | None:
        """Where a field stands in ``names``; None when it is no time."""
        return self.names.index(name) if name in self.names else None

    def of(self, data: Any) -> list[float | None]:
        """The moments in the order of ``names``. Raises ValueError for a text that is no time or date."""
        if self._only_times:
            times = self.times
            return [times[text] if text.__class__ is str else None for text in self._texts(data)]
        return [
            table[text] if text.__class__ is str else None
            for table, text in zip(self._tables, self._texts(data), strict=True)
        ]

    def fault(self, moments: Values) -> Refusal | None:
        """The first order that is broken (quarantined, inconsistent_times), or None."""
        for earlier, later in self.orders:
            first, second = moments[earlier], moments[later]
            if first is not None and second is not None and first > second:
                names = f"{self.names[earlier]}<={self.names[later]}"
                return quarantined("inconsistent_times", f"wanted={names} off_s={first - second:.0f}")
        return None

    def read(self, name: str, text: str) -> float:
        """One field's text. Raises ValueError."""
        return self._tables[self.names.index(name)][text]
