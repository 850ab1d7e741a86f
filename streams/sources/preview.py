"""What consumers would make of a form's rows, told by what they use themselves: the contract and the fold.

The rows are folded from nothing: an id that was sent before, or an entity's state that a row can't follow, is seen
only when the events arrive.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ioc.core.entry_event import Typed
from ioc.core.entry_mapping import fields_of
from ioc.core.entry_verdict import Verdict, blamed
from ioc.core.event import Compiled
from ioc.core.outcome import ACCEPTED, DUPLICATE, LATE
from ioc.core.profile import Profile
from ioc.core.refusal import Refusal
from streams.fold import Fold, Folded
from streams.partition_state import PartitionState


def judge(profile: Profile, feed: str, rows: Iterable[Typed], now: float) -> list[Verdict]:
    """The verdict on each row, in their order, as if all of them were received at ``now`` (POSIX s)."""
    compiled = Compiled(profile.feeds[feed], profile)
    fold = Fold(compiled, PartitionState(10**9))
    folded = fold.begin()
    verdicts = []
    for at, row in enumerate(rows):
        fresh, refused, late = len(folded.fresh), len(folded.refused), _late(folded)
        got = compiled.read(row.value, now, row.key.encode() if row.key else None)
        fold.add([(at, now, got, row.value)])
        if len(folded.refused) > refused:
            verdicts.append(_refused(compiled, row, folded.refused[-1].refusal))
        elif len(folded.fresh) == fresh:
            verdicts.append(Verdict(row=row.row, outcome=DUPLICATE))
        else:
            verdicts.append(Verdict(row=row.row, outcome=LATE if _late(folded) > late else ACCEPTED))
    return verdicts


def _late(folded: Folded) -> int:
    """How many rows counted as late so far."""
    return sum(len(sequences) for tally in folded.tallies.values() for sequences in tally.late.values())


def _refused(compiled: Compiled, row: Typed, refusal: Refusal) -> Verdict:
    contract = compiled.contract
    field = blamed(refusal.reason, refusal.detail, contract, fields_of(contract))
    if refusal.reason == "bad_time" and not field:
        field = _misread(compiled, row)
    return Verdict(
        row=row.row, outcome=refusal.outcome, reason=refusal.reason, field=field, detail=refusal.detail
    )  # fmt: skip


def _misread(compiled: Compiled, row: Typed) -> str:
    """The first time or date that can't be read."""
    document = msgspec.json.decode(row.value)
    for name in compiled.moments.names:
        text = document["data"].get(name)
        if isinstance(text, str):
            try:
                compiled.moments.read(name, text)
            except ValueError:
                return name
    return "time"
