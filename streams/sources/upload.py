"""The desk where officials hand in forms: files held in memory for a while, judged, and sent when they say so.

A file's bytes stay in this process, are bounded in number and time, and are never logged or written anywhere.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
import time
from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Names
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from ioc.core.entry_event import Typed, Typist
from ioc.core.entry_mapping import Mapping, carried, fingerprint, propose, spellings
from ioc.core.entry_verdict import SENT, Verdict
from ioc.core.errors import EngineError
from ioc.core.outcome import QUARANTINED
from ioc.core.profile import Profile
from ioc.core.sheet import Sheet, SheetError, header_row, heading
from ioc.records.mappings import Mappings, Sent
from streams.sources import table
from streams.sources.preview import judge

LOG = logging.getLogger(__name__)
MOST_HELD = 16
KEPT = 1800.0  # seconds since a file was last touched
AT_ONCE = 500


class Sender(Protocol):
    """How events reach Kafka; :class:`streams.delivery.Delivery` is one."""

    async def deliver(self, feed: str, records: Sequence[tuple[str | None, bytes | None]]) -> None:
        """Returns when all are acknowledged. Raises :class:`EngineError`."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far sending is: ``failed`` when Kafka didn't take the rest, ``done`` when all were acknowledged."""

    sent: int = 0
    all: int = 0
    done: bool = False
    failed: bool = False


class Held:
    """One file: its sheet, how it is read, the verdict on each row, and how far it is sent."""

    def __init__(self, name: str, content: bytes, sheet: Sheet, feed: str, organisation: str) -> None:
        self.name = name
        self.content = content
        self.digest = hashlib.sha256(content).hexdigest()
        self.sheet = sheet
        self.feed = feed
        self.organisation = organisation
        self.proposed: Mapping | None = None
        self.mapping: Mapping | None = None
        self.at = 0.0
        self.rows: list[Typed] = []
        self.verdicts: list[Verdict] = []
        self.progress: Progress | None = None
        self.sending: asyncio.Task[None] | None = None
        self.touched = time.monotonic()

    @property
    def counts(self) -> dict[str, int]:
        """Rows by outcome."""
        return dict(Counter(verdict.outcome for verdict in self.verdicts))

    def chosen(self, quarantined: bool) -> list[Typed]:
        """The rows that would be sent, in their order; a rejected one never is."""
        wanted = {*SENT, QUARANTINED} if quarantined else SENT
        return [row for row, verdict in zip(self.rows, self.verdicts, strict=True) if verdict.outcome in wanted]


