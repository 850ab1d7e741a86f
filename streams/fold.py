"""Folds a batch of records into a partition's state, in memory: who counts, where, and what an entity becomes.

One straight loop, because it runs for every event. What each step means stands in docs/architecture.md, "One event".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec

from ioc.core.event import Accepted, Beat, Compiled
from ioc.core.moments import Calendar
from ioc.core.outcome import DUPLICATE, HEARTBEAT
from ioc.core.plan import Plan, Who
from ioc.core.refusal import Refusal, quarantined
from ioc.core.shape import UNSET
from streams.partition_state import PartitionState

NEVER = float("-inf")

# One record, read: offset, receipt (POSIX s), what it means, its bytes.
Row = tuple[int, float, Accepted | Beat | Refusal, bytes | None]


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A refused record and why, for its dead letter. ``replay_of`` is the letter that it was sent again from."""

    offset: int
    received: float
    refusal: Refusal
    raw: bytes | None
    key: bytes | None = None
    replay_of: bytes = b""


class Tally:
    """Counts of one ingest minute: what was taken in by whose it is, all else by outcome and reason as well.

    Of accepted and late events their sequence numbers are kept, so that their count costs nothing more.
    """

    __slots__ = ("accepted", "beats", "day", "late", "other", "refused")

    def __init__(self, day: float) -> None:
        self.day = day
        self.accepted: defaultdict[Who, list[Any]] = defaultdict(list)
        self.late: defaultdict[Who, list[Any]] = defaultdict(list)
        self.other: dict[tuple[str, str, Who | None], int] = {}
        self.refused: dict[str, int] = {}  # source → events, but not those that were received before
        self.beats: dict[str, list[Beat]] = {}

    def count(self, outcome: str, reason: str, plan: Plan | None) -> None:
        """One event that wasn't taken in."""
        key = (outcome, reason, plan.who if plan else None)
        self.other[key] = self.other.get(key, 0) + 1


class Folded:
    """What a batch adds, before it is made absolute."""

    def __init__(self) -> None:
        self.latest: dict[str, Accepted] = {}  # entity id → the event that it stands at now
        self.statuses: dict[str, str] = {}
        self.ended: dict[str, tuple[float, str]] = {}  # entity id → when and by what it was ended
        self.fresh: list[int] = []
        self.refused: list[Refused] = []
        self.tallies: dict[int, Tally] = {}
        self.beats: dict[str, Beat] = {}
        self.newest = NEVER
        self.received = NEVER


