"""The journal of alerts: append-only, hash-chained, and the state of every alert folded from it.

One transaction writes the lines, the states and the detectors' memories, so that after a fall they agree. A line that
is there already (same id) is no second one. Who acts on an older version of an alert gets the alert as it is now.

Chain: digest = SHA-256 of the digest before and the line's bytes. A changed, missing, moved or added line breaks it;
lines cut from the end are found by the head, or by an anchor kept elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, Self

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ioc.core.alert import Alert, Refused, Transition, after
from ioc.core.detector import Track
from ioc.records.database import answering, open_database, reader
from ioc.records.schema import ALERTS, JOURNAL, JOURNAL_HEAD, TRACKS

AT_ONCE = 500
START = bytes(32)
_encode = msgspec.json.Encoder(order="deterministic").encode
_alert = msgspec.json.Decoder(Alert).decode
_track = msgspec.json.Decoder(Track).decode

Key = tuple[str, str]  # rule and subject


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What a line says: the transition, when it was written down (POSIX s), and the alert where it begins one."""

    step: Transition
    recorded: float
    begins: Alert | None = None


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A transition to be written. ``begins`` for a new alert; ``version``: only if the alert still has it."""

    step: Transition
    begins: Alert | None = None
    version: int | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a wish: the alert as it stands now, and why not (a code; empty: done, or done before)."""

    alert: Alert | None
    refused: str = ""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One finding of :meth:`Journal.verify`: at which line, and what (a key of the words ``audit.fault``)."""

    seq: int
    what: str


_line = msgspec.json.Decoder(Line).decode


async def connect(database_url: str) -> Journal:
    """The journal in the database, its schema up to date. Raises :class:`ioc.core.errors.EngineError`."""
    return Journal(await open_database(database_url))


class Journal:
    """Writes and reads the journal. Several processes may; each write waits for the one before it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reading = reader(engine)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._engine.dispose()

    async def write(
        self, wishes: Sequence[Wish], now: float, tracks: Mapping[Key, Track] | None = None
    ) -> list[Answer]:
        """Write what can be written, all in one transaction; an answer for each wish. ``now`` POSIX s."""
        async with answering(), self._engine.begin() as connection:
            head = (await connection.execute(select(JOURNAL_HEAD).with_for_update())).one()
            batch = _Batch(int(head.seq), bytes(head.digest), now)
            await self._load(connection, batch, wishes)
            answers = [batch.take(wish) for wish in wishes]
            await self._store(connection, batch)
            await _store_tracks(connection, tracks or {})
        return answers

    async def _load(self, connection: AsyncConnection, batch: _Batch, wishes: Sequence[Wish]) -> None:
        ids, steps = {wish.step.alert for wish in wishes}, {wish.step.id for wish in wishes}
        for some in _some(ids):
            found = await connection.execute(select(ALERTS.c.id, ALERTS.c.body).where(ALERTS.c.id.in_(some)))
            batch.alerts |= {row.id: _alert(row.body) for row in found}
        for some in _some(steps):
            known = await connection.scalars(select(JOURNAL.c.id).where(JOURNAL.c.id.in_(some)))
            batch.known |= set(known)

    async def _store(self, connection: AsyncConnection, batch: _Batch) -> None:
        if not batch.lines:
            return
        await connection.execute(insert(JOURNAL), batch.lines)
        new = [_columns(alert) for alert in batch.changed.values() if alert.id in batch.begun]
        old = [_columns(alert) for alert in batch.changed.values() if alert.id not in batch.begun]
        if new:
            await connection.execute(insert(ALERTS), new)
        if old:
            changed: dict[str, Any] = {name: bindparam(name) for name in old[0] if name != "id"}
            named = [{**row, "key": row["id"]} for row in old]
            await connection.execute(update(ALERTS).where(ALERTS.c.id == bindparam("key")).values(changed), named)
        await connection.execute(update(JOURNAL_HEAD).values(seq=batch.seq, digest=batch.digest))

    async def alert(self, name: str) -> Alert | None:
        """One alert as it stands."""
        async with answering(), self._reading.connect() as connection:
            body = await connection.scalar(select(ALERTS.c.body).where(ALERTS.c.id == name))
        return None if body is None else _alert(body)

    async def standing(self) -> list[Alert]:
        """All alerts that aren't over, the oldest first."""
        async with answering(), self._reading.connect() as connection:
            found = await connection.scalars(
                select(ALERTS.c.body).where(ALERTS.c.over.is_(False)).order_by(ALERTS.c.raised_at, ALERTS.c.id)
            )
            return [_alert(body) for body in found]

    async def tracks(self) -> dict[Key, Track]:
        """The detectors' memories by rule and subject."""
        async with answering(), self._reading.connect() as connection:
            return {(row.rule, row.subject): _track(row.body) for row in await connection.execute(select(TRACKS))}

    async def lines(self, alert: str = "", start: int = 0, most: int = 1_000) -> list[tuple[int, Line]]:
        """Lines in order from ``start`` on, of one alert or of all: number and line."""
        chosen = select(JOURNAL.c.seq, JOURNAL.c.body).where(JOURNAL.c.seq > start)
        if alert:
            chosen = chosen.where(JOURNAL.c.alert == alert)
        async with answering(), self._reading.connect() as connection:
            found = await connection.execute(chosen.order_by(JOURNAL.c.seq).limit(most))
            return [(int(row.seq), _line(row.body)) for row in found]

    async def anchor(self) -> tuple[int, bytes]:
        """Number and digest of the newest line: kept elsewhere, it proves that nothing was cut off."""
        async with answering(), self._reading.connect() as connection:
            head = (await connection.execute(select(JOURNAL_HEAD))).one()
        return int(head.seq), bytes(head.digest)

    async def verify(self, anchors: Iterable[tuple[int, bytes]] = ()) -> list[Fault]:
        """Everything that is wrong with the chain and with the states folded from it; empty: nothing."""
        wanted = dict(anchors)
        seq, digest, faults = 0, START, []
        alerts: dict[str, Alert] = {}
        async with answering(), self._reading.connect() as connection:
            async for row in _all(connection):
                if row.seq != seq + 1:
                    faults.append(Fault(seq=seq + 1, what="missing"))
                digest = _digest(bytes(row.previous), row.body) if row.previous == digest else b""
                if row.digest != digest:
                    faults.append(Fault(seq=row.seq, what="changed"))
                seq, digest = row.seq, bytes(row.digest)
                if wanted.pop(seq, digest) != digest:
                    faults.append(Fault(seq=seq, what="anchor"))
                faults += _folded(alerts, row)
            head = (await connection.execute(select(JOURNAL_HEAD))).one()
            if (head.seq, bytes(head.digest)) != (seq, digest) or any(number > seq for number in wanted):
                faults.append(Fault(seq=seq + 1, what="cut"))
            stored = {row.id: _alert(row.body) for row in await connection.execute(select(ALERTS.c.id, ALERTS.c.body))}
        if not faults and stored != alerts:
            faults.append(Fault(seq=seq, what="states"))
        return faults


