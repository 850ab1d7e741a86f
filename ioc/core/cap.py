"""OASIS CAP 1.2 messages: XML text → plain fields, with own caps on size and depth.

Entities, DTDs and external references are refused before they are resolved (defusedxml). Polygons are
``lat,lon lat,lon …``, closed, as the standard says (CAP 1.2, 3.2.4).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import ParseError, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from ioc.core.places import Places
from ioc.core.refusal import Refusal, quarantined, rejected

LARGEST = 200_000  # characters
DEEPEST = 32
MOST_ELEMENTS = 5_000
MOST_POINTS = 500

ENDING = ("Update", "Cancel")  # they end the messages they refer to
_STATUS = ("Actual", "Exercise", "System", "Test", "Draft")
_KINDS = ("Alert", "Update", "Cancel", "Ack", "Error")
_HEAD = ("identifier", "sender", "sent", "status", "msgType", "scope", "references", "note", "incidents")
_INFO = (
    "language", "category", "event", "responseType", "urgency", "severity", "certainty", "effective", "onset",
    "expires", "senderName", "headline", "description", "instruction", "web", "contact",
)  # fmt: skip
_REQUIRED = ("identifier", "sender", "sent", "status", "msgType")

Point = tuple[float, float]


class _Bounded(TreeBuilder):
    """Counts while it builds, so that a bomb is refused before it is a tree."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self._depth = 0
        self._elements = 0

    def start(self, tag: str, attrs: dict[Any, Any], /) -> Any:
        self._depth += 1
        self._elements += 1
        if self._depth > DEEPEST:
            raise rejected("too_deep", f"deepest={DEEPEST}")
        if self._elements > self._most:
            raise rejected("too_large", f"elements={self._most}")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Any:
        self._depth -= 1
        return super().end(tag)


def parse(text: str) -> dict[str, Any]:
    """The message's fields, ``polygon`` as texts. Raises Refusal (rejected): forbidden_xml, bad_xml, too_deep …"""
    if len(text) > LARGEST:
        raise rejected("too_large", f"characters={len(text)} most={LARGEST}")
    # The text was decoded with its envelope; what its XML declaration says of bytes is no longer true.
    root = bounded_root(text.encode("utf-8", "surrogatepass"), "utf-8", MOST_ELEMENTS)
    if _name(root.tag) != "alert":
        raise rejected("bad_xml", f"root={_name(root.tag)[:40]} wanted=alert")
    found: dict[str, Any] = {name: value for name in _HEAD if (value := _text(root, name)) is not None}
    for name in _REQUIRED:
        if not found.get(name):
            raise rejected("schema", f"missing={name}")
    info = next((child for child in root if _name(child.tag) == "info"), None)
    if info is not None:
        found.update({name: value for name in _INFO if (value := _text(info, name)) is not None})
        found.update(_areas(root))
    return found


def bounded_root(content: bytes, encoding: str | None, most: int) -> Any:
    """The root of an XML document of at most ``most`` elements; ``encoding`` None: as its declaration says.

    Raises Refusal (rejected): forbidden_xml, bad_xml, too_deep, too_large.
    """
    parser = XMLParser(
        target=_Bounded(most), encoding=encoding, forbid_dtd=True, forbid_entities=True, forbid_external=True
    )
    try:
        parser.feed(content)
        return parser.close()
    except DefusedXmlException as error:
        raise rejected("forbidden_xml", f"found={type(error).__name__}") from None
    except (ParseError, ValueError, LookupError) as error:
        raise rejected("bad_xml", str(error)[:80]) from None


def _areas(root: Any) -> dict[str, Any]:
    areas = [area for info in root if _name(info.tag) == "info" for area in info if _name(area.tag) == "area"]
    texts = [text for area in areas if (text := _text(area, "areaDesc"))]
    polygons = [(part.text or "").strip() for area in areas for part in area if _name(part.tag) == "polygon"]
    circles = [(part.text or "").strip() for area in areas for part in area if _name(part.tag) == "circle"]
    codes = [_text(part, "value") or "" for area in areas for part in area if _name(part.tag) == "geocode"]
    found: dict[str, Any] = {"polygons": polygons, "circles": circles, "geocodes": [code for code in codes if code]}
    if texts:
        found["areaDesc"] = "; ".join(dict.fromkeys(texts))
    if polygons:
        found["polygon"] = polygons[0]
    if found["geocodes"]:
        found["geocode"] = found["geocodes"][0]
    return found


