"""Rows of a form → events as any system would send them, marked ``entry: manual`` and with the time they expire.

All of an event follows from its row, its mapping and the time the form speaks of; its id is a digest of that. So the
same row sent twice is a duplicate, and a corrected row is a new event of the same entity.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from ioc.core.contract import FeedContract, seconds
from ioc.core.entry_mapping import Mapping, fields_of
from ioc.core.entry_value import decimal_mark, moment, read, shown
from ioc.core.freshness import cadence_of
from ioc.core.places import Places
from ioc.core.profile import Profile
from ioc.core.shape import EARLIEST, LATEST
from ioc.core.sheet import Sheet, Value
from ioc.core.text import one_line

DAY = 86_400.0
LONGEST = 3_660 * DAY
_encode = msgspec.json.Encoder().encode


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """One row (its place in the sheet's ``rows``) as a record: key and value."""

    row: int
    key: str
    value: bytes


def holding(contract: FeedContract, holds: str = "") -> float:
    """How long a typed-in value holds, seconds: as chosen, as the contract says, or two cadences, a day at least.

    Raises :class:`ioc.core.contract.NotationError`.
    """
    return min(seconds(holds) or seconds(contract.holds) or max(2 * cadence_of(contract), DAY), LONGEST)


class Typist:
    """Makes the events of one form. ``at`` (POSIX s) is the time it speaks of where no column says so."""

    def __init__(self, profile: Profile, mapping: Mapping, at: float, mode: str = "actual") -> None:
        self.contract = profile.feeds[mapping.feed]
        self._profile = profile
        self._places = Places(profile)
        self._mapping = mapping
        self._fields = fields_of(self.contract)
        self._zone = ZoneInfo(profile.head.timezone)
        self._at = at
        self._mode = mode
        self._holds = holding(self.contract, mapping.holds)

    def events(self, sheet: Sheet) -> Iterator[Typed]:
        """The events of the rows below the header; a row without any mapped value is passed over."""
        rows = sheet.rows[self._mapping.header + 1 :]
        marks = {name: self._mark(column, rows) for name, column in self._mapping.columns.items()}
        for at, row in enumerate(rows, self._mapping.header + 1):
            given = {
                name: row[column]
                for name, column in self._mapping.columns.items()
                if column < len(row) and row[column] != "" and name in self._fields
            }
            if given:
                yield self._typed(at, given, marks)

    def _mark(self, column: int, rows: list[list[Value]]) -> str:
        return self._mapping.mark or decimal_mark(row[column] for row in rows if column < len(row))

    def _typed(self, row: int, given: dict[str, Value], marks: dict[str, str]) -> Typed:
        constants = {name: text for name, text in self._mapping.constants.items() if name in self._fields and text}
        values = {**constants, **given}
        data = self._data(values, marks)
        envelope = self._envelope(values)
        envelope["subject"] = self._subject(data, envelope)
        envelope["data"] = data
        named = _encode([self._mapping.organisation, self._mapping.feed, envelope])
        event = {"specversion": "1.0", "id": "manual-" + hashlib.sha256(named).hexdigest()[:40], **envelope}
        return Typed(row=row, key=event["subject"], value=_encode(event))

    def _data(self, values: dict[str, Value], marks: dict[str, str]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for name, field in self._fields.items():
            if field is None:
                continue
            mark = marks.get(name) or decimal_mark([values.get(name, "")])
            value = read(field, values[name], mark, self._zone) if name in values else None
            if value is not None or (field.required and field.nullable):
                data[name] = value
        return data

    def _envelope(self, values: dict[str, Value]) -> dict[str, Any]:
        said = {name: shown(values[name]) for name, field in self._fields.items() if field is None and name in values}
        time, at = self._time(said.get("time", ""))
        contract = self.contract
        envelope = {
            "source": self._mapping.source or contract.source[0], "type": f"vn.ioc.{contract.feed}.v1", "time": time,
            "datacontenttype": "application/json", "entry": "manual", "mode": self._mode,
            "expiresat": self._text(at + self._holds),
        }  # fmt: skip
        if area := self._area(said.get("areacode", ""), values):
            envelope |= {"areacode": area, "areaasof": self._profile.head.as_of}
        if organisation := self._organisation(said.get("orgcode", ""), values):
            envelope["orgcode"] = organisation
        return envelope

    def _time(self, said: str) -> tuple[str, float]:
        """The event's time as text and POSIX s; what can't be read stays, and is refused by the contract."""
        time = moment(said, self._zone) if said else self._text(self._at)
        return (time, datetime.fromisoformat(time).timestamp()) if time else (said, self._at)

    def _text(self, at: float) -> str:
        return datetime.fromtimestamp(min(max(at, EARLIEST), LATEST), self._zone).isoformat(timespec="seconds")

    def _area(self, said: str, values: dict[str, Value]) -> str:
        """The unit named by code or name; else that of the organisation, unless a field of the data finds it."""
        if said:
            text = one_line(said)
            return text if self._places.area(text, None) else self._places.area_by(text) or text
        if self.contract.area_of in values:
            return ""
        organisation = self._profile.organisations.get(self._mapping.organisation)
        return organisation.area if organisation is not None else ""

    def _organisation(self, said: str, values: dict[str, Value]) -> str:
        if said:
            return one_line(said)
        return "" if self.contract.organisation_of in values else self._mapping.organisation

    def _subject(self, data: dict[str, Any], envelope: dict[str, Any]) -> str:
        parts = [data.get(name, envelope.get(name)) for name in self.contract.entity.key]
        return "/".join("" if part is None else one_line(str(part)) for part in parts)
