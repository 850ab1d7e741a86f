"""CAP 1.2 warnings (OASIS) from an address or a folder: a document, or an Atom feed (RFC 4287) that links to some.

The XML goes on unchanged; the feed's own validation reads it. Here it is read only for its id, by a parser that
refuses DTDs and entities. A document that can't be read is sent on too: it is refused where its owner sees it.
"""

from __future__ import annotations

import asyncio
import codecs
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import urljoin

import msgspec
from xxhash import xxh3_128_hexdigest

from ioc.core import cap
from ioc.core.contract import seconds
from ioc.core.errors import SourceError
from ioc.core.foreign_time import read_time
from ioc.core.mapping import Fault as Lack
from ioc.core.mapping import Mapped, identifier
from ioc.core.refusal import Refusal
from ioc.core.source import Fault, pause_faults
from streams.sources.fetch import Fetcher, HttpOptions, conditions, shown
from streams.sources.kind import Kind
from streams.sources.line import Line

LARGEST_FEED = 2 * 1024 * 1024
LARGEST_DOCUMENT = 4 * cap.LARGEST  # bytes; the feed counts characters
MOST_ENTRIES = 500
MOST_ELEMENTS = 50_000
ENDINGS = (".xml", ".cap")
SETTLED = 2.0  # seconds without a change, after which a file is taken as whole
CAP_LINK = "application/cap+xml"
ATOM = "{http://www.w3.org/2005/Atom}"
_DECLARED = re.compile(rb"""^<\?xml[^>]{0,200}?encoding=["']([A-Za-z0-9._-]{1,40})["']""")


class CapOptions(HttpOptions, frozen=True, kw_only=True):
    """``url`` of a document or an Atom feed, or ``folder`` with documents (``*.xml``, ``*.cap``): one of the two."""

    maps: ClassVar[Literal["always", "maybe", "never"]] = "never"
    fills: ClassVar[Literal["json", "cap"]] = "cap"
    folder: str = ""

    def faults(self) -> Iterator[Fault]:
        if bool(self.url) == bool(self.folder):
            yield (), "one_side", {"first": "url", "second": "folder"}
        elif self.url:
            yield from super().faults()
        else:
            yield from pause_faults(self.every)


class _Place(msgspec.Struct, kw_only=True):
    """What was read: validators of the feed's address, and the mark of each document still listed there."""

    etag: str = ""
    modified: str = ""
    seen: dict[str, str] = {}


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A document that an Atom feed lists; ``mark`` changes when it is published anew."""

    address: str
    mark: str


async def run(line: Line) -> None:
    options: CapOptions = line.options
    if options.folder:
        async for _ in line.rounds(seconds(options.every)):
            await _folder(line, Path(options.folder))
        return
    async with Fetcher(options, line.secrets, LARGEST_FEED) as fetcher:
        async for _ in line.rounds(seconds(options.every)):
            await _address(line, options.url, fetcher)


async def _address(line: Line, url: str, fetcher: Fetcher) -> None:
    place = msgspec.convert(await line.cursor() or {}, _Place)
    page = await fetcher.get(url, headers=conditions(place.etag, place.modified))
    if page.status == 304:
        return
    fresh = _Place(etag=page.headers.get("etag", ""), modified=page.headers.get("last-modified", ""))
    entries = await asyncio.to_thread(atom_entries, page.content, page.url)
    if entries is None:
        mark = xxh3_128_hexdigest(page.content)
        if place.seen.get(url) != mark:
            await line.deliver([document_event(line, page.content)])
        fresh.seen = {url: mark}
        await line.save(msgspec.to_builtins(fresh))
        return
    await _entries(line, fetcher, entries, place, fresh)


async def _entries(line: Line, fetcher: Fetcher, entries: list[Entry], place: _Place, fresh: _Place) -> None:
    """Fetch what is new; one that can't be fetched keeps none of the others back, and is tried again."""
    listed = {entry.address: entry.mark for entry in entries}
    place.seen = {address: mark for address, mark in place.seen.items() if address in listed}
    for entry in entries:
        if place.seen.get(entry.address) == entry.mark or line.stop.is_set():
            continue
        try:
            page = await fetcher.get(entry.address)
        except SourceError as error:
            line.skip("unreachable")
            line.note(str(error))
            continue
        await line.deliver([document_event(line, page.content)])
        place.seen[entry.address] = entry.mark
        await line.save(msgspec.to_builtins(place))
    if place.seen == listed:  # only then may the server answer "nothing new"
        place.etag, place.modified = fresh.etag, fresh.modified
    await line.save(msgspec.to_builtins(place))


