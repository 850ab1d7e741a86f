"""``/api/v1/feeds/{feed}/dead-letters``: refused events listed, looked at, replayed, discarded.

Personal data is hidden here, on the server. Times are RFC 3339 in the province's zone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Request, Response

from ioc.api import body as bodies
from ioc.api.problem import problem
from ioc.core.deadletter import STATES, WAITING, Letter
from ioc.core.errors import DeliveryError, EngineError
from ioc.core.intake import BodyError, field_at_fault
from ioc.core.mask import masked
from ioc.core.mend import Mend
from ioc.core.outcome import QUARANTINE_REASONS, REJECT_REASONS
from ioc.core.profile import Profile
from ioc.live.site import LiveSite
from ioc.live.workbench import Looked, Workbench
from ioc.records.dead_letters import CursorError, Filter

BY = "api"
ANY = "any"
MOST_LISTED = 200
LARGEST_BODY = 65_536
LONGEST_NOTE = 1_000
AGAIN = {"Retry-After": "5"}
REASONS = (*QUARANTINE_REASONS, *REJECT_REASONS)


class StoppedError(Exception):
    """The answer is a problem."""

    def __init__(self, status: int, reason: str, **values: object) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.values = values


class Choice(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"start": "from", "end": "to"}
):
    """Body of a replay or a discarding: which letters, and how. Nothing named: all that wait."""

    ids: tuple[str, ...] = ()
    reason: str = ""
    source: str | None = None
    start: str = ""
    end: str = ""
    mend: bool = False
    force: bool = False
    dry_run: bool = False
    note: str = ""


class One(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body for one letter; ``reason`` is the one for discarding it."""

    mend: bool = False
    force: bool = False
    reason: str = ""


Body = TypeVar("Body", Choice, One)


class Desk:
    """Answers for the letters of one site."""

    def __init__(self, site: LiveSite, bench: Workbench) -> None:
        self._site = site
        self._bench = bench

    async def listed(self, feed: str, request: Request) -> Response:
        """Letters, the newest first, with the counts of the filter."""
        asked = request.query_params
        wanted = self._filter(
            feed, asked.get("reason", ""), asked.get("source"), asked.get("from", ""), asked.get("to", ""),
            asked.get("state", WAITING),
        )  # fmt: skip
        limit = asked.get("limit", "50")
        if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= MOST_LISTED):
            raise StoppedError(400, "parameter", name="limit")
        letters = await self._bench.letters.opened()
        items, following = await letters.page(wanted, asked.get("cursor", ""), int(limit))
        counts = await letters.counts(wanted)
        shown = msgspec.structs.replace(counts, sources={masked(name): n for name, n in counts.sources.items()})
        return _json({"items": [self._item(each) for each in items], "next": following or None, "counts": shown})

    async def look(self, feed: str, name: str) -> Response:
        """One letter with its masked sample, what a replay would bring, and the mend."""
        return _json(self._looked(await self._known(feed, name)))

    async def replay_one(self, feed: str, name: str, request: Request) -> Response:
        asked = await _read(request, One)
        found = await self._known(feed, name)
        if found.letter.state != WAITING:
            raise StoppedError(409, "not_waiting")
        wanted = Filter(feed=feed, ids=(name,))
        done = await self._bench.replay(wanted, BY, mend=asked.mend, force=asked.force)
        if done.kept:
            raise StoppedError(409, "refused")
        if not done.sent:
            raise StoppedError(409, "not_waiting")
        return _json(done, 202)

    async def replay(self, feed: str, request: Request) -> Response:
        """Those of a filter; with ``dry_run`` only what would become of them."""
        asked = await _read(request, Choice)
        wanted = self._filter(feed, asked.reason, asked.source, asked.start, asked.end, WAITING, asked.ids)
        if asked.dry_run:
            return _json(await self._bench.check(wanted))
        return _json(await self._bench.replay(wanted, BY, mend=asked.mend, force=asked.force), 202)

    async def discard(self, feed: str, request: Request) -> Response:
        asked = await _read(request, Choice)
        wanted = self._filter(feed, asked.reason, asked.source, asked.start, asked.end, WAITING, asked.ids)
        return _json({"discarded": await self._bench.discard(wanted, _note(asked.note), BY)})

    async def discard_one(self, feed: str, name: str, request: Request) -> Response:
        note = _note((await _read(request, One)).reason)
        await self._known(feed, name)
        if not await self._bench.discard(Filter(feed=feed, ids=(name,)), note, BY):
            raise StoppedError(409, "not_waiting")
        return await self.look(feed, name)

    async def restore_one(self, feed: str, name: str, request: Request) -> Response:
        await _read(request, One)
        await self._known(feed, name)
        if not await self._bench.restore(Filter(feed=feed, ids=(name,)), BY):
            raise StoppedError(409, "not_discarded")
        return await self.look(feed, name)

    async def _known(self, feed: str, name: str) -> Looked:
        if feed not in self._site.profile.feeds:
            raise StoppedError(404, "no_feed")
        found = await self._bench.look(feed, name)
        if found is None:
            raise StoppedError(404, "no_letter")
        return found

    def _filter(
        self, feed: str, reason: str, source: str | None, start: str, end: str, state: str, ids: tuple[str, ...] = ()
    ) -> Filter:
        if feed not in self._site.profile.feeds:
            raise StoppedError(404, "no_feed")
        for name, value, known in (("reason", reason, ("", *REASONS)), ("state", state, (*STATES, ANY))):
            if value not in known:
                raise StoppedError(400, "parameter", name=name)
        return Filter(
            feed=feed, reason=reason, source=source, state="" if state == ANY else state, ids=ids,
            start=self._moment("from", start), end=self._moment("to", end),
        )  # fmt: skip

    def _moment(self, name: str, text: str) -> float | None:
        if not text:
            return None
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise StoppedError(400, "parameter", name=name) from None
        return (found if found.tzinfo else found.replace(tzinfo=self._zone)).timestamp()

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._site.profile.head.timezone)

    def _item(self, letter: Letter) -> dict[str, Any]:
        def moment(at: float | None) -> str | None:
            return None if at is None else datetime.fromtimestamp(at, self._zone).isoformat(timespec="seconds")

        fields = _fields(self._site.profile, letter.feed)
        return {
            "id": letter.id, "feed": letter.feed, "state": letter.state, "outcome": letter.outcome,
            "reason": letter.reason, "message": self._each(f"states.reason_meaning.{letter.reason}"),
            "field": field_at_fault(letter.detail, fields), "detail": masked(letter.detail),
            "source": masked(letter.source), "event_id": masked(letter.event_id),
            "organisation": letter.organisation, "area": letter.area, "received": moment(letter.received),
            "kept_at": moment(letter.kept_at), "size": letter.size, "decided_at": moment(letter.decided_at),
            "decided_by": letter.decided_by, "note": letter.note, "replay_of": letter.replay_of,
        }  # fmt: skip

    def _looked(self, found: Looked) -> dict[str, Any]:
        verdict = found.verdict
        return self._item(found.letter) | {
            "next": self._each(f"states.reason_next.{found.letter.reason}"),
            "sample": found.sample,
            "verdict": {
                "kind": verdict.kind, "reason": verdict.reason, "detail": masked(verdict.detail),
                "message": self._each(f"letters.verdict.{verdict.kind}"), "mend": self._mend(verdict.mend),
            },
        }  # fmt: skip

    def _mend(self, mend: Mend | None) -> dict[str, Any] | None:
        if mend is None:
            return None
        changes = [
            {"field": each.field, "before": masked(each.before), "after": masked(each.after)} for each in mend.changes
        ]
        return {"kinds": {kind: self._each(f"letters.mend.{kind}") for kind in mend.kinds}, "changes": changes}

    def _each(self, key: str, **values: object) -> dict[str, str]:
        both = {language: self._site.words(language) for language in ("vi", "en")}
        return {language: words(key, **values) if words.has(key) else "" for language, words in both.items()}

    async def answered(self, work: Callable[[], Awaitable[Response]]) -> Response:
        """The answer of the work, or the problem that stopped it."""
        try:
            return await work()
        except StoppedError as stopped:
            return self._problem(stopped.status, stopped.reason, **stopped.values)
        except CursorError:
            return self._problem(400, "cursor")
        except DeliveryError as error:
            return self._problem(503, "no_kafka" if error.begun else "not_sent")
        except EngineError:
            return self._problem(503, "no_database")

    def _problem(self, status: int, reason: str, **values: object) -> Response:
        message = self._each(f"letters.problem.{reason}", **values)
        headers = AGAIN if status == 503 else None
        return problem(status, message["en"], headers, reason=reason, message=message)


