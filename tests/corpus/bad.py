"""Bad and odd events of every kind: how a good one is spoiled, and what has to become of it.

A row is ``(kind, feed, spoil, expected)``; expected is ``accepted``, ``late``, ``duplicate`` or
``<outcome>:<reason>``. :data:`CASES` numbers the rows, so that all of them can be sent into the same topics.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from tests.corpus.good import DROP, changed, document, encoded, event, name

Spoil = Callable[[str, int], "Sent | bytes | None"]
Row = tuple[str, str, Spoil, str]


class Sent(msgspec.Struct, kw_only=True):
    """What is sent: the events before, then the one that is judged."""

    value: bytes | None
    before: tuple[bytes, ...] = ()
    key: str | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    times: int = 1


class Case(msgspec.Struct, kw_only=True):
    """One row, numbered."""

    kind: str
    feed: str
    number: int
    sent: Sent
    outcome: str
    reason: str


def data(**fields: Any) -> Spoil:
    """Replace fields of the data."""
    return lambda feed, number: encoded(_with(feed, number, fields))


def _with(feed: str, number: int | str, fields: dict[str, Any], **head: Any) -> dict[str, Any]:
    found = document(feed, number, **head)
    found["data"] = changed(found["data"], fields)
    return found


def head(**attributes: Any) -> Spoil:
    """Replace attributes of the envelope."""
    return lambda feed, number: encoded(document(feed, number, **attributes))


def text(spoiled: Callable[[str], str]) -> Spoil:
    """Spoil the document's text."""
    return lambda feed, number: spoiled(event(feed, number).decode()).encode("utf-8", "surrogatepass")


def raw(spoiled: Callable[[bytes], bytes]) -> Spoil:
    """Spoil the document's bytes."""
    return lambda feed, number: spoiled(event(feed, number))


def fixed(value: bytes | None) -> Spoil:
    """The same bytes, whatever the good event was."""
    return lambda feed, number: value


def swap(old: str, new: str) -> Spoil:
    """Replace a piece of the document's text, which has to be there."""

    def spoiled(found: str) -> str:
        assert old in found, old
        return found.replace(old, new, 1)

    return text(spoiled)


def number_as(field: str, written: str) -> Spoil:
    """Write a number of the data in a way that JSON encoders don't."""
    return lambda feed, number: encoded(_with(feed, number, {field: "@@"})).replace(b'"@@"', written.encode())


def sent(value: Spoil, *before: Spoil, **more: Any) -> Spoil:
    """An event after others; their ids are told apart by ``a``, ``b``, …"""

    def spoiled(feed: str, number: int) -> Sent:
        last = value(feed, number)
        assert isinstance(last, bytes)
        earlier = [
            made for place, one in enumerate(before) if isinstance(made := _nth(one, feed, number, place), bytes)
        ]
        return Sent(value=last, before=tuple(earlier), **more)

    return spoiled


def _nth(spoil: Spoil, feed: str, number: int, place: int) -> Any:
    made = spoil(feed, number)
    assert isinstance(made, bytes)
    own = f'"ev-{feed}-{number}"'.encode()
    return made.replace(own, f'"ev-{feed}-{number}{chr(97 + place)}"'.encode(), 1)


def same_id(spoil: Spoil) -> Spoil:
    """After the good event, another with its id."""

    def spoiled(feed: str, number: int) -> Sent:
        made = spoil(feed, number)
        assert isinstance(made, bytes)
        return Sent(value=made, before=(event(feed, number),))

    return spoiled


def numbered(rows: list[Row]) -> list[Case]:
    """The rows as cases; a case's key is that of its entity, so that it stays in one partition."""
    found = []
    for number, (kind, feed, spoil, expected) in enumerate(rows):
        made = spoil(feed, number)
        one = made if isinstance(made, Sent) else Sent(value=made)
        outcome, _, reason = expected.partition(":")
        found.append(Case(kind=kind, feed=feed, number=number, sent=one, outcome=outcome, reason=reason))
    assert len({(case.kind, case.feed) for case in found}) == len(found)
    return found


__all__ = ["DROP", "Case", "Row", "Sent", "Spoil", "data", "fixed", "head", "name", "number_as", "numbered", "raw"]
__all__ += ["same_id", "sent", "swap", "text"]