def atom_entries(content: bytes, base: str) -> list[Entry] | None:
    """The documents of an Atom feed, the newest, which stands first, last; None for a CAP message.

    Raises :class:`SourceError` for whatever is neither.
    """
    try:
        root = cap.bounded_root(content, None, MOST_ELEMENTS)
    except Refusal as refusal:
        raise SourceError(f"{shown(base)} didn't answer XML that may be read ({refusal.reason})") from None
    name = root.tag.rpartition("}")[2]
    if name == "alert":
        return None
    if root.tag != f"{ATOM}feed":
        raise SourceError(f"{shown(base)} answered <{name[:40]}>; wanted is a CAP message or an Atom feed")
    entries = [found for entry in root.findall(f"{ATOM}entry")[:MOST_ENTRIES] if (found := _entry(entry, base))]
    return list({entry.address: entry for entry in reversed(entries)}.values())


def _entry(entry: Any, base: str) -> Entry | None:
    links = [link for link in entry.findall(f"{ATOM}link") if link.get("href")]
    typed = [link for link in links if link.get("type") == CAP_LINK]
    plain = [link for link in links if link.get("rel", "alternate") == "alternate"]
    if not (chosen := typed or plain or links):
        return None
    mark = f"{entry.findtext(f'{ATOM}id', '')}|{entry.findtext(f'{ATOM}updated', '')}"
    return Entry(address=urljoin(base, chosen[0].get("href")), mark=xxh3_128_hexdigest(mark.encode()))


async def _folder(line: Line, folder: Path) -> None:
    place = msgspec.convert(await line.cursor() or {}, _Place)
    listed = await asyncio.to_thread(_listed, folder)
    seen = {name: mark for name, mark in place.seen.items() if name in listed}
    for name, (mark, changed) in listed.items():
        if seen.get(name) == mark or line.now - changed < SETTLED or line.stop.is_set():
            continue
        content = await asyncio.to_thread(_content, folder / name)
        await line.deliver([document_event(line, content)])
        seen[name] = mark
        await line.save(msgspec.to_builtins(_Place(seen=seen)))
    if seen != place.seen:
        await line.save(msgspec.to_builtins(_Place(seen=seen)))


def _listed(folder: Path) -> dict[str, tuple[str, float]]:
    """Mark and time of change of each document; links to other places are none."""
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix in ENDINGS and not path.is_symlink())
        stats = [(path.name, path.stat()) for path in found]
    except OSError as error:
        raise SourceError(f"the folder {folder} can't be read ({type(error).__name__})") from None
    return {name: (f"{stat.st_mtime_ns}-{stat.st_size}-{stat.st_ino}", stat.st_mtime) for name, stat in stats}


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST_DOCUMENT + 1)


def document_event(line: Line, content: bytes) -> Any:
    """The event of one document; None, counted, when it is too large to be one."""
    if len(content) > LARGEST_DOCUMENT:
        line.skip("too_large")
        return None
    return line.event(mapped(content, line.now))


def mapped(content: bytes, now: float) -> Mapped:
    """A CAP document as an event; one that can't be read has the digest of its bytes as id, and ``now`` as its time."""
    text = decoded(content)
    try:
        found = cap.parse(text)
    except Refusal as refusal:
        lack = Lack(field="data", reason=refusal.reason, found=refusal.detail)
        time = datetime.fromtimestamp(now, UTC).isoformat()
        return Mapped(id=xxh3_128_hexdigest(content), time=time, at=now, data=text, faults=(lack,))
    sent = found["sent"]
    return Mapped(
        id=identifier(f"{found['identifier']}:{sent.replace('+', '_')}"),  # '+' can't be part of an id
        time=sent, at=_at(sent, now), data=text, subject=found["identifier"][:256],
    )  # fmt: skip


def decoded(content: bytes) -> str:
    """The text of a document: UTF-8, or what its XML declaration says; what can't be read becomes U+FFFD."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    declared = _DECLARED.match(content)
    for encoding in ("utf-8-sig", declared[1].decode() if declared else "utf-8"):
        try:
            return content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("utf-8", "replace")


def _at(sent: str, now: float) -> float:
    try:
        return read_time(sent, "", UTC).timestamp()
    except ValueError:
        return now  # the feed refuses the document for it


KIND = Kind(options=CapOptions, run=run)
