"""Which column of a form is which field of a contract: proposed by names, corrected by a person, kept for next time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Names

import msgspec

from ioc.core.contract import FeedContract, Field
from ioc.core.sheet import heading_key

# What an event says beside its data; a field of the contract of the same name is meant instead.
BESIDE = ("time", "areacode", "orgcode")


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """How the rows of one form become events of ``feed``, as ``organisation`` sends them.

    ``heading`` are the form's headings in the row ``header`` (counted from 0 among the rows that aren't empty);
    ``columns`` maps a field, or one of :data:`BESIDE`, to a column (from 0), ``constants`` to what a person typed for
    a field without a column. ``source`` is of the contract's list; ``holds`` a duration, empty for the contract's own;
    ``mark`` the decimal mark of typed numbers, empty where each column shows its own.
    """

    feed: str
    organisation: str
    heading: list[str]
    header: int = 0
    columns: dict[str, int] = {}
    constants: dict[str, str] = {}
    source: str = ""
    holds: str = ""
    mark: str = ""


def fields_of(contract: FeedContract) -> dict[str, Field | None]:
    """What a form may give, in the order in which a person is asked: None for what stands beside the data."""
    beside: dict[str, Field | None] = dict.fromkeys(BESIDE)
    return {**contract.parsed(), **{name: None for name in beside if name not in contract.parsed()}}


def fingerprint(heading: Sequence[str]) -> str:
    """The same for the same form, whatever its case, marks and signs."""
    return hashlib.sha256("\x1f".join(heading_key(text) for text in heading).encode()).hexdigest()[:32]


def spellings(contract: FeedContract, spoken: Names[str, Iterable[str]]) -> dict[str, set[str]]:
    """Field → keys of its headings: its own name, the contract's ``headings`` and the language's (``spoken``)."""
    return {
        name: {heading_key(text) for text in (name, *contract.headings.get(name, ()), *spoken.get(name, ()))} - {""}
        for name in fields_of(contract)
    }


def propose(heading: Sequence[str], known: Names[str, set[str]]) -> dict[str, int]:
    """Field → column: headings that are a field's name first, then those that hold its words; no column twice."""
    keys = [heading_key(text) for text in heading]
    found: dict[str, int] = {}
    for fits in (_same, _holds):
        for name, wanted in known.items():
            columns = [at for at, key in enumerate(keys) if key and at not in found.values() and fits(key, wanted)]
            if name not in found and len(columns) == 1:
                found[name] = columns[0]
    return found


def _same(key: str, wanted: set[str]) -> bool:
    return key in wanted


def _holds(key: str, wanted: set[str]) -> bool:
    return any(len(each) > 3 and f" {each} " in f" {key} " for each in wanted)


def carried(kept: Mapping, heading: Sequence[str], header: int) -> Mapping:
    """A kept mapping on a form with other columns: they are found again by their headings."""
    if fingerprint(heading) == fingerprint(kept.heading):
        return msgspec.structs.replace(kept, heading=list(heading), header=header)
    keys = [heading_key(text) for text in heading]
    old = [heading_key(text) for text in kept.heading]
    columns = {
        name: keys.index(old[at])
        for name, at in kept.columns.items()
        if at < len(old) and old[at] and keys.count(old[at]) == 1
    }
    return msgspec.structs.replace(kept, heading=list(heading), header=header, columns=columns)
