"""Bodies of HTTP requests as events: CloudEvents structured, binary and in batches, NDJSON, and bare CAP 1.2 XML.

An event goes on as the bytes that came. Where an envelope has to be made (binary mode, bare CAP), it holds nothing but
what the request said, so that the same request again makes the same bytes: a duplicate, never a conflict.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from ioc.core import cap
from ioc.core.contract import FeedContract
from ioc.core.event import IDENTIFIER, Compiled
from ioc.core.intake import BodyError, Judged, judge, refused
from ioc.core.profile import Profile
from ioc.core.refusal import Refusal, rejected

MOST_EVENTS = 1000
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl")
PLAIN = "application/json"
XML = ("application/cap+xml", "application/xml", "text/xml")
CHARSETS = ("", "utf-8", "utf8", "us-ascii")

Headers = list[tuple[str, str]]  # names in lower case
_PREFIX = "ce-"
_BLANK = " \t\r\n"
_BLANKS = re.compile(r"[ \t\r\n]*")
_ATTRIBUTE = re.compile(r"[a-z0-9]{1,40}")
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
# Numbers stay text and control characters pass: here events are only cut apart, what they hold is judged later.
_CUT = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False).raw_decode


class Webhook:
    """Judges what requests bring, in one thread of its own: a compiled contract isn't shared.

    ``profile`` gives the one in use, ``now`` the installation's time in POSIX seconds.
    """

    def __init__(self, profile: Callable[[], Profile], now: Callable[[], float]) -> None:
        self._profile = profile
        self._now = now
        self._compiled: dict[str, tuple[Profile, Compiled]] = {}
        self._thread = ThreadPoolExecutor(1, "webhook")

    async def judge(self, feed: str, headers: Headers, body: bytes, source: str) -> list[Judged]:
        """The body's events in their order. ``source`` is that of a CAP message which doesn't come with its own.

        Raises :class:`BodyError`, and :class:`Refusal` for a body that can't be taken apart; KeyError: no such feed.
        """
        work = partial(self._judge, feed, headers, body, source)
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _judge(self, feed: str, headers: Headers, body: bytes, source: str) -> list[Judged]:
        compiled, received = self._contract(feed), self._now()
        parts = list(events(compiled.contract, headers, body, source))
        return [
            refused(part, b"", compiled.fields) if isinstance(part, Refusal) else judge(compiled, part, received)
            for part in parts
        ]

    def _contract(self, feed: str) -> Compiled:
        profile = self._profile()
        known = self._compiled.get(feed)
        if known is None or known[0] is not profile:
            known = self._compiled[feed] = (profile, Compiled(profile.feeds[feed], profile))
        return known[1]


def events(contract: FeedContract, headers: Headers, body: bytes, source: str = "") -> Iterator[bytes | Refusal]:
    """The body's events, each as the bytes that go to Kafka. Raises BodyError or Refusal for the body as a whole."""
    kind, charset = _media_type(dict(headers).get("content-type", ""))
    if charset not in CHARSETS:
        raise rejected("bad_encoding", f"charset={charset[:40]!r} wanted='utf-8'")
    if not body.strip():
        raise rejected("null_value")
    described = any(name.startswith(_PREFIX) for name, _ in headers)
    if kind in XML and contract.payload == "cap":
        yield _warning(contract, headers, _text(body), source, kind)
    elif kind in LINES:
        yield from _bounded(line.strip() for line in body.split(b"\n") if line.strip())
    elif kind == BATCH or (kind == PLAIN and not described and body.lstrip()[:1] == b"["):
        yield from _bounded(text.encode() for text in _elements(_text(body)))
    elif kind == STRUCTURED or (kind == PLAIN and not described):
        yield body.strip()
    elif kind == PLAIN or (described and kind.endswith("+json")):
        yield _described(headers, _text(body), kind)
    else:
        raise BodyError("unsupported_type", given=kind[:80])


def _media_type(text: str) -> tuple[str, str]:
    kind, _, rest = text.partition(";")
    given = (part.partition("=") for part in rest.split(";"))
    charset = next((value for name, _, value in given if name.strip().lower() == "charset"), "")
    return kind.strip().lower(), charset.strip().strip('"').lower()


