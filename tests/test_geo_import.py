"""``ioc geo import``: an official map is taken over whole, or refused with every reason, and nothing changes."""

from __future__ import annotations

import cmath
import copy
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc import cli
from ioc.commands import geo
from ioc.core import ring as rings
from ioc.locales import load as load_words
from ioc.profile_files import load
from ioc.settings import VARIABLES
from tests.profile_fixture import write_profile

Document = dict[str, Any]

OUTLINE = "id: outline\ntitle: {vi: Ranh giới, en: Outline}\nkind: outline\ngeo: outline.geojson\nlevel: 0\n"
RIVERS = "id: rivers\ntitle: {vi: Sông, en: Rivers}\nkind: lines\ngeo: rivers.geojson\n"
NOTHING = '{"type": "FeatureCollection", "features": []}'
MORE = {
    "layers/outline.yaml": OUTLINE,
    "geo/outline.geojson": NOTHING,
    "layers/rivers.yaml": RIVERS,
    "geo/rivers.geojson": NOTHING,
}


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_profile(tmp_path / "tiny", MORE)


def _ring(west: float, south: float, size: float = 0.1) -> list[list[float]]:
    """A closed square, clockwise: the import turns it."""
    east, north = west + size, south + size
    return [[west, south], [west, north], [east, north], [east, south], [west, south]]


def _feature(kind: str, coordinates: Any, **properties: Any) -> Document:
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def _districts() -> Document:
    """Good: the two districts of the tiny province."""
    north = _feature("Polygon", [_ring(106.2, 20.9)], code="901", ten="Huyện Bắc")
    south = _feature("MultiPolygon", [[_ring(106.4, 20.7)], [_ring(106.6, 20.7)]], code=902)
    return {"type": "FeatureCollection", "features": [south, north]}


def _import(folder: Path, document: Any, *more: str, layer: str = "districts") -> int:
    file = folder.parent / "official.geojson"
    file.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return cli.main(["--language", "en", "geo", "import", str(file), "--layer", layer, "--profile", str(folder), *more])


