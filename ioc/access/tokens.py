"""Bearer tokens: how one is made, and whether the one of a request holds.

A token reads ``ioc_<id>_<secret>``. The id finds its row; the secret is 256 random bits, so that one SHA-256 keeps it
as safe as a slow hash would keep a password. What was found is believed for a few seconds, so revoking works at once.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import re
import secrets
from collections.abc import Callable, Iterable
from typing import Protocol

from ioc.core.errors import EngineError
from ioc.records.tokens import USED_EVERY, Token

LOG = logging.getLogger(__name__)
BELIEVED = 5.0  # seconds
MOST_REMEMBERED = 4096
SEND_EVENTS = "events:write"
_FORM = re.compile(r"ioc_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_DAY = 86_400


class DeniedError(Exception):
    """A request isn't allowed. ``reason`` is a code; ``known`` tells whether the caller is (403) or isn't (401)."""

    def __init__(self, reason: str, known: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.known = known


class Kept(Protocol):
    """Where tokens are kept: :class:`ioc.records.tokens.Tokens`."""

    async def find(self, name: str) -> Token | None: ...

    async def used(self, name: str, now: float) -> None: ...


def make(
    organisation: str, purpose: str, scopes: Iterable[str], feeds: Iterable[str], sources: Iterable[str],
    now: float, days: int,
) -> tuple[Token, str]:  # fmt: skip
    """A new token as it is kept, and as it is shown this once."""
    name, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    token = Token(
        id=name, digest=_digest(secret), organisation=organisation, purpose=purpose, scopes=tuple(scopes),
        feeds=tuple(feeds), sources=tuple(sources), created=int(now), expires=int(now) + days * _DAY,
    )  # fmt: skip
    return token, f"ioc_{name}_{secret}"


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


class Bearers:
    """Judges the ``Authorization`` of requests. ``clock`` gives real POSIX seconds."""

    def __init__(self, kept: Kept, clock: Callable[[], float]) -> None:
        self._kept = kept
        self._clock = clock
        self._found: dict[str, tuple[float, Token | None]] = {}
        self._noting: dict[str, asyncio.Task[None]] = {}

    async def holder(self, authorization: str | None, scope: str) -> Token:
        """The token of a request, which holds now and may do ``scope``.

        Raises :class:`DeniedError` (no_token, bad_token, expired_token, revoked_token; known: scope), or
        :class:`ioc.core.errors.EngineError` when the database doesn't answer.
        """
        kind, _, given = (authorization or "").partition(" ")
        if kind.lower() != "bearer" or not given.strip():
            raise DeniedError("no_token")
        form = _FORM.fullmatch(given.strip())
        token = await self._token(form[1]) if form else None
        if form is None or token is None or not hmac.compare_digest(token.digest, _digest(form[2])):
            raise DeniedError("bad_token")
        if token.revoked is not None:
            raise DeniedError("revoked_token")
        if token.expires <= self._clock():
            raise DeniedError("expired_token")
        if scope not in token.scopes:
            raise DeniedError("scope", known=True)
        return token

    async def _token(self, name: str) -> Token | None:
        now = self._clock()
        at, token = self._found.get(name, (0.0, None))
        if not 0 <= now - at < BELIEVED or name not in self._found:
            token = await self._kept.find(name)
            if len(self._found) >= MOST_REMEMBERED:
                self._found.clear()
            self._found[name] = (now, token)
        return token

    def note(self, token: Token) -> None:
        """Note the use of a token that held, beside the request: nobody waits for it."""
        now = self._clock()
        if token.id in self._noting or (token.last_used is not None and now - token.last_used < USED_EVERY):
            return
        task = self._noting[token.id] = asyncio.create_task(self._note(token.id, now))
        task.add_done_callback(lambda _: self._noting.pop(token.id, None))

    async def _note(self, name: str, now: float) -> None:
        try:
            await self._kept.used(name, now)
            self._found.pop(name, None)
        except EngineError as error:
            LOG.warning("the use of a token isn't noted: %s", error)

    async def settled(self) -> None:
        """Wait until what is being noted is noted."""
        if self._noting:
            await asyncio.wait(set(self._noting.values()))


def may_send(token: Token, feed: str) -> bool:
    """Whether a token is for this feed."""
    return not token.feeds or feed in token.feeds


def may_be(token: Token, source: str, allowed: Iterable[str]) -> bool:
    """Whether a token may speak as a source; it must be one of the feed's ``allowed`` sources at any rate."""
    return source in allowed and (not token.sources or source in token.sources)
