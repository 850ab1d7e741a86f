"""``POST /api/v1/feeds/{feed}/events``: events that a system pushes, judged at the door, in Kafka before the answer."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from ioc.access.tokens import SEND_EVENTS, Bearers, DeniedError, may_be, may_send
from ioc.api import body as bodies
from ioc.api.told import FORBIDDEN_SOURCE, Telling
from ioc.core.bucket import Buckets
from ioc.core.errors import EngineError
from ioc.core.intake import BodyError, Judged
from ioc.core.outcome import REJECTED
from ioc.core.refusal import Refusal
from ioc.live.sending import Sender
from ioc.live.site import LiveSite
from ioc.records.tokens import Token

MOST_AT_ONCE = 64  # requests; the body of each may take 4 MiB
MOST_OF_ONE = 8  # requests of one token
AGAIN = "5"  # seconds after which a sender tries again when Kafka or SQL is away
STATUS = {
    "body_too_large": 413, "too_many": 413, "body_slow": 408, "unsupported_encoding": 415, "unsupported_type": 415,
    "bad_compression": 400,
}  # fmt: skip


class Intake(Protocol):
    """Turns a body into judged events: ``streams.sources.webhook.Webhook``."""

    async def judge(self, feed: str, headers: list[tuple[str, str]], body: bytes, source: str) -> list[Judged]: ...


class StoppedError(Exception):
    """The answer is known before the end."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


def router(desk: Desk) -> APIRouter:
    """The route."""
    routes = APIRouter(prefix="/api/v1")

    @routes.post("/feeds/{feed}/events")
    async def events(feed: str, request: Request) -> Response:
        return await desk.take(feed, request)

    return routes


class Desk:
    """Takes the requests in. ``monotonic`` gives the seconds of the buckets."""

    def __init__(
        self, site: LiveSite, bearers: Bearers, buckets: Buckets, intake: Intake, sender: Sender,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._site = site
        self._bearers = bearers
        self._buckets = buckets
        self._intake = intake
        self._sender = sender
        self._monotonic = monotonic
        self._telling = Telling({language: site.words(language) for language in ("vi", "en")})
        self._within: Counter[str] = Counter()

    async def take(self, feed: str, request: Request) -> Response:
        """One request, from its token to its answer."""
        try:
            token = await self._holder(feed, request)
            with self._inside(token):
                return await self._events(feed, request, token)
        except StoppedError as stopped:
            return stopped.answer
        except ClientDisconnect:
            return Response(status_code=400)  # nobody hears it

    async def _holder(self, feed: str, request: Request) -> Token:
        """The request's token, if it may send to the feed."""
        answer = self._telling.answer
        try:
            token = await self._bearers.holder(request.headers.get("authorization"), SEND_EVENTS)
        except DeniedError as denied:
            headers = {} if denied.known else {"WWW-Authenticate": 'Bearer realm="ioc"'}
            raise StoppedError(answer(403 if denied.known else 401, denied.reason, headers)) from None
        except EngineError:
            raise StoppedError(answer(503, "no_database", {"Retry-After": AGAIN})) from None
        if feed not in self._site.profile.feeds:
            raise StoppedError(answer(404, "no_feed", given=feed[:80]))
        if not may_send(token, feed):
            raise StoppedError(answer(403, "forbidden_feed", given=feed, known=", ".join(token.feeds)))
        return token

    @contextmanager
    def _inside(self, token: Token) -> Iterator[None]:
        """Counts the requests that are being worked on."""
        if self._within[token.id] >= MOST_OF_ONE or self._within.total() >= MOST_AT_ONCE:
            raise self._stopped(token, 429, "busy", "1")
        self._within[token.id] += 1
        try:
            yield
        finally:
            self._within[token.id] -= 1
            self._within += Counter()  # those at zero go

    async def _events(self, feed: str, request: Request, token: Token) -> Response:
        if self._buckets.level(token.id, self._monotonic()) < 1:
            raise self._too_fast(token, 1 / self._buckets.rate)
        judged = await self._judged(feed, request, token)
        if wait := self._buckets.take(token.id, max(1, len(judged)), self._monotonic()):
            raise self._too_fast(token, wait)
        self._bearers.note(token)
        allowed = self._site.profile.feeds[feed].source
        judged = [_permitted(each, token, allowed) for each in judged]
        try:
            await self._sender.deliver(feed, [(each.key, each.value) for each in judged if each.sent])
        except EngineError:
            raise self._stopped(token, 503, "no_kafka", AGAIN) from None
        return self._telling.results(judged, self._limits(token))

    async def _judged(self, feed: str, request: Request, token: Token) -> list[Judged]:
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
        said = dict(headers)
        encoding, length = said.get("content-encoding", ""), said.get("content-length", "")
        try:
            body = await bodies.read(request.stream(), encoding, length)
            return await self._intake.judge(feed, headers, body, self._own_source(feed, token))
        except BodyError as error:
            self._buckets.take(token.id, 1, self._monotonic())
            answer = self._telling.answer(STATUS[error.reason], error.reason, self._limits(token), **error.found)
            raise StoppedError(answer) from None
        except Refusal as refusal:
            self._buckets.take(token.id, 1, self._monotonic())
            raise StoppedError(self._telling.refusal(refusal, self._limits(token))) from None

    def _own_source(self, feed: str, token: Token) -> str:
        """The one source that a token can be at this feed, or empty."""
        allowed = self._site.profile.feeds[feed].source
        sources = [source for source in allowed if may_be(token, source, allowed)]
        return sources[0] if len(sources) == 1 else ""

    def _too_fast(self, token: Token, wait: float) -> StoppedError:
        found = {"rate": f"{self._buckets.rate:g}", "burst": self._buckets.burst}
        return self._stopped(token, 429, "too_fast", str(math.ceil(wait)), **found)

    def _stopped(self, token: Token, status: int, reason: str, again: str, **found: object) -> StoppedError:
        headers = {"Retry-After": again, **self._limits(token)}
        return StoppedError(self._telling.answer(status, reason, headers, **found))

    def _limits(self, token: Token) -> dict[str, str]:
        """What a token has left (draft-ietf-httpapi-ratelimit-headers-10)."""
        rate, burst = self._buckets.rate, self._buckets.burst
        left = self._buckets.level(token.id, self._monotonic())
        return {
            "RateLimit-Policy": f'"events";q={burst};w={math.ceil(burst / rate)}',
            "RateLimit": f'"events";r={max(0, int(left))};t={math.ceil((burst - left) / rate)}',
        }


def _permitted(judged: Judged, token: Token, allowed: list[str]) -> Judged:
    """Refused instead, when the token can't speak as the event's source."""
    if not judged.sent or may_be(token, judged.source, allowed):
        return judged
    return Judged(
        id=judged.id, source=judged.source, outcome=REJECTED, reason=FORBIDDEN_SOURCE, field="source",
        detail=f"source={judged.source[:80]!r}",
    )  # fmt: skip