def router(desk: Desk) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/api/v1/feeds/{feed}/dead-letters")

    @routes.get("")
    async def listed(feed: str, request: Request) -> Response:
        return await desk.answered(lambda: desk.listed(feed, request))

    @routes.get("/{name}")
    async def looked(feed: str, name: str) -> Response:
        return await desk.answered(lambda: desk.look(feed, name))

    @routes.post("/replay")
    async def replay(feed: str, request: Request) -> Response:
        return await desk.answered(lambda: desk.replay(feed, request))

    @routes.post("/discard")
    async def discard(feed: str, request: Request) -> Response:
        return await desk.answered(lambda: desk.discard(feed, request))

    @routes.post("/{name}/replay")
    async def replay_one(feed: str, name: str, request: Request) -> Response:
        return await desk.answered(lambda: desk.replay_one(feed, name, request))

    @routes.post("/{name}/discard")
    async def discard_one(feed: str, name: str, request: Request) -> Response:
        return await desk.answered(lambda: desk.discard_one(feed, name, request))

    @routes.post("/{name}/restore")
    async def restore_one(feed: str, name: str, request: Request) -> Response:
        return await desk.answered(lambda: desk.restore_one(feed, name, request))

    return routes


async def _read(request: Request, kind: type[Body]) -> Body:
    """The body; nothing at all counts as an empty object. Refuses what a form of another site could send."""
    said = request.headers
    origin, site = said.get("origin"), said.get("sec-fetch-site", "none")
    if site not in ("none", "same-origin") or (origin and urlsplit(origin).netloc != said.get("host")):
        raise StoppedError(403, "cross_site")
    if said.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise StoppedError(415, "content_type")
    try:
        raw = await bodies.read(request.stream(), "", said.get("content-length", ""), LARGEST_BODY)
        return msgspec.json.decode(raw or b"{}", type=kind)
    except BodyError as error:
        raise StoppedError(413, "body", found=error.reason) from None
    except msgspec.MsgspecError as error:
        raise StoppedError(400, "body", found=str(error)[:200]) from None


def _note(text: str) -> str:
    note = masked(" ".join(text.split()))[:LONGEST_NOTE]
    if not note:
        raise StoppedError(400, "note")
    return note


def _fields(profile: Profile, feed: str) -> list[str]:
    return list(profile.feeds[feed].parsed()) if feed in profile.feeds else []


def _json(content: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