class Fold:
    """Folds batches of one partition. The entities that a batch touches have to be in the state."""

    def __init__(self, compiled: Compiled, state: PartitionState) -> None:
        self.state = state
        self._calendar = Calendar(compiled.moments.timezone)
        entity = compiled.contract.entity
        self._moves = {(left, right) for left, rights in entity.transitions.items() for right in rights}
        self._goes_on = frozenset(entity.transitions)
        self._tracked = entity.status is not None
        self._single = len(compiled.contract.numbers) == 1
        self._first_status = entity.open[0] if entity.open else ""
        self._folded = Folded()

    def begin(self) -> Folded:
        """Begin a batch; :meth:`add` folds into what this returns."""
        self._folded = Folded()
        return self._folded

    def add(self, rows: Sequence[Row]) -> None:
        """Fold the next rows of the batch."""
        folded = self._folded
        seen, fresh, latest = self.state.seen.known, folded.fresh, folded.latest
        cells, entities = self.state.cells, self.state.entities.fields
        tracked, newest, received = self._tracked, folded.newest, folded.received
        start, end = 0.0, 0.0
        tally = Tally(0.0)
        accepted, late_ones, day = tally.accepted, tally.late, tally.day
        single = self._single
        for offset, received, got, raw in rows:
            if not start <= received < end:
                start = received // 60 * 60
                end, tally = start + 60, self._tally(start)
                accepted, late_ones, day = tally.accepted, tally.late, tally.day
            if got.__class__ is not tuple:
                self._unusual(offset, received, got, raw, tally)
                continue
            at, _, _, _, key, plan, tail, _, numbers, digest, fingerprint, sent, _, ends = got
            if digest in seen:
                self._known_id(offset, received, got, raw, tally)
                continue
            prior = latest.get(key) or entities.get(key)
            late = at < day
            if prior is not None and at < prior[0]:
                late = True
            elif (tracked or ends) and not self._moves_on(got, prior):
                self._refuse(offset, received, self._misstep(got), raw, tally)
                continue
            else:
                latest[key] = got
            seen[digest] = fingerprint
            fresh += (digest, fingerprint)
            if late:
                late_ones[plan.who].append(sent.sequence)
            else:
                accepted[plan.who].append(sent.sequence)
            if at > newest:
                newest = at
            minute = int(at // 60)
            hour = cells[minute // 60]
            address = f"{minute}{tail}"
            cell = hour.fields.get(address)
            if cell is None:
                value = numbers[0] if single else None
                if value.__class__ is float:
                    cell = [1, [[1, value, value, value, value, at]]]
                elif value is UNSET:
                    cell = [1, [None]]
                else:
                    cell = _new_cell(numbers, at)
                hour.fields[address] = cell
                if not hour.whole:
                    hour.unsure.append(address)
            else:
                _add_event(cell, numbers, at)
            hour.touched[address] = cell
        folded.newest, folded.received = newest, received

    def _tally(self, start: float) -> Tally:
        minute = int(start // 60)
        tally = self._folded.tallies.get(minute)
        if tally is None:
            tally = self._folded.tallies[minute] = Tally(self._calendar.day(start))
        return tally

    def _known_id(self, offset: int, received: float, got: Accepted, raw: bytes | None, tally: Tally) -> None:
        """An id that was counted before: the same bytes again, or a conflict."""
        if self.state.seen.known[got[9]] == got[10]:
            tally.count(DUPLICATE, "", got[5])
            return
        self._refuse(offset, received, _about(got, quarantined("id_conflict", "found=other bytes")), raw, tally)

    def _moves_on(self, got: Accepted, prior: Any) -> bool:
        """Whether the entity may take this step; a first event may start anywhere."""
        status, key = got[1], got[4]
        if prior is None:
            before = None
        else:
            before = self._folded.statuses.get(key)
            if before is None:
                held = self.state.entities.fields.get(key)
                before = held[1] if held is not None else None
            if status is not None and self._goes_on:
                # An event says which status it left: what that leaves out can have been lost. Closed stays closed.
                left = got[5].previous or before
                closed = before and before != status and before not in self._goes_on
                if closed or (left and left != status and (left, status) not in self._moves):
                    return False
        if got[13] and not self._end(got):
            return False
        self._folded.statuses[key] = status if status is not None else before or self._first_status
        return True

    def _end(self, got: Accepted) -> bool:
        """End the entities that this event refers to; False when none of them is known."""
        known = [key for key in got[13] if key in self._folded.latest or key in self.state.entities.fields]
        for key in known:
            self._folded.ended[key] = (got[0], got[1] or "")
        return bool(known)

    def _misstep(self, got: Accepted) -> Refusal:
        if got[13] and not any(key in self._folded.latest or key in self.state.entities.fields for key in got[13]):
            return _about(got, quarantined("unknown_reference", f"references={' '.join(got[13])[:80]}"))
        held = self.state.entities.fields.get(got[4])
        before = self._folded.statuses.get(got[4]) or (held[1] if held else "")
        return _about(got, quarantined("illegal_transition", f"now={before} from={got[5].previous} to={got[1]}"))

    def _unusual(self, offset: int, received: float, got: Any, raw: bytes | None, tally: Tally) -> None:
        """A refusal or a heartbeat."""
        if isinstance(got, Refusal):
            self._refuse(offset, received, got, raw, tally)
            salvage = got.salvage
            if salvage is not None:
                prior = self._folded.latest.get(salvage[4]) or self.state.entities.fields.get(salvage[4])
                if (prior is None or salvage[0] >= prior[0]) and self._moves_on(salvage, prior):
                    self._folded.latest[salvage[4]] = salvage
            return
        known = self.state.seen.known.get(got.digest)
        if known is not None:
            tally.count(DUPLICATE, "", None)
            return
        self.state.seen.known[got.digest] = got.fingerprint
        self._folded.fresh += (got.digest, got.fingerprint)
        self._folded.beats[got.source] = got
        tally.beats.setdefault(got.source, []).append(got)
        tally.count(HEARTBEAT, "", None)

    def _refuse(self, offset: int, received: float, refusal: Refusal, raw: bytes | None, tally: Tally) -> None:
        tally.count(refusal.outcome, refusal.reason, refusal.plan)
        if refusal.reason != "id_conflict":
            tally.refused[refusal.source] = tally.refused.get(refusal.source, 0) + 1
        self._folded.refused.append(Refused(offset=offset, received=received, refusal=refusal, raw=raw))


def _about(got: Accepted, refusal: Refusal) -> Refusal:
    refusal.plan, refusal.source, refusal.event_id = got[5], got[5].source, got[11].id
    return refusal


def _new_cell(numbers: tuple[Any, ...], at: float) -> list[Any]:
    """A cell of one event, in the order of :class:`ioc.core.cell.Cell`."""
    return [1, [None if value is None or value is UNSET else _first(value + 0.0, at) for value in numbers]]


def _first(value: float, at: float) -> list[Any]:
    return [1, value, value, value, value, at]


def _add_event(cell: list[Any], numbers: tuple[Any, ...], at: float) -> None:
    cell[0] += 1
    stats = cell[1]
    for index, value in enumerate(numbers):
        if value is None or value is UNSET:
            continue
        stat = stats[index]
        value += 0.0  # a float, so that equal cells are equal bytes
        if stat is None:
            stats[index] = _first(value, at)
            continue
        stat[0] += 1
        stat[1] += value
        if value < stat[2]:
            stat[2] = value
        if value > stat[3]:
            stat[3] = value
        if at > stat[5] or (at == stat[5] and value > stat[4]):
            stat[4], stat[5] = value, at


__all__ = ["Fold", "Folded", "Refused", "Row", "Tally"]
