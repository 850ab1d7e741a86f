"""Builds ``areas.csv`` and the approximate boundaries of a profile, once; the results are committed.

Boundaries: each cell of a 0.0015° grid goes to the commune whose centre is nearest, the distance scaled by the
commune's bounding box; neighbouring provinces take part, boxes outside their own district don't. Cells are dissolved,
smoothed and simplified as one coverage. Input: the package ``vietnamadminunits`` (MIT; centres and boxes of every
commune before July 2025, GSO codes). It isn't needed at run time, so it is no dependency: install it with shapely and
numpy in an environment of their own, then

    python scripts/build_geography.py PROVINCE_CODE profiles/<province> [valid_to]

A province after the merger of July 2025 is built by ``scripts/build_merger.py``, on top of this.
"""

from __future__ import annotations

import csv
import json
import sqlite3
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import box, mapping

GRID = 0.0015
SMOOTH = 0.004
TOLERANCE = 0.0025
VALID_FROM = "2020-01-01"
KINDS = {
    "Thành phố": "city",
    "Thị xã": "town",
    "Huyện": "district",
    "Phường": "ward",
    "Thị trấn": "township",
    "Xã": "commune",
}


def main() -> None:
    province, folder = sys.argv[1], Path(sys.argv[2])
    valid_to = sys.argv[3] if len(sys.argv) > 3 else ""
    units = units_near(province)
    _write_areas(units, province, folder, valid_to)
    shapes = _shapes(units, province)
    (folder / "geo").mkdir(exist_ok=True)
    names = {unit["districtCode"]: unit["districtShort"] for unit in units}
    features = [feature_of(shape, code=code, name=names[code]) for code, shape in sorted(shapes.items())]
    write(folder / "geo" / "districts.geojson", features)
    whole = shapely.union_all(list(shapes.values()))
    name = next(unit["provinceShort"] for unit in units if unit["provinceCode"] == province)
    write(folder / "geo" / "province.geojson", [feature_of(whole, code=province, name=name)])


def units_near(province: str) -> list[dict[str, Any]]:
    """Communes of the province, and of everything near it."""
    database = sqlite3.connect(str(files("vietnamadminunits").joinpath("data", "dataset.db")))
    database.row_factory = sqlite3.Row
    rows = [dict(row) for row in database.execute("select * from admin_units_legacy where wardLat is not null")]
    own = [row for row in rows if row["provinceCode"] == province]
    south, west, north, east = around(own)
    return [
        row for row in rows if south - 0.2 < row["wardLat"] < north + 0.2 and west - 0.2 < row["wardLon"] < east + 0.2
    ]


def around(rows: list[dict[str, Any]]) -> tuple[float, float, float, float]:
    lats, lons = [row["wardLat"] for row in rows], [row["wardLon"] for row in rows]
    return min(lats), min(lons), max(lats), max(lons)


def bounds(text: str | None) -> tuple[float, float, float, float] | None:
    """``south,west – north,east``."""
    if not text:
        return None
    low, high = text.split("–")
    south, west = (float(part) for part in low.split(","))
    north, east = (float(part) for part in high.split(","))
    return south, west, north, east


def size_of(unit: dict[str, Any]) -> tuple[float, float]:
    """Half height and half width of the commune's box; a usual one where the box is absent or outside its district."""
    usual = (0.018, 0.02)
    inner, outer = bounds(unit["wardBounds"]), bounds(unit["districtBounds"])
    if inner is None:
        return usual
    if outer is not None:
        slack = 0.03
        inside = (inner[0] > outer[0] - slack and inner[1] > outer[1] - slack
                  and inner[2] < outer[2] + slack and inner[3] < outer[3] + slack)  # fmt: skip
        if not inside:
            return usual
    return max((inner[2] - inner[0]) / 2, 0.006), max((inner[3] - inner[1]) / 2, 0.006)