def test_a_good_map_is_taken_over(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _import(folder, _districts()) == 0
    features = load(folder).geo["districts.geojson"]["features"]
    assert [feature["properties"] for feature in features] == [
        {"code": "901", "name": "Huyện Bắc", "approximate": False},
        {"code": "902", "name": "Huyện Nam", "approximate": False},
    ]
    assert features[0]["geometry"]["coordinates"][0] == _ring(106.2, 20.9)[::-1]
    assert sorted(path.name for path in (folder / "geo").iterdir()) == [
        "districts.geojson", "outline.geojson", "rivers.geojson",
    ]  # fmt: skip
    said = capsys.readouterr().out
    assert "2 features" in said
    assert f"ioc check {folder}" in said


@pytest.mark.parametrize("given", ["901", 901, " 901 ", "00901"])
def test_codes_may_be_numbers_and_stand_in_another_field(folder: Path, given: str | int) -> None:
    document = _districts()
    for feature, code in zip(document["features"], ["902", given], strict=True):
        feature["properties"] = {"MA_HUYEN": code}
    assert _import(folder, document, "--code-field", "MA_HUYEN") == 0
    assert [f["properties"]["code"] for f in load(folder).geo["districts.geojson"]["features"]] == ["901", "902"]


def test_heights_are_left_out_and_the_file_may_be_named_instead_of_the_layer(folder: Path) -> None:
    document = {"type": "FeatureCollection", "features": [_feature("LineString", [[106.1, 20.6, 4.0], [106.2, 20.7]])]}
    assert _import(folder, document, layer="rivers.geojson") == 0
    (river,) = load(folder).geo["rivers.geojson"]["features"]
    assert river["geometry"]["coordinates"] == [[106.1, 20.6], [106.2, 20.7]]
    assert river["properties"] == {"approximate": False}


def test_a_river_keeps_its_name_and_may_leave_the_province(folder: Path) -> None:
    river = _feature("LineString", [[105.7, 20.6], [106.2, 20.7]], name="Sông Nhỏ", cap=1)
    assert _import(folder, {"type": "FeatureCollection", "features": [river]}, layer="rivers") == 0
    (kept,) = load(folder).geo["rivers.geojson"]["features"]
    assert kept["properties"] == {"name": "Sông Nhỏ", "approximate": False}


def test_the_outline_gets_the_provinces_code(folder: Path) -> None:
    outline = _feature("Polygon", [_ring(106.2, 20.6, 0.4)])
    assert _import(folder, {"type": "FeatureCollection", "features": [outline]}, layer="outline") == 0
    (kept,) = load(folder).geo["outline.geojson"]["features"]
    assert kept["properties"] == {"code": "90", "name": "Tỉnh Nhỏ", "approximate": False}


def _change(change: Callable[[Document], object]) -> Document:
    document = copy.deepcopy(_districts())
    change(document)
    return document


def _shape(coordinates: Any) -> Document:
    return _change(lambda d: d["features"][1]["geometry"].update(coordinates=[coordinates]))


def _code(code: Any) -> Document:
    return _change(lambda d: d["features"][1]["properties"].update(code=code))


BOW = [[106.2, 20.9], [106.3, 21.0], [106.3, 20.9], [106.2, 21.0], [106.2, 20.9]]
PINCH = [[106.2, 20.9], [106.25, 20.95], [106.3, 20.9], [106.3, 21.0], [106.25, 20.95], [106.2, 21.0], [106.2, 20.9]]
SPIKE = [[106.2, 20.9], [106.3, 20.9], [106.3, 21.0], [106.3, 20.95], [106.2, 21.0], [106.2, 20.9]]
METRES = [[587000.0, 2310000.0], [587100.0, 2310000.0], [587100.0, 2310100.0], [587000.0, 2310000.0]]
VN2000 = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4756"}}

REFUSED: dict[str, tuple[Any, str]] = {
    "no JSON": ("{", "json"),
    "too deep": ("[" * 200_000, "json"),
    "a lone feature": (_districts()["features"][0], "no_collection"),
    "another coordinate system": (_change(lambda d: d.update(crs=VN2000)), "system"),
    "nothing in it": (_change(lambda d: d["features"].clear()), "empty"),
    "too heavy for a screen": (_shape(_ring(106.2, 20.9) * 11_000), "heavy"),
    "no geometry": (_change(lambda d: d["features"][0].update(geometry=None)), "no_geometry"),
    "points for areas": (_change(lambda d: d["features"][1].update(_feature("Point", [106.2, 20.9]))), "geometry_type"),
    "a position of text": (_shape([["106", "20"], *_ring(106.2, 20.9)]), "position"),
    "no list of positions": (_shape(5), "position"),
    "not a number": (_shape([[float("nan"), 20.9], *_ring(106.2, 20.9)]), "position"),
    "latitude first": (_shape([pair[::-1] for pair in _ring(106.2, 20.9)]), "swapped"),
    "metres": (_shape(METRES), "projected"),
    "the neighbour's": (_shape(_ring(105.2, 20.9)), "outside"),
    "a line for a ring": (_shape(_ring(106.2, 20.9)[:3]), "ring_short"),
    "an open ring": (_shape(_ring(106.2, 20.9)[:4]), "ring_open"),
    "a flat ring": (_shape([[106.2, 20.9], [106.3, 20.9], [106.4, 20.9], [106.2, 20.9]]), "ring_flat"),
    "a ring that crosses itself": (_shape([*BOW[:3], [106.2, 20.99], BOW[0]]), "ring_crosses"),
    "a ring that touches itself": (_shape(PINCH), "ring_crosses"),
    "a ring with a spike": (_shape(SPIKE), "ring_crosses"),
    "no code": (_code(None), "no_code"),
    "an unknown code": (_code("999"), "unknown_code"),
    "the code of another level": (_code("90101"), "unknown_code"),
    "a code of yes": (_code(True), "unknown_code"),
    "a unit twice": (_change(lambda d: d["features"].append(d["features"][1])), "twice"),
    "a unit missing": (_change(lambda d: d["features"].pop()), "missing"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_bad_map_is_refused_with_the_mend_and_nothing_changes(
    why: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document, key = REFUSED[why]
    before = (folder / "geo" / "districts.geojson").read_bytes()
    assert _import(folder, document) == 1
    said = capsys.readouterr().out
    assert _opening(f"geo.{key}.is") in said
    assert _opening(f"geo.{key}.mend") in said
    assert (folder / "geo" / "districts.geojson").read_bytes() == before
    assert len(list((folder / "geo").iterdir())) == 3


def _opening(key: str) -> str:
    """The longest part of a sentence that no value changes."""
    sentence = load_words("en").sentences[key]
    return max((part.split("{")[0] for part in sentence.split("}")), key=len)


def test_every_sentence_of_a_refusal_has_a_case() -> None:
    keys = {key.split(".")[1] for key in load_words("en").sentences if key.startswith("geo.") and key.endswith(".mend")}
    assert keys == {key for _, key in REFUSED.values()}


def test_a_likely_code_field_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = _districts()
    for feature in document["features"]:
        feature["properties"] = {"ten": "x", "ma": feature["properties"]["code"]}
    assert _import(folder, document) == 1
    assert "fields that are there: ma\n" in capsys.readouterr().out


def test_many_reasons_are_counted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = _change(lambda d: d["features"].extend([_feature("Point", [0, 0])] * 30))
    assert _import(folder, document) == 1
    said = capsys.readouterr().out.splitlines()
    assert len(said) == geo.SHOWN + 2
    assert "30 reasons" in said[-1]


@pytest.mark.parametrize("layer", ["stations", "nowhere"])
def test_a_wrong_layer_names_those_there_are(folder: Path, layer: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _import(folder, _districts(), layer=layer) == 2
    assert "districts, outline, rivers" in capsys.readouterr().err


def test_a_missing_file_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = folder / "gone.geojson"
    assert cli.main(["geo", "import", str(missing), "--layer", "districts", "--profile", str(folder)]) == 2
    assert str(missing) in capsys.readouterr().err


def test_a_map_of_the_base_is_replaced_in_the_heir_alone(folder: Path, tmp_path: Path) -> None:
    head = (folder / "profile.yaml").read_text("utf-8") + "base: tiny\n"
    kept = {"areas.csv", "organisations.yaml", "stations.yaml"}
    files = {name: (folder / name).read_text("utf-8") for name in kept}
    heir = tmp_path / "heir"
    heir.mkdir()
    for name, text in {**files, "profile.yaml": head.replace("id: tiny\n", "id: heir\n")}.items():
        (heir / name).write_text(text, "utf-8")
    before = (folder / "geo" / "districts.geojson").read_bytes()
    assert _import(heir, _districts()) == 0
    assert (heir / "geo" / "districts.geojson").is_file()
    assert (folder / "geo" / "districts.geojson").read_bytes() == before


Grid = st.tuples(st.integers(0, 5), st.integers(0, 5)).map(lambda pair: (float(pair[0]), float(pair[1])))


@given(st.lists(Grid, min_size=3, max_size=8, unique=True))
def test_a_ring_meets_itself_wherever_it_begins_and_whichever_way_it_runs(corners: list[rings.Position]) -> None:
    turned = corners[2:] + corners[:2]
    meets = [rings.crossing([*way, way[0]]) is not None for way in (corners, turned, corners[::-1])]
    assert len(set(meets)) == 1


@given(st.lists(st.floats(0.2, 1.0), min_size=3, max_size=40))
def test_a_star_never_meets_itself(radii: list[float]) -> None:
    points = [cmath.rect(radius, 2 * cmath.pi * at / len(radii)) for at, radius in enumerate(radii)]
    ring = [(point.real, point.imag) for point in points]
    ring.append(ring[0])
    assert rings.fault(ring) == ("", None)
    assert rings.area(ring) > 0
    assert rings.turned(ring, counterclockwise=False) == ring[::-1]