def _name(tag: str) -> str:
    return tag.rpartition("}")[2]


def _text(parent: Any, name: str) -> str | None:
    child = next((child for child in parent if _name(child.tag) == name), None)
    if child is None:
        return None
    text = "".join(child.itertext()).strip()
    return text or None


def check(found: dict[str, Any]) -> None:
    """Raises Refusal (quarantined) for unknown codes and loose references."""
    if found["status"] not in _STATUS:
        raise quarantined("unknown_enum", f"status={found['status'][:40]}")
    if found["msgType"] not in _KINDS:
        raise quarantined("unknown_enum", f"msgType={found['msgType'][:40]}")
    if found["msgType"] in ENDING and not references(found):
        raise quarantined("unknown_reference", f"msgType={found['msgType']} references=none")


def misdrawn(found: dict[str, Any], places: Places) -> Refusal | None:
    """What is wrong with the first polygon that can't be drawn (quarantined), or None."""
    try:
        for polygon in found.get("polygons", []):
            _check_polygon(polygon, places)
    except Refusal as refusal:
        return refusal
    return None


def references(found: dict[str, Any]) -> list[str]:
    """Identifiers of the messages referred to; each is written ``sender,identifier,sent``."""
    triples = (part.split(",") for part in str(found.get("references", "")).split())
    return [triple[1] for triple in triples if len(triple) == 3 and triple[1]]


def mode(status: str) -> str:
    """``Exercise`` and ``Test`` never look like ``Actual``."""
    return {"Actual": "actual", "Exercise": "exercise"}.get(status, "test")


def points(polygon: str) -> list[Point]:
    """Latitude and longitude of each corner. Raises ValueError."""
    pairs = [pair.split(",") for pair in polygon.split()]
    return [(float(lat), float(lon)) for lat, lon in pairs]


def _check_polygon(polygon: str, places: Places) -> None:
    try:
        corners = points(polygon)
    except ValueError:
        raise quarantined("bad_polygon", "wanted=lat,lon pairs") from None
    if not 4 <= len(corners) <= MOST_POINTS or corners[0] != corners[-1]:
        raise quarantined("bad_polygon", f"points={len(corners)} wanted=closed ring of 4 or more")
    faults = [places.coordinates(lat, lon) for lat, lon in corners]
    if "coord_swapped" in faults:
        raise quarantined("coord_swapped", "wanted=lat,lon")
    if any(not (-90 <= lat <= 90 and -180 <= lon <= 180) for lat, lon in corners):
        raise quarantined("bad_polygon", "found=no point of the Earth")
    if crosses_itself(corners):
        raise quarantined("bad_polygon", "found=edges that cross")
    lats, lons = [lat for lat, _ in corners], [lon for _, lon in corners]
    if max(lats) < places.south or min(lats) > places.north or max(lons) < places.west or min(lons) > places.east:
        raise quarantined("coord_null_island" if not any(lats + lons) else "coord_outside", "found=beyond the province")


def crosses_itself(corners: list[Point]) -> bool:
    """Whether two edges that aren't neighbours meet, or the ring encloses nothing."""
    edges = list(pairwise(corners))
    last = len(edges) - 1
    doubled = sum(a[0] * b[1] - b[0] * a[1] for a, b in edges)
    if abs(doubled) < 1e-12:
        return True
    return any(
        _meet(*edges[i], *edges[j])
        for i in range(len(edges))
        for j in range(i + 2, len(edges))
        if not (i == 0 and j == last)
    )


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    if max(a[0], b[0]) < min(c[0], d[0]) or max(c[0], d[0]) < min(a[0], b[0]):
        return False
    if max(a[1], b[1]) < min(c[1], d[1]) or max(c[1], d[1]) < min(a[1], b[1]):
        return False
    return _side(a, b, c) * _side(a, b, d) <= 0 and _side(c, d, a) * _side(c, d, b) <= 0


def _side(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