def _shapes(units: list[dict[str, Any]], province: str) -> dict[str, Any]:
    """District code → polygon."""
    own = [unit for unit in units if unit["provinceCode"] == province]
    south, west, north, east = around(own)
    lats = np.arange(south - 0.08, north + 0.08, GRID)
    lons = np.arange(west - 0.08, east + 0.08, GRID)
    best = np.full((len(lats), len(lons)), np.inf)
    owner = np.full(best.shape, -1)
    for index, unit in enumerate(units):
        distance = distance_to(unit, lats, lons)
        nearer = distance < best
        best[nearer] = distance[nearer]
        owner[nearer] = index
    owner[best > 9] = -1
    groups: dict[str, list[Any]] = {}
    for row, lat in enumerate(lats):
        for start, end, index in runs(owner[row]):
            if index >= 0 and units[index]["provinceCode"] == province:
                cell = box(lons[start] - GRID / 2, lat - GRID / 2, lons[end - 1] + GRID / 2, lat + GRID / 2)
                groups.setdefault(units[index]["districtCode"], []).append(cell)
    return simplified({code: largest(shapely.union_all(cells)) for code, cells in groups.items()})


def distance_to(unit: dict[str, Any], lats: Any, lons: Any) -> Any:
    """Of every cell to the commune's middle, squared, in half boxes of the commune."""
    height, width = size_of(unit)
    box_ = bounds(unit["wardBounds"])
    lat, lon = unit["wardLat"], unit["wardLon"]
    if box_ is not None and size_of(unit) != (0.018, 0.02):
        lat, lon = (box_[0] + box_[2]) / 2, (box_[1] + box_[3]) / 2
    return ((lats[:, None] - lat) / height) ** 2 + ((lons[None, :] - lon) / width) ** 2


def runs(values: Any) -> list[tuple[int, int, int]]:
    edges = np.flatnonzero(np.diff(values)) + 1
    starts = [0, *edges.tolist()]
    return [(a, b, int(values[a])) for a, b in zip(starts, [*edges.tolist(), len(values)], strict=True)]


def largest(shape: Any) -> Any:
    parts = list(getattr(shape, "geoms", [shape]))
    return shapely.Polygon(max(parts, key=lambda part: part.area).exterior)


def simplified(shapes: dict[str, Any]) -> dict[str, Any]:
    """Simplified as one coverage, so that neighbours keep a common border; overlaps go to the smaller district."""
    taken: Any = shapely.Polygon()
    clean: dict[str, Any] = {}
    for code, shape in sorted(shapes.items(), key=lambda item: item[1].area):
        clean[code] = largest(shapely.difference(shape, taken))
        taken = shapely.union(taken, clean[code])
    codes = sorted(clean)
    simple = shapely.coverage_simplify([clean[code] for code in codes], TOLERANCE)
    return dict(zip(codes, simple, strict=True))


def feature_of(shape: Any, **properties: str) -> dict[str, Any]:
    rounded = shapely.set_precision(shape, 0.0001)
    return {"type": "Feature", "properties": {**properties, "approximate": True}, "geometry": mapping(rounded)}


def write(path: Path, features: list[dict[str, Any]]) -> None:
    collection = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(collection, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")


def _write_areas(units: list[dict[str, Any]], province: str, folder: Path, valid_to: str) -> None:
    populations = (
        json.loads((folder / "populations.json").read_text()) if (folder / "populations.json").exists() else {}
    )
    own = [unit for unit in units if unit["provinceCode"] == province]
    first = own[0]
    rows: dict[str, list[Any]] = {}
    rows[province] = [province, first["provinceShort"], 0, "province", "", first["provinceLat"], first["provinceLon"]]
    for unit in own:
        kind = KINDS.get(unit["districtType"], "district")
        rows.setdefault(unit["districtCode"], [unit["districtCode"], unit["districtShort"], 1, kind, province,
                                               unit["districtLat"], unit["districtLon"]])  # fmt: skip
    for unit in own:
        kind = KINDS.get(unit["wardType"], "commune")
        rows[unit["wardCode"]] = [unit["wardCode"], unit["wardShort"], 2, kind, unit["districtCode"],
                                  unit["wardLat"], unit["wardLon"]]  # fmt: skip
    with (folder / "areas.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(
            ["code", "name", "level", "kind", "parent", "valid_from", "valid_to", "population", "lat", "lon"]
        )
        for code, name, level, kind, parent, lat, lon in sorted(rows.values(), key=lambda row: (row[2], row[0])):
            writer.writerow([code, name, level, kind, parent, VALID_FROM, valid_to, populations.get(code, 0),
                             round(lat, 4), round(lon, 4)])  # fmt: skip


if __name__ == "__main__":
    main()
