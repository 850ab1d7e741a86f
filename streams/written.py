"""Makes a folded batch absolute: the entities' new states, open cells, counters and the pulse."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from ioc.core.cell import SEPARATOR
from ioc.core.change import Change
from ioc.core.entity import Heartbeat
from ioc.core.event import Compiled
from ioc.core.inflow import GREATEST, Inflow, of_numbers
from ioc.core.inflow import number as sequence_number
from ioc.core.outcome import ACCEPTED, LATE, UNTIDY
from ioc.core.plan import Who
from ioc.store.partition import Write
from streams.fold import NEVER, Folded, Tally
from streams.partition_state import Held, Hours, PartitionState, add_inflows

KEPT = 49 * 3600
_PACK = msgspec.msgpack.Encoder().encode

Pairs = list[str | bytes]


class Writer:
    """Writes of one partition."""

    def __init__(self, compiled: Compiled, state: PartitionState) -> None:
        self._compiled = compiled
        self._state = state
        entity = compiled.contract.entity
        self._opens = frozenset(entity.open)
        self._live = entity.live
        self._touched_open: dict[str, list[Any]] = {}

    def count(self, folded: Folded) -> None:
        """Put a batch's counts into the quality cells; whatever Redis holds of new ones is added before the write."""
        for minute, tally in folded.tallies.items():
            held = self._state.quality[minute // 60]
            for outcome, taken in ((ACCEPTED, tally.accepted), (LATE, tally.late)):
                for who, numbers in taken.items():
                    _add(held, _quality(minute, outcome, UNTIDY if who.untidy else "", who), len(numbers))
            for (outcome, reason, whose), number in tally.other.items():
                _add(held, _quality(minute, outcome, reason, whose), number)
            self._take_in(minute, tally)

    def _take_in(self, minute: int, tally: Tally) -> None:
        """What came of each declared source: others can make up names without end."""
        held = self._state.inflow[minute // 60]
        for source in self._compiled.contract.source:
            found = inflow_of(source, tally)
            if not (found.received or found.beats):
                continue
            field = f"{minute}{SEPARATOR}{source}"
            known = held.fields.get(field)
            if known is None and not held.whole:
                held.unsure.append(field)
            new = msgspec.structs.astuple(found)
            held.fields[field] = held.touched[field] = list(new) if known is None else add_inflows(known, new)

    def write(self, folded: Folded, next_offset: int, highwater: int, now: float) -> Write:
        """Everything that this batch changes. ``now`` is real time: what expires counts from it."""
        state = self._state
        state.batch += 1
        self._settle(folded)
        expiry = int(now) + KEPT
        board = Change(sets=[], deletes=[])
        rest = Change(sets=[], deletes=[])
        for name, hours in state.hours():
            self._write_hours(name, hours, expiry, board)
        entities = _pairs(state.entities, state.batch)
        if entities:
            (board if self._live else rest).sets.append(("entities", 0, entities))
        self._write_open(board)
        board.sets.append(("pulse", 0, self._pulse(folded, next_offset, highwater)))
        seen, dropped = state.seen.close_batch(folded.fresh)
        return Write(board=board, rest=rest, seen=seen, dropped=dropped)

    def note(self, field: str, value: Any) -> Write:
        """A write of one field of the pulse alone."""
        self._state.pulse[field] = value
        board = Change(sets=[("pulse", 0, [field, _PACK(value)])], deletes=[])
        return Write(board=board, rest=Change(sets=[], deletes=[]))

    def _write_hours(self, name: str, hours: Hours, expiry: int, board: Change) -> None:
        for hour, held in hours.items():
            if held.touched:
                suffix = f"{name}:{hour}"
                self._state.stored.add(suffix)
                board.sets.append((suffix, expiry, _pairs(held, self._state.batch)))

    def _settle(self, folded: Folded) -> None:
        """The entities' new states, and their moves between open cells."""
        held = self._state.entities
        for key, got in folded.latest.items():
            self._replace(held, key, self._compiled.state(got, folded.statuses.get(key, got[1] or "")))
        for key, (at, by) in folded.ended.items():
            state = held.fields.get(key)
            if state is None:
                continue
            due = at if state[2] is None else min(state[2], at)
            self._replace(held, key, [max(state[0], at), f"ended:{by}", due, *state[3:]])

    def _replace(self, held: Held, key: str, new: list[Any]) -> None:
        old = held.fields.get(key)
        held.fields[key] = held.touched[key] = new
        if old is not None and old[1:5] == new[1:5]:
            return
        if old is not None and self._is_open(old[1]):
            self._move(old, -1)
        if self._is_open(new[1]):
            self._move(new, 1)

    def _is_open(self, status: str) -> bool:
        return status in self._opens if self._opens else not status.startswith("ended:")

    def _move(self, state: list[Any], step: int) -> None:
        due = "" if state[2] is None else int(state[2])
        address = f"{SEPARATOR.join(state[4])}{SEPARATOR}{state[1]}{SEPARATOR}{due}"
        if not state[4]:
            address = address[1:]
        cell = self._state.open.fields.get(address)
        if cell is None:
            cell = self._state.open.fields[address] = [0, 0.0]
        cell[0] += step
        # Whole seconds, so that what is taken away is exactly what was added.
        cell[1] += step * float(int(state[3] or 0))
        self._touched_open[address] = cell

    def _write_open(self, board: Change) -> None:
        touched, self._touched_open = self._touched_open, {}
        kept: Pairs = []
        gone = []
        for address, cell in touched.items():
            if cell[0] == 0:
                gone.append(address)
                del self._state.open.fields[address]
            else:
                kept += (address, _PACK(cell))
        if kept:
            board.sets.append(("open", 0, kept))
        if gone:
            board.deletes.append(("open", gone))

    def _pulse(self, folded: Folded, next_offset: int, highwater: int) -> Pairs:
        pulse = self._state.pulse
        changed: dict[str, Any] = {"offset": next_offset, "highwater": highwater}
        if folded.newest > pulse.get("newest", NEVER):
            changed["newest"] = folded.newest
        if folded.received > pulse.get("received", NEVER):
            changed["received"] = folded.received
        for outcome, number in _totals(folded).items():
            changed[f"total:{outcome}"] = pulse.get(f"total:{outcome}", 0) + number
        for source, beat in folded.beats.items():
            known = pulse.get(f"heartbeat:{source}")
            if known is None or beat.at >= known.at:
                changed[f"heartbeat:{source}"] = Heartbeat(
                    at=beat.at, last_sequence=beat.last_sequence, sent_since=beat.sent_since
                )
        pulse.update(changed)
        return [part for field, value in changed.items() for part in (field, _PACK(value))]


def _pairs(held: Held, batch: int) -> Pairs:
    """The touched fields, encoded; nothing is touched after that."""
    pairs: Pairs = []
    for field, value in held.touched.items():
        pairs += (field, _PACK(value))
    held.touched = {}
    held.batch = batch
    return pairs


def _add(held: Held, field: str, number: int) -> None:
    known = held.fields.get(field)
    if known is None and not held.whole:
        held.unsure.append(field)
    held.fields[field] = held.touched[field] = (known or 0) + number


def _quality(minute: int, outcome: str, reason: str, who: Who | None) -> str:
    organisation, area = (who.organisation, who.area) if who else ("", "")
    return SEPARATOR.join((str(minute), outcome, reason, organisation, area))


def _totals(folded: Folded) -> dict[str, int]:
    """Events of this batch by outcome."""
    found: Counter[str] = Counter()
    for tally in folded.tallies.values():
        for outcome, taken in ((ACCEPTED, tally.accepted), (LATE, tally.late)):
            if taken:
                found[outcome] += sum(len(numbers) for numbers in taken.values())
        for (outcome, _, _), number in tally.other.items():
            found[outcome] += number
    return found


def inflow_of(source: str, tally: Tally) -> Inflow:
    """What one minute's tally tells of one source."""
    found = Inflow(received=tally.refused.get(source, 0))
    for taken in (tally.accepted, tally.late):
        for who, numbers in taken.items():
            if who.source == source:
                found.merge(of_numbers(numbers))
                found.manual += len(numbers) if who.manual else 0
    for beat in tally.beats.get(source, ()):
        sent = min(max(beat.sent_since, 0), GREATEST)
        found.merge(Inflow(beats=1, sent=sent, last=sequence_number(beat.last_sequence)))
    return found
