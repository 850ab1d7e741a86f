"""A source as declared in ``profiles/<province>/sources/*.yaml``: a foreign system that is asked or listened to.

What a kind of source needs beyond this (an address, a topic, a cursor) are its ``options``: a struct of its own that
derives from :class:`SourceOptions`. How a foreign object becomes the data of an event is the ``mapping``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from ioc.core.contract import Name, NotationError, Strict, Text, seconds

Fault = tuple[tuple[str | int, ...], str, dict[str, object]]  # path in the options, key of a sentence, its values
Code = str | int | float | bool

LEAST_PAUSE = 1.0  # seconds between two questions to the same system
_SECRET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Rule(Strict, frozen=True, kw_only=True):
    """Where a value comes from, and what is made of it. Exactly one of the first three is given.

    ``path`` leads into the foreign object, ``a.b.0.c``; ``const`` is the value itself; ``template`` is a text with
    paths in braces, ``{a.b}-{c}``. Then, where given: ``map`` puts one code for another (the foreign code as text);
    ``default`` stands for a value that is absent, null or not in ``map``; ``decimal`` is the decimal mark of figures
    that come as text; a figure becomes ``figure × scale + offset``, exactly as in decimal arithmetic.
    ``format`` and ``zone`` are of times: ISO 8601 when empty, ``unix`` or ``unix_ms``, or as in ``strptime``; a time
    without offset is one of ``zone`` (empty: the profile's).
    """

    path: str = ""
    const: Code | None = None
    template: str = ""
    map: dict[Name, Code] = {}
    default: Code | None = None
    scale: float = 1.0
    offset: float = 0.0
    decimal: Literal[".", ","] = "."
    format: str = ""
    zone: str = ""


Written = str | Rule  # a text is a path


class Mapping(Strict, frozen=True, kw_only=True):
    """From a foreign object to an event: ``fields`` by the name of the contract's field.

    ``time`` is the event time (none: the moment of receipt), ``area`` the unit's code, ``organisation`` the owning
    organisation when it isn't the source's own. ``id`` is a template of the event's id (empty: a digest of the
    object); events of the same id must be the same event.
    """

    fields: dict[Name, Written]
    time: Written | None = None
    id: str = ""
    area: Written | None = None
    organisation: Written | None = None


class Source(Strict, frozen=True, kw_only=True):
    """One source. ``source`` is its name on the feed's allow-list, ``organisation`` answers for it."""

    id: str
    kind: str
    feed: str
    source: str
    organisation: str
    title: Text
    enabled: bool = True
    mode: Literal["actual", "exercise", "test"] = "actual"
    options: dict[Name, Any] = {}
    mapping: Mapping | None = None


class SourceOptions(Strict, frozen=True, kw_only=True):
    """Base of the options of a kind. ``maps`` tells whether it has a mapping, ``fills`` which feeds."""

    maps: ClassVar[Literal["always", "maybe", "never"]] = "always"
    fills: ClassVar[Literal["json", "cap"]] = "json"

    def faults(self) -> Iterator[Fault]:
        """What is wrong beyond the shape: path, key of ``check``'s sentences and its values."""
        yield from ()


def pause_faults(text: str, name: str = "every") -> Iterator[Fault]:
    """A duration of at least :data:`LEAST_PAUSE`."""
    try:
        if seconds(text) < LEAST_PAUSE:
            yield (name,), "pause", {"given": text, "least": int(LEAST_PAUSE)}
    except NotationError:
        yield (name,), "duration", {"given": text}


def secret_faults(name: str, path: tuple[str | int, ...]) -> Iterator[Fault]:
    """A secret is named like a file of the secrets' folder; empty is none."""
    if name and not _SECRET.fullmatch(name):
        yield path, "secret_name", {}


def address_faults(url: str, name: str = "url") -> Iterator[Fault]:
    """An http(s) address with a host, and without a password in it."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good:
        yield (name,), "address", {"given": url}
    elif "@" in parts.netloc:
        yield (name,), "secret_in_address", {}