def _bounded(parts: Iterator[bytes]) -> Iterator[bytes]:
    for number, part in enumerate(parts):
        if number >= MOST_EVENTS:
            raise BodyError("too_many", most=MOST_EVENTS)
        yield part


def _text(body: bytes) -> str:
    try:
        return body.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        raise rejected("bad_encoding", f"byte={error.start} wanted=UTF-8") from None


def _elements(text: str) -> Iterator[str]:
    """The elements of a JSON array as they were written, one at a time: nobody holds more than one of them parsed."""
    at = _after(text, 0)
    if text[at : at + 1] != "[":
        raise rejected("schema", "wanted=JSON array of events")
    at = _after(text, at + 1)
    if text[at : at + 1] == "]":
        at += 1
    else:
        while True:
            end = _end(text, at)
            yield text[at:end]
            at = _after(text, end)
            mark = text[at : at + 1]
            at = _after(text, at + 1)
            if mark == "]":
                break
            if mark != ",":
                raise rejected("not_json", f"character={at} wanted=',' or ']'")
    if _after(text, at) != len(text):
        raise rejected("trailing_data", f"character={at}")


def _after(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at


def _end(text: str, at: int) -> int:
    """Where the JSON value that begins here ends."""
    try:
        return _CUT(text, at)[1]
    except json.JSONDecodeError as error:
        raise rejected("not_json", f"character={error.pos}") from None
    except RecursionError:
        raise rejected("too_deep") from None


def _described(headers: Headers, text: str, kind: str) -> bytes | Refusal:
    """Binary mode: attributes are headers, the body is the data, which stays as it was written."""
    try:
        attributes = {**_attributes(headers), "datacontenttype": kind}
        begin = _after(text, 0)
        end = _end(text, begin)
        if _after(text, end) != len(text):
            raise rejected("trailing_data", f"character={end}")
        return _envelope(attributes, msgspec.Raw(text[begin:end].encode()))
    except Refusal as refusal:
        return refusal


def _warning(contract: FeedContract, headers: Headers, xml: str, source: str, kind: str) -> bytes | Refusal:
    """A CAP message; what no header says of it is taken from the message itself."""
    try:
        message = cap.parse(xml)
        identifier = message["identifier"]
        own = {
            "specversion": "1.0", "id": _identifier(message["sender"], identifier), "source": source,
            "type": f"vn.ioc.{contract.feed}.v1", "time": message["sent"], "subject": identifier,
        }  # fmt: skip
        known = {name: value for name, value in own.items() if value}
        return _envelope({**known, **_attributes(headers), "datacontenttype": kind}, xml)
    except Refusal as refusal:
        return refusal


def _identifier(sender: str, identifier: str) -> str:
    """The message's identifier as an event's id; a digest where it has letters that an id can't have."""
    if IDENTIFIER.fullmatch(identifier):
        return identifier
    return "cap-" + hashlib.sha256(f"{sender}\n{identifier}".encode()).hexdigest()[:32]


def _envelope(attributes: Mapping[str, Any], data: Any) -> bytes:
    """The same attributes in any order make the same bytes."""
    return msgspec.json.encode({**dict(sorted(attributes.items())), "data": data})


def _attributes(headers: Headers) -> dict[str, Any]:
    """What the ``ce-`` headers say (CloudEvents HTTP binding 1.0.2, 3.1.3: names in ASCII, values percent-encoded)."""
    found: dict[str, Any] = {}
    for header, value in headers:
        if not header.startswith(_PREFIX):
            continue
        name = header.removeprefix(_PREFIX)
        if name in found or name == "data" or not _ATTRIBUTE.fullmatch(name):
            raise rejected("envelope", f"header={header[:40]!r} wanted=each attribute once, a–z and 0–9")
        found[name] = _value(value)
    if _WHOLE.fullmatch(str(found.get("sequence", ""))):
        found["sequence"] = int(found["sequence"])
    return found


def _value(text: str) -> str:
    """A header's value. Besides percent-encoding, UTF-8 bytes as they are: some clients send them."""
    try:
        return unquote_to_bytes(text.encode("latin-1").strip()).decode("utf-8")
    except UnicodeError:
        raise rejected("bad_encoding", "header wanted=percent-encoded UTF-8") from None
