"""Land polygons of a shapefile (ESRI white paper of July 1998), cut to a box: enough to clip islands at the shore."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import shapely

POLYGON = 5
HEADER, RECORD, BOX, COUNTS = 100, 8, 36, 44

Box = tuple[float, float, float, float]


def land(path: Path, within: Box) -> Any:
    """The union of all polygons inside ``within`` (west, south, east, north)."""
    window = shapely.box(*within)
    return shapely.union_all([shapely.make_valid(shapely.Polygon(ring)) & window for ring in _rings(path, within)])


def _rings(path: Path, within: Box) -> Iterator[list[tuple[float, float]]]:
    west, south, east, north = within
    content, at = path.read_bytes(), HEADER
    while at < len(content):
        length = 2 * struct.unpack_from(">i", content, at + 4)[0]
        record = content[at + RECORD : at + RECORD + length]
        at += RECORD + length
        kind, x0, y0, x1, y1 = struct.unpack_from("<i4d", record)
        if kind != POLYGON or x1 < west or x0 > east or y1 < south or y0 > north:
            continue
        parts, points = struct.unpack_from("<2i", record, BOX)
        starts = [*struct.unpack_from(f"<{parts}i", record, COUNTS), points]
        flat = struct.unpack_from(f"<{2 * points}d", record, COUNTS + 4 * parts)
        pairs = list(zip(flat[::2], flat[1::2], strict=True))
        yield from (pairs[start:end] for start, end in itertools.pairwise(starts))