class Desk:
    """Takes files, proposes how to read them, judges their rows and sends them.

    Without ``mappings`` nothing is remembered, without a ``sender`` nothing can be sent. ``profile`` gives the profile
    of the moment, ``clock`` the installation's time (POSIX s) and mode. Raises :class:`SheetError` for what the
    official can mend, and :class:`ioc.core.errors.EngineError` when the records can't be reached.
    """

    def __init__(
        self,
        profile: Callable[[], Profile],
        clock: Callable[[], tuple[float, str]],
        mappings: Mappings | None = None,
        sender: Sender | None = None,
    ) -> None:
        self._profile = profile
        self._clock = clock
        self.mappings = mappings
        self.sender = sender
        self._held: dict[str, Held] = {}
        self._one_at_a_time = asyncio.Semaphore(1)  # a large sheet takes much memory while it is read

    async def take(self, name: str, content: bytes, feed: str, organisation: str) -> str:
        """Read a file; the token under which it is held."""
        profile = self._profile()
        if feed not in profile.feeds or profile.feeds[feed].payload != "json":
            raise SheetError("feed")
        if organisation not in profile.organisations:
            raise SheetError("organisation")
        self._tidy()
        if len(self._held) >= MOST_HELD:
            raise SheetError("busy")
        sheet = await self._read(name, content, "")
        token = secrets.token_urlsafe(18)
        self._held[token] = Held(name, content, sheet, feed, organisation)
        return token

    def held(self, token: str) -> Held:
        """What is held under a token; SheetError when that is over."""
        self._tidy()
        found = self._held.get(token)
        if found is None:
            raise SheetError("gone")
        found.touched = time.monotonic()
        return found

    def drop(self, token: str) -> None:
        """Forget a file, unless it is being sent."""
        held = self._held.get(token)
        if held is not None and (held.sending is None or held.sending.done()):
            del self._held[token]

    async def turn_to(self, token: str, sheet: str) -> Held:
        """Read another sheet of the file."""
        held = self.held(token)
        if sheet != held.sheet.name:
            held.sheet = await self._read(held.name, held.content, sheet)
            held.rows, held.verdicts = [], []
        return held

    async def _read(self, name: str, content: bytes, sheet: str) -> Sheet:
        zone = ZoneInfo(self._profile().head.timezone)
        async with self._one_at_a_time:
            return await asyncio.to_thread(table.read, name, content, zone, sheet)

    async def propose(self, token: str, spoken: Names[str, Sequence[str]], header: int | None = None) -> Mapping:
        """How to read the sheet: as this form was read before, else by the names of its columns.

        ``header`` is the row of the headings where a person says so; ``spoken`` are the language's names of fields.
        """
        held = self.held(token)
        held.proposed = await self._proposed(held, spoken, header)
        return held.proposed

    async def _proposed(self, held: Held, spoken: Names[str, Sequence[str]], header: int | None) -> Mapping:
        contract = self._profile().feeds[held.feed]
        kept = list(await self.mappings.newest(held.organisation, held.feed)) if self.mappings else []
        for mapping in kept:
            row = mapping.header if header is None else header
            texts = heading(held.sheet, row)
            if fingerprint(texts) == fingerprint(mapping.heading):
                return carried(mapping, texts, row)
        known = spellings(contract, spoken)
        row = header_row(held.sheet, set().union(*known.values())) if header is None else header
        texts = heading(held.sheet, row)
        made = Mapping(
            feed=held.feed, organisation=held.organisation, heading=texts, header=row, columns=propose(texts, known)
        )  # fmt: skip
        if not kept:
            return made
        found = carried(kept[0], texts, row)
        taken = set(found.columns.values())
        rest = {name: at for name, at in made.columns.items() if name not in found.columns and at not in taken}
        return msgspec.structs.replace(found, columns={**rest, **found.columns})

    async def sent_before(self, token: str) -> Sent | None:
        """When the very same file was sent last, or None."""
        held = self.held(token)
        return await self.mappings.sent(held.digest, held.organisation, held.feed) if self.mappings else None

    async def judge(self, token: str, mapping: Mapping, at: float) -> Held:
        """Make the events and the verdict on each row; ``at`` (POSIX s) is the time that the form speaks of."""
        held = self.held(token)
        if held.progress is not None:
            raise SheetError("sent")
        profile, (now, mode) = self._profile(), self._clock()
        typist = Typist(profile, mapping, at, mode)
        async with self._one_at_a_time:
            rows, verdicts = await asyncio.to_thread(_judged, profile, held.sheet, typist, now)
        if not rows:
            raise SheetError("no_rows")
        held.mapping, held.at, held.rows, held.verdicts = mapping, at, rows, verdicts
        return held

    async def send(self, token: str, quarantined: bool) -> Held:
        """Begin to send the rows that were judged well (and those quarantined); once, and not to be undone."""
        held = self.held(token)
        if held.progress is not None and not held.progress.failed:
            return held
        rows = held.chosen(quarantined)
        if held.mapping is None or not rows:
            raise SheetError("no_rows")
        if self.sender is None:
            raise SheetError("no_sender")
        held.progress = Progress(all=len(rows))
        held.sending = asyncio.create_task(self._deliver(held, rows, self.sender))
        return held

    async def _deliver(self, held: Held, rows: Sequence[Typed], sender: Sender) -> None:
        """Send, then remember. What fails is said in the progress: the ids stay, so sending again counts once."""
        for first in range(0, len(rows), AT_ONCE):
            part = rows[first : first + AT_ONCE]
            try:
                await sender.deliver(held.feed, [(row.key or None, row.value) for row in part])
            except EngineError as error:
                LOG.warning("an upload to %s ended after %d of %d rows: %s", held.feed, first, len(rows), error)
                held.progress = Progress(sent=first, all=len(rows), failed=True)
                return
            held.progress = Progress(sent=first + len(part), all=len(rows))
        await self._remember(held, len(rows))
        held.progress = Progress(sent=len(rows), all=len(rows), done=True)

    async def _remember(self, held: Held, rows: int) -> None:
        if self.mappings is None or held.mapping is None:
            return
        try:
            await self.mappings.save(held.mapping, time.time())
            sent = Sent(at=int(held.at), sent_at=int(time.time()), rows=rows)
            await self.mappings.note(held.digest, held.organisation, held.feed, sent)
        except EngineError as error:
            LOG.warning("the mapping of an upload to %s isn't remembered: %s", held.feed, error)

    def _tidy(self) -> None:
        over = time.monotonic() - KEPT
        for token, held in list(self._held.items()):
            if held.touched < over:
                self.drop(token)


def _judged(profile: Profile, sheet: Sheet, typist: Typist, now: float) -> tuple[list[Typed], list[Verdict]]:
    rows = list(typist.events(sheet))
    return rows, judge(profile, typist.contract.feed, rows, now)
