"""Suricata's EVE log (NDJSON) as it grows: each line of ``event_type: alert`` becomes a security alert.

The file may be rotated by renaming or by copying and cutting it: the rest of a renamed file is read first, found by
its inode; a file that is shorter than what was read, or begins otherwise, is read from its beginning.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Literal

import msgspec
from xxhash import xxh3_128_hexdigest

from ioc.core.contract import seconds
from ioc.core.errors import SourceError
from ioc.core.mapping import Reader, document
from ioc.core.source import Fault, Mapping, Rule, SourceOptions, pause_faults
from streams.sources.kind import Kind
from streams.sources.line import Line

CHUNK = 1024 * 1024
LONGEST_LINE = 256 * 1024
PACKED = (".gz", ".xz", ".zst", ".bz2")
HEAD = 256  # bytes at the beginning of a file by which it is known again
UNREADABLE = "not_json"

# Suricata's 1 is the gravest (docs.suricata.io, rule keyword "priority"); 4 is the lowest of its default classes.
SEVERITIES: dict[str, str | int | float | bool] = {
    "critical": "critical", "1": "high", "2": "medium", "3": "low", "4": "info",
}  # fmt: skip
DEFAULT = Mapping(
    time="timestamp",
    fields={
        "alert_id": "digest",
        "title": "alert.signature",
        "severity": Rule(path="level", map=SEVERITIES, default="info"),
        "status": Rule(const="open"),
        "asset": "asset",
        "src_ip": "src_ip",
        "rule": "alert.signature_id",
        "technique": "alert.metadata.mitre_technique_id.0",
        "count": Rule(const=1),
        "first_seen": "flow.start",
        "last_seen": "timestamp",
    },
)


class EveOptions(SourceOptions, frozen=True, kw_only=True):
    """``file`` is Suricata's ``eve.json``. Of the two addresses of an alert, the asset is the one in ``networks``
    (else the destination). ``critical`` are values of the rules' ``signature_severity`` that are critical whatever the
    priority. ``silent`` is how long Suricata may write nothing at all before it counts as dead (empty: for ever).
    """

    maps: ClassVar[Literal["always", "maybe", "never"]] = "maybe"
    file: str
    every: str = "2s"
    networks: list[str] = []
    critical: tuple[str, ...] = ("Critical",)
    silent: str = ""

    def faults(self) -> Iterator[Fault]:
        yield from pause_faults(self.every)
        if self.silent:
            yield from pause_faults(self.silent, "silent")
        for at, network in enumerate(self.networks):
            try:
                ipaddress.ip_network(network)
            except ValueError:
                yield ("networks", at), "network", {"given": network}


class _Place(msgspec.Struct, kw_only=True):
    """Up to where a file was read: its inode, the offset, and the digest of its first ``marked`` bytes."""

    inode: int = 0
    offset: int = 0
    marked: int = 0
    head: str = ""


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """Whole lines from one file, and where they end. ``more`` when the file, or a later one, holds more."""

    lines: list[bytes]
    place: _Place
    more: bool


async def run(line: Line) -> None:
    options: EveOptions = line.options
    reader = Reader(line.source.mapping or DEFAULT, line.contract, line.around.timezone)
    networks = [ipaddress.ip_network(network) for network in options.networks]
    place = msgspec.convert(await line.cursor() or {}, _Place)
    async for _ in line.rounds(seconds(options.every)):
        while not line.stop.is_set():
            chunk = await asyncio.to_thread(next_chunk, Path(options.file), place)
            made = [alert(raw, options, networks, line) for raw in chunk.lines]
            await line.deliver([line.event(reader.read(item, line.now)) for item in made if item is not None])
            if chunk.place != place:
                place = chunk.place
                await line.save(msgspec.to_builtins(place))
            if not chunk.more:
                break
        await asyncio.to_thread(_listen, Path(options.file), options.silent, line.now)


def alert(raw: bytes, options: EveOptions, networks: list[Any], line: Line) -> dict[str, Any] | None:
    """An alert, with ``digest``, ``asset`` and ``level`` beside its own fields; None, counted, for other lines."""
    try:
        found = document(raw)
    except ValueError:
        line.skip(UNREADABLE)
        return None
    kind = found.get("event_type") if isinstance(found, dict) else None
    inner = found.get("alert") if isinstance(found, dict) else None
    if kind != "alert" or not isinstance(inner, dict):
        line.skip(kind if isinstance(kind, str) and len(kind) <= 32 else "unknown")
        return None
    return {
        **found, "digest": xxh3_128_hexdigest(raw.strip()), "asset": _asset(found, networks),
        "level": _level(inner, options.critical),
    }  # fmt: skip


def _asset(found: dict[str, Any], networks: list[Any]) -> Any:
    for name in ("dest_ip", "src_ip"):
        try:
            address = ipaddress.ip_address(str(found.get(name)))
        except ValueError:
            continue
        if any(address in network for network in networks):
            return found[name]
    return found.get("dest_ip")


def _level(inner: dict[str, Any], critical: tuple[str, ...]) -> Any:
    """The priority, or what the rule itself says of its gravity."""
    metadata = inner.get("metadata")
    said = metadata.get("signature_severity") if isinstance(metadata, dict) else None
    graver = any(word in critical for word in (said if isinstance(said, list) else [said]) if isinstance(word, str))
    return "critical" if graver else inner.get("severity")


def next_chunk(path: Path, place: _Place) -> Chunk:
    """The next whole lines after ``place``. Raises :class:`SourceError` when there is no file."""
    try:
        files = _files(path, place)
        for at, file in enumerate(files):
            start = place if _is_it(file, place) else _Place(inode=file.stat().st_ino)
            lines, end = _lines(file, start, last=at == len(files) - 1)
            if lines or at == len(files) - 1:
                return Chunk(lines=lines, place=end, more=bool(lines))
    except OSError as error:
        raise SourceError(f"{path} can't be read ({type(error).__name__})") from None
    raise SourceError(f"there is no file {path}")


def _files(path: Path, place: _Place) -> list[Path]:
    """The file that was being read, under whatever name it has now, those begun after it, and the current one last."""
    current = path.stat()
    if not place.inode or (place.inode == current.st_ino):
        return [path]
    beside = [file for file in path.parent.glob(f"{path.name}*") if file != path and file.suffix not in PACKED]
    others = sorted(beside, key=lambda file: file.stat().st_mtime_ns)
    known = [at for at, file in enumerate(others) if _is_it(file, place)]
    return [*(others[known[0] :] if known else []), path]


def _is_it(file: Path, place: _Place) -> bool:
    """Whether the file is the one of which ``place`` tells, and still holds it."""
    stat = file.stat()
    if stat.st_ino != place.inode or stat.st_size < place.offset:
        return False
    with file.open("rb") as opened:
        return xxh3_128_hexdigest(opened.read(place.marked)) == place.head if place.marked else True


def _lines(file: Path, start: _Place, last: bool) -> tuple[list[bytes], _Place]:
    """Whole lines from ``start``; a file that grows no more is read to its end, with or without a line break."""
    with file.open("rb") as opened:
        marked = opened.read(HEAD)
        opened.seek(start.offset)
        found, end = _whole(opened, start.offset, last)
    marked = marked[:end]
    place = _Place(inode=start.inode, offset=end, marked=len(marked), head=xxh3_128_hexdigest(marked) if marked else "")
    return found, place


def _whole(opened: BinaryIO, offset: int, last: bool) -> tuple[list[bytes], int]:
    chunk = opened.read(CHUNK)
    cut = chunk.rfind(b"\n") + 1
    if not cut and (len(chunk) == CHUNK or not last):
        cut = len(chunk)  # a line without end is let go in pieces, which are no JSON; so is a last one without a break
    lines = [line for line in chunk[:cut].split(b"\n") if line.strip()]
    return [line if len(line) <= LONGEST_LINE else b"" for line in lines], offset + cut


def _listen(path: Path, silent: str, now: float) -> None:
    """Raises :class:`SourceError` when nothing was written for too long."""
    if silent and now - path.stat().st_mtime > seconds(silent):
        raise SourceError(f"nothing was written to {path} for more than {silent}")


KIND = Kind(options=EveOptions, run=run)
