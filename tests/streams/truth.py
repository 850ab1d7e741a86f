"""What Redis must hold after some records: counted one by one, slowly, without any of the consumer's code.

Give :meth:`Truth.add` every record of a partition in the order of its offsets. What a broken event is refused for
can't be worked out slowly without writing the validator again, so whoever makes it says so (``refused``).
Used by the tests of the streams; a chaos test may use it for whatever it produced::

    truth = Truth(profile, "station_reading")
    for record in consumed_in_order: truth.add(record.value, record.timestamp / 1000, refused=reasons.get(record.value))
    differences(profile, feed, states, truth)  # [] when Redis holds the same; states of all partitions, from the reader
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from ioc.core.profile import Profile

State = Mapping[str, Mapping[str, bytes]]


class Truth:
    """Counts of one feed."""

    def __init__(self, profile: Profile, feed: str) -> None:
        self.profile = profile
        self.contract = profile.feeds[feed]
        self.zone = ZoneInfo(profile.head.timezone)
        self.outcomes: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.cells: dict[tuple[str, ...], dict[str, Any]] = {}
        self.entities: dict[str, dict[str, Any]] = {}
        self.seen: dict[tuple[str, str], bytes] = {}

    def add(self, raw: bytes | None, received: float, refused: str | None = None) -> None:
        """One more record, received at ``received`` (POSIX seconds); ``refused`` is the reason of a broken one."""
        if refused is not None:
            outcome, _, reason = refused.partition(":")
            self._count(outcome, reason)
            return
        assert raw is not None
        document = json.loads(raw)
        name = (document["source"], document["id"])
        if name in self.seen:
            same = self.seen[name] == raw
            self._count("duplicate" if same else "quarantined", "" if same else "id_conflict")
            return
        data = document["data"]
        at = datetime.fromisoformat(document["time"]).timestamp()
        entity = "/".join(str(data.get(part, document.get(part, ""))) for part in self.contract.entity.key)
        known = self.entities.get(entity)
        older = known is not None and at < known["at"]
        if known is not None and not older and self._illegal(known["status"], data):
            self._count("quarantined", "illegal_transition")
            return
        self.seen[name] = raw
        yesterday = self._day(at) < self._day(received)
        self._count("late" if older or yesterday else "accepted", "")
        self._add_cell(at, document, data)
        if not older:
            self.entities[entity] = {"at": at, "status": self._status(known, data), "data": data, "event": document}

    def _count(self, outcome: str, reason: str) -> None:
        self.outcomes[outcome] += 1
        if reason:
            self.reasons[reason] += 1

    def _day(self, at: float) -> str:
        return datetime.fromtimestamp(at, self.zone).date().isoformat()

    def _status(self, known: dict[str, Any] | None, data: dict[str, Any]) -> str:
        field = self.contract.entity.status
        if field is None:
            return ""
        if data.get(field) is not None:
            return str(data[field])
        first = self.contract.entity.open[0] if self.contract.entity.open else ""
        return str(known["status"]) if known and known["status"] else first

    def _illegal(self, before: str, data: dict[str, Any]) -> bool:
        steps = self.contract.entity.transitions
        if not steps:
            return False
        new = data[self.contract.entity.status or ""]
        if before != new and before not in steps:
            return True
        left = data.get(self.contract.entity.previous or "") or before
        return left != new and new not in steps.get(left, [])

    def _add_cell(self, at: float, document: dict[str, Any], data: dict[str, Any]) -> None:
        address = (
            str(math.floor(at / 60)),
            *(self._dimension(name, document, data) for name in self.contract.dimensions),
        )
        cell = self.cells.setdefault(address, {"count": 0, "numbers": [[] for _ in self.contract.numbers]})
        cell["count"] += 1
        for place, name in enumerate(self.contract.numbers):
            if data.get(name) is not None:
                cell["numbers"][place].append((at, data[name]))

    def _dimension(self, name: str, document: dict[str, Any], data: dict[str, Any]) -> str:
        if name in self.contract.derived:
            derived = self.contract.derived[name]
            left, right = data.get(derived.left), data.get(derived.right)
            if left is None or right is None:
                return ""
            return "yes" if datetime.fromisoformat(left) <= datetime.fromisoformat(right) else "no"
        if name == "area":
            return self._area(document, data)
        value = data.get(name)
        if name == self.contract.organisation_of and value is not None:
            return self._organisation(value) or value
        return "" if value is None else ("no", "yes")[value] if isinstance(value, bool) else str(value)

    def _area(self, document: dict[str, Any], data: dict[str, Any]) -> str:
        if document.get("areacode"):
            return str(document["areacode"])
        named = data.get(self.contract.area_of or "") or ""
        if named in self.profile.stations:
            return self.profile.stations[named].area
        organisation = self.profile.organisations.get(self._organisation(named))
        if organisation is not None and organisation.area:
            return organisation.area
        return next(
            (area.code for area in self.profile.current_areas().values() if named in (area.code, area.name)), ""
        )

    def _organisation(self, named: str) -> str:
        for code, organisation in self.profile.organisations.items():
            if named in (code, *organisation.name.values(), *organisation.short.values(), *organisation.names):
                return code
        return ""

    def open_entities(self) -> Counter[tuple[str, str]]:
        """(status, due second) → entities that are open."""
        entity = self.contract.entity
        found: Counter[tuple[str, str]] = Counter()
        for state in self.entities.values():
            if entity.open and state["status"] not in entity.open:
                continue
            due = state["data"].get(entity.due or "")
            found[state["status"], str(int(datetime.fromisoformat(due).timestamp())) if due else ""] += 1
        return found


def differences(truth: Truth, states: Sequence[State]) -> list[str]:
    """What the states of all partitions (suffix → field → msgpack) hold otherwise than the truth."""
    return [
        *_differing("outcome", truth.outcomes, _totals(states)),
        *_differing("cell", {key: cell["count"] for key, cell in truth.cells.items()}, _cell_counts(states)),
        *_differing_sums(truth, states),
        *_differing("entity", {key: (s["at"], s["status"]) for key, s in truth.entities.items()}, _entities(states)),
        *_differing("open", truth.open_entities(), _open(states)),
        *_differing("quality", truth.outcomes, _quality(states)),
    ]


def _differing(what: str, wanted: Mapping[Any, Any], found: Mapping[Any, Any]) -> list[str]:
    keys = {*wanted, *found}
    return [
        f"{what} {key}: wanted {wanted.get(key)}, found {found.get(key)}"
        for key in sorted(keys, key=str)
        if wanted.get(key) != found.get(key)
    ]


def _differing_sums(truth: Truth, states: Sequence[State]) -> list[str]:
    found = []
    for address, cell in _cells(states).items():
        wanted = truth.cells.get(address, {"numbers": []})["numbers"]
        for values, stat in zip(wanted, cell[1], strict=False):
            if not values and stat is None:
                continue
            numbers = [float(value) for _, value in values]
            newest = max(values)[0]
            good = (
                stat is not None and stat[0] == len(numbers) and math.isclose(stat[1], sum(numbers), rel_tol=1e-9)
                and stat[2] == min(numbers) and stat[3] == max(numbers) and stat[5] == newest
                and stat[4] in [value for at, value in values if at == newest]
            )  # fmt: skip
            if not good:
                found.append(f"numbers of {address}: wanted {numbers}, found {stat}")
    return found


def _cells(states: Sequence[State]) -> dict[tuple[str, ...], Any]:
    found: dict[tuple[str, ...], Any] = {}
    for state in states:
        for suffix, cells in state.items():
            if suffix.startswith("cells:"):
                for address, value in cells.items():
                    assert tuple(address.split("\x1f")) not in found, "a cell in two partitions needs merging"
                    found[tuple(address.split("\x1f"))] = msgspec.msgpack.decode(value)
    return found


def _cell_counts(states: Sequence[State]) -> dict[tuple[str, ...], int]:
    return {address: cell[0] for address, cell in _cells(states).items()}


def _totals(states: Sequence[State]) -> Counter[str]:
    found: Counter[str] = Counter()
    for state in states:
        for field, value in state.get("pulse", {}).items():
            if field.startswith("total:"):
                found[field.removeprefix("total:")] += msgspec.msgpack.decode(value)
    return found


def _quality(states: Sequence[State]) -> Counter[str]:
    found: Counter[str] = Counter()
    for state in states:
        for suffix, cells in state.items():
            if suffix.startswith("quality:"):
                for address, value in cells.items():
                    found[address.split("\x1f")[1]] += msgspec.msgpack.decode(value)
    return found


def _entities(states: Sequence[State]) -> dict[str, tuple[float, str]]:
    return {
        entity: tuple(msgspec.msgpack.decode(value)[:2])
        for state in states
        for entity, value in state.get("entities", {}).items()
    }


def _open(states: Sequence[State]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for state in states:
        for address, value in state.get("open", {}).items():
            *_, status, due = address.split("\x1f")
            found[status, due] += msgspec.msgpack.decode(value)[0]
    return found
