"""Dead letters as a workbench: looked at, judged anew, replayed, discarded; for the API, the page and the command.

A replay is marked in SQL, sent, and marked as sent. Whatever falls in between, the next :func:`complete` sends again
what was marked: a second copy has the id and the bytes of the first, so it counts as a duplicate and never twice.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from ioc.core.deadletter import REPLAY_OF, WAITING, Letter
from ioc.core.event import Compiled
from ioc.core.mask import Sample, sample
from ioc.core.mend import ACCEPTED, DEPENDS, MENDABLE, REFUSED, Verdict, judge
from ioc.core.profile import Profile
from ioc.core.replay import MOST, Checked, Replayed
from ioc.live.sending import Sender
from ioc.records.dead_letters import DeadLetters, Filter, LateDeadLetters, Sent

AT_ONCE = 100


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """One letter: what may be shown of it, and what would become of it now."""

    letter: Letter
    sample: Sample
    verdict: Verdict


class Workbench:
    """Works on the letters of the profile in use. ``now``: the installation's time, POSIX seconds.

    Every method raises :class:`ioc.core.errors.EngineError` when SQL, or for a replay Kafka, is away, and KeyError for
    a feed that the profile doesn't have.
    """

    def __init__(
        self, profile: Callable[[], Profile], now: Callable[[], float], letters: LateDeadLetters, sender: Sender
    ) -> None:
        self._profile = profile
        self._now = now
        self.letters = letters
        self.sender = sender
        self._compiled: dict[str, tuple[Profile, Compiled]] = {}
        self._judging = asyncio.Lock()

    async def look(self, feed: str, name: str) -> Looked | None:
        """One letter of a feed; None: there is none of that id."""
        letter = await (await self.letters.opened()).find(name)
        if letter is None or letter.feed != feed:
            return None
        [verdict] = await self._judged(feed, [letter])
        shown = await asyncio.to_thread(sample, letter.raw, self._profile().feeds[feed].parsed())
        return Looked(letter=letter, sample=shown, verdict=verdict)

    async def check(self, wanted: Filter) -> Checked:
        """What a replay of the waiting letters of a filter would bring."""
        kinds: Counter[str] = Counter()
        reasons: Counter[str] = Counter()
        total, cursor = await self._waiting(wanted), ""
        while kinds.total() < min(total, MOST):
            some, cursor = await self._some(wanted, cursor)
            for verdict in await self._judged(wanted.feed, some):
                kinds[verdict.kind] += 1
                reasons[verdict.reason] += verdict.kind == REFUSED
            if not cursor:
                break
        return Checked(
            total=total, accepted=kinds[ACCEPTED], depends=kinds[DEPENDS], mendable=kinds[MENDABLE],
            refused=kinds[REFUSED], reasons=dict(+reasons), left=max(0, total - MOST),
        )  # fmt: skip

    async def replay(self, wanted: Filter, by: str, *, mend: bool = False, force: bool = False) -> Replayed:
        """Send the waiting letters of a filter again, the oldest first.

        With ``mend`` those that can be mended go mended; those that would be refused again stay, unless ``force``.
        """
        await self.sender.ready()
        kept = await self.letters.opened()
        total, cursor, done = await self._waiting(wanted), "", Counter[str]()
        while done["looked"] < min(total, MOST):
            some, cursor = await self._some(wanted, cursor)
            verdicts = await self._judged(wanted.feed, some)
            chosen = [sent for pair in zip(some, verdicts, strict=True) if (sent := _choice(*pair, mend, force))]
            begun = await kept.begin(chosen, by, time.time())
            again = [_as_sent(letter, sent) for letter in some for sent in chosen if sent.id == letter.id in begun]
            await _send(kept, self.sender, again)
            done.update(
                looked=len(some), sent=len(again), mended=sum(sent.mended for sent in chosen if sent.id in begun),
                kept=len(some) - len(chosen), taken=len(chosen) - len(begun),
            )  # fmt: skip
            if not cursor:
                break
        return Replayed(
            sent=done["sent"], mended=done["mended"], kept=done["kept"], taken=done["taken"], left=max(0, total - MOST)
        )

    async def discard(self, wanted: Filter, note: str, by: str) -> int:
        """Put waiting letters aside, with a reason; how many."""
        return await (await self.letters.opened()).discard(wanted, note, by, time.time())

    async def restore(self, wanted: Filter, by: str) -> int:
        """Let discarded letters wait again; how many."""
        return await (await self.letters.opened()).restore(wanted, by, time.time())

    async def _waiting(self, wanted: Filter) -> int:
        waiting = msgspec.structs.replace(wanted, state=WAITING)
        return (await (await self.letters.opened()).counts(waiting)).total

    async def _some(self, wanted: Filter, cursor: str) -> tuple[list[Letter], str]:
        waiting = msgspec.structs.replace(wanted, state=WAITING)
        return await (await self.letters.opened()).whole(waiting, cursor, AT_ONCE)

    async def _judged(self, feed: str, some: Sequence[Letter]) -> list[Verdict]:
        """Verdicts of letters, in a thread: one document may take milliseconds."""
        async with self._judging:  # a compiled contract isn't shared between threads
            return await asyncio.to_thread(self._judge, feed, some)

    def _judge(self, feed: str, some: Sequence[Letter]) -> list[Verdict]:
        profile, now = self._profile(), self._now()
        known = self._compiled.get(feed)
        if known is None or known[0] is not profile:
            known = self._compiled[feed] = (profile, Compiled(profile.feeds[feed], profile))
        return [judge(known[1], letter, now) for letter in some]


async def complete(kept: DeadLetters, sender: Sender, before: float) -> int:
    """Send again the letters whose replay was begun before ``before`` (real POSIX seconds) and not finished; how many.

    Raises :class:`ioc.core.errors.EngineError`; the rest stay for the next time.
    """
    sent = 0
    while some := await kept.unfinished(before, AT_ONCE):
        await _send(kept, sender, some)
        sent += len(some)
    return sent


async def _send(kept: DeadLetters, sender: Sender, some: Sequence[Letter]) -> None:
    """Send marked letters, then mark them as sent; those of one feed in their order."""
    for feed in dict.fromkeys(letter.feed for letter in some):
        mine = [letter for letter in some if letter.feed == feed]
        await sender.deliver(
            feed,
            [(letter.mended_key or letter.key, letter.mended or letter.raw) for letter in mine],
            [[(REPLAY_OF, letter.id.encode())] for letter in mine],
            [_partition(letter) for letter in mine],
        )
        await kept.finish([letter.id for letter in mine], time.time())


def _choice(letter: Letter, verdict: Verdict, mend: bool, force: bool) -> Sent | None:
    """How a letter goes, or None: it stays."""
    if verdict.kind in (ACCEPTED, DEPENDS):
        return Sent(id=letter.id)
    if mend and verdict.mend is not None:
        return Sent(id=letter.id, mended=True, raw=verdict.mend.raw, key=verdict.mend.key)
    return Sent(id=letter.id) if force and letter.whole else None


def _as_sent(letter: Letter, sent: Sent) -> Letter:
    return msgspec.structs.replace(letter, mended=sent.raw, mended_key=sent.key) if sent.mended else letter


def _partition(letter: Letter) -> int | None:
    """The partition that it came from: there its entity and its id are known, whatever partitioner its sender has.

    With another key it goes where that key belongs.
    """
    if letter.mended_key is not None and letter.mended_key != letter.key:
        return None
    number = letter.id.partition("~")[0].rsplit("-", 2)[-2]
    return int(number) if number.isdigit() else None
