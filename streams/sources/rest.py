"""Any JSON over HTTP: asked again and again, from where the last answer ended.

Three ways of going on: ``cursor`` (the answer says where to go on), ``since`` (the time of the newest object so far) or
neither (the whole list each time; what was seen before is the same event and counts once), the last two by pages. The
cursor is kept in SQL, and moves after Kafka has acknowledged.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

import msgspec

from ioc.core.contract import Name, Strict, seconds
from ioc.core.errors import SourceError
from ioc.core.foreign_time import is_format, read_time, write_time
from ioc.core.mapping import ABSENT, Reader, as_text, document, look_up, path_parts
from ioc.core.source import Fault
from streams.sources.fetch import Fetcher, HttpOptions, Page, next_link, shown
from streams.sources.kind import Kind
from streams.sources.line import Line

LARGEST_PAGE = 8 * 1024 * 1024
MOST_TURNS = 1000  # of a cursor in one round; the next round goes on
AT_ONCE = 500  # events between two acknowledgements
AHEAD = 300.0  # seconds; a clock that runs ahead must not carry the cursor into the future
LINK = "Link"  # a next page that is named by the Link header


class Cursor(Strict, frozen=True, kw_only=True):
    """``path`` is where the answer holds the next cursor, ``param`` the parameter it is sent back in."""

    path: str
    param: str
    first: str = ""


class Since(Strict, frozen=True, kw_only=True):
    """``param`` gets the time of the newest object (``path`` in it) less ``overlap``; ``first`` at the beginning.

    ``format`` and ``zone`` are of both, as in a mapping.
    """

    param: str
    path: str
    first: str = ""
    format: str = ""
    zone: str = ""
    overlap: str = "0s"


class Pages(Strict, frozen=True, kw_only=True):
    """``next`` leads to the next page's address in the answer (``Link``: in the header), or ``param`` counts pages."""

    next: str = ""
    param: str = ""
    first: int = 1
    most: int = 200


class RestOptions(HttpOptions, frozen=True, kw_only=True):
    """``items`` leads to the list in an answer, ``.`` is the answer itself; ``params`` go with every request."""

    items: str = "."
    params: dict[Name, str | int | float | bool] = {}
    cursor: Cursor | None = None
    since: Since | None = None
    pages: Pages | None = None

    def faults(self) -> Iterator[Fault]:
        yield from super().faults()
        for name in ("since", "pages"):
            if self.cursor is not None and getattr(self, name) is not None:
                yield (name,), "one_side", {"first": "cursor", "second": name}
        if self.since is not None and not is_format(self.since.format):
            yield ("since", "format"), "time_format", {"given": self.since.format}
        if self.pages is not None and bool(self.pages.next) == bool(self.pages.param):
            yield ("pages",), "one_side", {"first": "next", "second": "param"}


class _Place(msgspec.Struct, kw_only=True):
    """How far the system was read: the cursor's text, or the time of the newest object (POSIX s)."""

    cursor: str = ""
    newest: float | None = None


async def run(line: Line) -> None:
    options: RestOptions = line.options
    async with Fetcher(options, line.secrets, LARGEST_PAGE) as fetcher:
        reading = _Reading(line, options, fetcher)
        async for _ in line.rounds(seconds(options.every)):
            await reading.round()