class _Batch:
    """The lines of one transaction, chained; nothing is written yet."""

    def __init__(self, seq: int, digest: bytes, now: float) -> None:
        self.seq, self.digest, self._now = seq, digest, now
        self.alerts: dict[str, Alert] = {}
        self.known: set[str] = set()
        self.begun: set[str] = set()
        self.changed: dict[str, Alert] = {}
        self.lines: list[dict[str, Any]] = []

    def take(self, wish: Wish) -> Answer:
        step = wish.step
        alert = self.alerts.get(step.alert)
        if step.id in self.known:
            return Answer(alert=alert)
        if alert is None and wish.begins is None:
            return Answer(alert=None, refused="unknown")
        if alert is not None and wish.version not in (None, alert.version):
            return Answer(alert=alert, refused="changed_meanwhile")
        first = None if alert is not None else wish.begins
        try:
            alert = after(alert or first, step)  # type: ignore[arg-type]  # one of them is there
        except Refused as refused:
            return Answer(alert=alert, refused=refused.reason)
        if first is not None:
            self.begun.add(alert.id)
        self.known.add(step.id)
        self.alerts[alert.id] = self.changed[alert.id] = alert
        self._chain(Line(step=step, recorded=self._now, begins=first))
        return Answer(alert=alert)

    def _chain(self, line: Line) -> None:
        body, previous = _encode(line), self.digest
        self.seq += 1
        self.digest = _digest(previous, body)
        self.lines.append(
            {"seq": self.seq, "id": line.step.id, "alert": line.step.alert, "kind": line.step.kind,
             "at": line.step.at, "actor": line.step.actor, "body": body, "previous": previous, "digest": self.digest}
        )  # fmt: skip


def _digest(previous: bytes, body: bytes) -> bytes:
    return hashlib.sha256(previous + body).digest()


def _folded(alerts: dict[str, Alert], row: Any) -> list[Fault]:
    """Fold one line; what can't follow is a fault."""
    try:
        line = _line(row.body)
        first = alerts.get(line.step.alert) or line.begins
        if first is None or _shown(row) != _meant(line.step):
            return [Fault(seq=row.seq, what="state")]
        alerts[line.step.alert] = after(first, line.step)
    except (msgspec.MsgspecError, Refused):
        return [Fault(seq=row.seq, what="state")]
    return []


def _shown(row: Any) -> tuple[Any, ...]:
    return row.id, row.alert, row.kind, row.at, row.actor


def _meant(step: Transition) -> tuple[Any, ...]:
    return step.id, step.alert, step.kind, step.at, step.actor


def _columns(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.id, "state": alert.state, "priority": alert.priority, "over": alert.over, "rule": alert.rule,
        "raised_at": alert.raised_at, "version": alert.version, "body": _encode(alert),
    }  # fmt: skip


async def _store_tracks(connection: AsyncConnection, tracks: Mapping[Key, Track]) -> None:
    if not tracks:
        return
    rows = [{"rule": rule, "subject": subject, "body": _encode(track)} for (rule, subject), track in tracks.items()]
    same = (TRACKS.c.rule == bindparam("r")) & (TRACKS.c.subject == bindparam("s"))
    await connection.execute(delete(TRACKS).where(same), [{"r": row["rule"], "s": row["subject"]} for row in rows])
    await connection.execute(insert(TRACKS), rows)


async def _all(connection: AsyncConnection) -> AsyncIterator[Any]:
    start = 0
    while True:
        chosen = select(JOURNAL).where(JOURNAL.c.seq > start).order_by(JOURNAL.c.seq).limit(AT_ONCE)
        rows = (await connection.execute(chosen)).all()
        for row in rows:
            yield row
        if len(rows) < AT_ONCE:
            return
        start = rows[-1].seq


def _some(names: set[str]) -> Iterable[list[str]]:
    ordered = sorted(names)
    return (ordered[start : start + AT_ONCE] for start in range(0, len(ordered), AT_ONCE))
