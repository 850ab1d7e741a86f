"""What is checked of each event's numbers and free fields: schema first (rejected), then sense (quarantined)."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from ioc.core.contract import FeedContract, Field, Range
from ioc.core.moments import Moments, Values, several
from ioc.core.places import Places
from ioc.core.refusal import Refusal, quarantined, rejected
from ioc.core.shape import FORMATS, UNSET, bounds


class Checks:
    """The checks of one contract that can't be remembered, because what they look at is different every time."""

    def __init__(self, contract: FeedContract, fields: dict[str, Field], places: Places, moments: Moments) -> None:
        ranges, place = contract.ranges, contract.coordinates
        self._moments = moments
        self._places = places
        self._box = (places.south, places.north, places.west, places.east)
        self._ranged = ranges.field if ranges else ""
        self._reading = attrgetter(ranges.field) if ranges else None
        self._sentinels = frozenset(ranges.sentinels) if ranges else frozenset()
        self._point = attrgetter(place.lat, place.lon) if place else None
        looked_at = {self._ranged, *((place.lat, place.lon) if place else ())}
        self._bounds = [
            (name, *bounds(field))
            for name, field in fields.items()
            if field.type in ("int", "number") and not field.many and (name not in looked_at or field.low is not None)
        ]
        self._bounded = several([name for name, _, _ in self._bounds])
        self._formats = [
            (name, FORMATS[field.type], field.many) for name, field in fields.items() if field.type in FORMATS
        ]
        self._formats = [row for row in self._formats if fields[row[0]].type != "date" or row[2]]
        self._derived = [
            (attrgetter(d.left, d.right), moments.place(d.left), moments.place(d.right))
            for d in contract.derived.values()
        ]

    def doubt(self) -> Callable[[Any, Range | None, Values], bool]:
        """A quick look at what a strict decode let through: whether there may be something to find."""
        reading, sentinels, point = self._reading, self._sentinels, self._point
        south, north, west, east = self._box
        formats, orders = self._formats, self._moments.orders

        def misformed(data: Any) -> bool:
            return any(
                (value := getattr(data, name)) is not None and value is not UNSET and (many or not fits(value))
                for name, fits, many in formats
            )

        def doubtful(data: Any, allowed: Range | None, moments: Values) -> bool:
            if reading is not None and allowed is not None:
                value = reading(data)
                if value is not None and (value in sentinels or not allowed.low <= value <= allowed.high):
                    return True
            if point is not None:
                lat, lon = point(data)
                if (
                    lat is not UNSET
                    and lat is not None
                    and not (
                        lat.__class__ is float
                        and lon.__class__ is float
                        and south <= lat <= north
                        and west <= lon <= east
                    )
                ):
                    return True
            for earlier, later in orders:
                first, second = moments[earlier], moments[later]
                if first is not None and second is not None and first > second:
                    return True
            return bool(formats) and misformed(data)

        return doubtful

    def schema(self, data: Any) -> None:
        """Raises Refusal (rejected) for a number beyond its field's bounds or a text in a wrong format."""
        if self._bounds:
            for (name, low, high), value in zip(self._bounds, self._bounded(data), strict=True):
                if value is not None and value is not UNSET and not low <= value <= high:
                    raise rejected("number_out_of_range", f"{name}={value} wanted={low:g}..{high:g}")
        for name, fits, many in self._formats:
            value = getattr(data, name)
            if value is None or value is UNSET:
                continue
            if not all(fits(item) for item in (value if many else (value,))):
                raise rejected("schema", f"{name}={str(value)[:60]!r}")

    def plausible(self, data: Any, allowed: Range | None, moments: Values) -> Refusal | None:
        """The first thing that can't be (quarantined), or None."""
        if self._reading is not None:
            value = self._reading(data)
            if value is not None and value is not UNSET:
                if value in self._sentinels:
                    return quarantined("sentinel_missing", f"{self._ranged}={value}")
                if allowed is not None and not allowed.low <= value <= allowed.high:
                    wanted = f"{allowed.low:g}..{allowed.high:g} {allowed.unit}"
                    return quarantined("implausible", f"{self._ranged}={value} wanted={wanted}")
        if self._point is not None:
            lat, lon = self._point(data)
            south, north, west, east = self._box
            if (
                lat.__class__ is not float
                or lon.__class__ is not float
                or not (south <= lat <= north and west <= lon <= east)
            ):
                fault = self._misplaced(lat, lon)
                if fault is not None:
                    return fault
        return self._moments.fault(moments)

    def _misplaced(self, lat: Any, lon: Any) -> Refusal | None:
        known = [value for value in (lat, lon) if value is not None and value is not UNSET]
        if len(known) < 2:
            return None
        reason = self._places.coordinates(lat, lon)
        if not reason:
            return None
        mend = f" mend=lat={lon},lon={lat}" if reason == "coord_swapped" else ""
        return quarantined(reason, f"lat={lat} lon={lon}{mend}")

    def derived(self, data: Any, moments: Values) -> tuple[str, ...]:
        """``yes``, ``no`` or empty for each derived dimension."""
        found = []
        for both, left, right in self._derived:
            first, second = both(data)
            if first is None or second is None or first is UNSET or second is UNSET:
                found.append("")
                continue
            if left is not None and right is not None:
                first, second = moments[left], moments[right]
            found.append("yes" if first <= second else "no")
        return tuple(found)