class _Reading:
    def __init__(self, line: Line, options: RestOptions, fetcher: Fetcher) -> None:
        self._line = line
        self._options = options
        self._fetcher = fetcher
        self._read: Reader = line.reader()
        self._items = path_parts(options.items)
        since = options.since
        self._zone = ZoneInfo(since.zone if since is not None and since.zone else line.around.timezone)

    async def round(self) -> None:
        """Everything that is new, page by page."""
        place = msgspec.convert(await self._line.cursor() or {}, _Place)
        if self._options.cursor is not None:
            await self._by_cursor(place)
        else:
            await self._by_pages(place)

    async def _by_cursor(self, place: _Place) -> None:
        for _ in range(MOST_TURNS):
            answer, items, _ = await self._ask(self._options.url, self._params(place))
            await self._deliver(items)
            following = self._following(answer)
            if not following or following == place.cursor:
                return
            place.cursor = following
            await self._line.save(msgspec.to_builtins(place))
            if not items or self._line.stop.is_set():
                return

    async def _by_pages(self, place: _Place) -> None:
        newest = place.newest
        async for items in self._pages(place):
            await self._deliver(items)
            newest = self._newest(items, newest)
        if newest != place.newest:
            place.newest = newest  # only now: pages need not be in order of time
            await self._line.save(msgspec.to_builtins(place))

    async def _pages(self, place: _Place) -> AsyncIterator[list[Any]]:
        """The lists of all pages. Raises :class:`SourceError` when there is no end of them."""
        pages = self._options.pages or Pages()
        url, params = self._options.url, self._params(place)
        seen = {url}
        for number in range(pages.first, pages.first + pages.most):
            answer, items, page = await self._ask(url, {**params, pages.param: number} if pages.param else params)
            if not items and pages.param:
                return
            yield items
            if not pages.param:
                url, params = self._next(answer, page), {}
                if not url:
                    return
                if url in seen:
                    raise SourceError(f"{shown(url)}: the pages lead back to one another")
                seen.add(url)
        raise SourceError(f"more than {pages.most} pages; let 'since' begin later, or raise pages.most")

    async def _ask(self, url: str, params: dict[str, Any]) -> tuple[Any, list[Any], Page]:
        """One answer, the list in it, and the page that it came on."""
        page = await self._fetcher.get(url, params)
        try:
            # Off the loop: a page of some megabytes takes long to read.
            answer = await asyncio.to_thread(document, page.content)
        except ValueError as error:
            raise SourceError(f"{shown(page.url)} didn't answer JSON ({error})") from None
        items = look_up(answer, self._items)
        if not isinstance(items, list):
            raise SourceError(f"{shown(page.url)}: there is no list at '{self._options.items}' of the answer")
        return answer, items, page

    async def _deliver(self, items: list[Any]) -> None:
        line = self._line
        for first in range(0, len(items), AT_ONCE):
            part = items[first : first + AT_ONCE]
            await line.deliver([line.event(self._read.read(item, line.now)) for item in part])

    def _params(self, place: _Place) -> dict[str, Any]:
        options = self._options
        params: dict[str, Any] = dict(options.params)
        if options.cursor is not None and (text := place.cursor or options.cursor.first):
            params[options.cursor.param] = text
        if options.since is not None and (text := self._since(place)):
            params[options.since.param] = text
        return params

    def _since(self, place: _Place) -> str:
        since = self._options.since
        if since is None:
            return ""
        if place.newest is None:
            return since.first
        return write_time(place.newest - seconds(since.overlap), since.format, self._zone)

    def _newest(self, items: list[Any], newest: float | None) -> float | None:
        """The time of the newest object, which is none of those that claim to come from the future."""
        since = self._options.since
        if since is None:
            return newest
        latest = self._line.now + AHEAD
        parts = path_parts(since.path)
        for item in items:
            try:
                at = read_time(look_up(item, parts), since.format, self._zone).timestamp()
            except (ValueError, TypeError):
                continue  # the object itself was sent; its owner sees what is wrong with its time
            if at <= latest and (newest is None or at > newest):
                newest = at
        return newest

    def _following(self, answer: Any) -> str:
        """Where the answer says to go on."""
        cursor = self._options.cursor
        found = look_up(answer, path_parts(cursor.path)) if cursor is not None else ABSENT
        return "" if found is ABSENT or found is None else as_text(found)

    def _next(self, answer: Any, page: Page) -> str:
        pages = self._options.pages or Pages()
        if not pages.next:
            return ""
        found = next_link(page.headers) if pages.next == LINK else look_up(answer, path_parts(pages.next))
        return urljoin(page.url, found) if isinstance(found, str) and found else ""


KIND = Kind(options=RestOptions, run=run)
