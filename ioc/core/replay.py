"""What a replay of dead letters would bring, what it did, and how both are said."""

from __future__ import annotations

import msgspec

from ioc.core.words import Words

MOST = 5_000  # letters judged or replayed by one call, so that it ends


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay of some letters would bring: how many of ``total`` fall under each verdict of ``ioc.core.mend``.

    ``reasons`` tell why the ``refused`` ones would be; ``left`` weren't looked at, because there are too many.
    """

    total: int
    accepted: int
    depends: int
    mendable: int
    refused: int
    reasons: dict[str, int]
    left: int = 0


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay did: letters ``sent`` (of them ``mended``), ``kept`` back because they would be refused again.

    ``taken`` were taken by somebody else meanwhile; ``left`` weren't looked at, because there are too many.
    """

    sent: int
    mended: int
    kept: int
    taken: int = 0
    left: int = 0


def foretold(words: Words, checked: Checked) -> list[str]:
    """Sentences on a dry check, the most important first."""
    if not checked.total:
        return [words("letters.check_none")]
    told = [words("letters.check", accepted=words.number(checked.accepted), total=words.number(checked.total))]
    for name in ("depends", "mendable"):
        if number := getattr(checked, name):
            told.append(words(f"letters.check_{name}", n=words.number(number)))
    if checked.refused:
        reasons = ", ".join(f"{reason_name(words, name)} ({n})" for name, n in sorted(checked.reasons.items()))
        told.append(words("letters.check_refused", n=words.number(checked.refused), reasons=reasons))
    if checked.left:
        told.append(words("letters.check_left", most=words.number(MOST), n=words.number(checked.left)))
    return told


def told(words: Words, replayed: Replayed) -> list[str]:
    """Sentences on what a replay did."""
    found = [words("letters.done_replay", sent=words.number(replayed.sent), kept=words.number(replayed.kept))]
    for name in ("mended", "taken"):
        if number := getattr(replayed, name):
            found.append(words(f"letters.done_{name}", n=words.number(number)))
    if replayed.left:
        found.append(words("letters.check_left", most=words.number(MOST), n=words.number(replayed.left)))
    return found


def reason_name(words: Words, reason: str) -> str:
    """The reason in words; a code that nobody knows as it is."""
    return words(f"states.reason.{reason}") if words.has(f"states.reason.{reason}") else reason
