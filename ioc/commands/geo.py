"""``ioc geo import``: an official map replaces the approximate one of a profile."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from ioc.core.errors import SettingsError
from ioc.core.official_map import Fault, take
from ioc.core.profile import Profile
from ioc.core.wall import Layer
from ioc.core.words import Words
from ioc.locales import load
from ioc.profile_files import load as load_profile
from ioc.settings import Settings

HELP = "replace an approximate map of the profile by an official GeoJSON"

SHOWN = 20
SUFFIX = ".geojson"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["import"], help="import: check the file and take it over")
    parser.add_argument("file", type=Path, help="GeoJSON FeatureCollection, WGS 84, longitude first")
    parser.add_argument("--layer", required=True, help="the layer it is for, or the name of its file in geo/")
    parser.add_argument("--code-field", default="code", help="the property that holds the unit's code")
    parser.add_argument("--profile", default="", help="folder of a profile (default: IOC_PROFILE)")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """0 taken over, 1 refused (nothing changed). Raises :class:`SettingsError` for a wrong layer or file."""
    words = load(settings.language)
    folder = Path(options.profile or settings.profile)
    profile = load_profile(folder, words)
    layer = _layer(options.layer, profile, words)
    document, faults = _read(options.file, words)
    collection: dict[str, Any] = {}
    if not faults:
        taken = take(document, layer, profile, options.code_field)
        collection, faults = taken.collection, taken.faults
    if faults:
        _refuse(options.file, faults, words)
        return 1
    write(folder / "geo" / layer.geo, collection)
    _say_done(folder, layer, profile, len(collection["features"]), words)
    return 0


def write(path: Path, collection: dict[str, Any]) -> None:
    """Write a map so that a reader sees the old file or the new one, never a part."""
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(collection, ensure_ascii=False, separators=(",", ":")) + "\n"
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=".", delete=False) as draft:
        draft.write(text)
        draft.flush()
        os.fsync(draft.fileno())
    draft_path = Path(draft.name)
    draft_path.chmod(0o644)
    draft_path.replace(path)


def _layer(given: str, profile: Profile, words: Words) -> Layer:
    """The layer of that name, or one that draws the file of that name."""
    mapped = {name: layer for name, layer in profile.layers.items() if layer.geo}
    names = ", ".join(sorted({*mapped, *(layer.geo.removesuffix(SUFFIX) for layer in mapped.values())}))
    if given in mapped:
        return mapped[given]
    if given in profile.layers:
        raise SettingsError(words("geo.layer_unmapped", given=given, names=names))
    drawing = [layer for layer in mapped.values() if layer.geo.removesuffix(SUFFIX) == given.removesuffix(SUFFIX)]
    if not drawing:
        raise SettingsError(words("geo.layer_unknown", given=given, names=names))
    return drawing[0]


def _read(file: Path, words: Words) -> tuple[Any, list[Fault]]:
    try:
        return json.loads(file.read_text("utf-8-sig")), []
    except OSError as error:
        raise SettingsError(words("geo.no_file", file=file, why=error.strerror)) from None
    except (ValueError, RecursionError) as error:
        return None, [Fault(feature=0, key="json", values={"why": error})]


def _refuse(file: Path, faults: list[Fault], words: Words) -> None:
    for fault in faults[:SHOWN]:
        where = words("geo.feature", number=fault.feature) if fault.feature else words("geo.whole")
        wrong, mend = words(f"geo.{fault.key}.is", **fault.values), words(f"geo.{fault.key}.mend", **fault.values)
        print(f"{file}: {where}: {wrong} → {mend}")
    if len(faults) > SHOWN:
        print(words("geo.more", count=len(faults) - SHOWN))
    print(words("geo.refused", file=file, count=len(faults)))


def _say_done(folder: Path, layer: Layer, profile: Profile, count: int, words: Words) -> None:
    layers = ", ".join(name for name, each in profile.layers.items() if each.geo == layer.geo)
    print(words("geo.done", file=folder / "geo" / layer.geo, count=count, layers=layers))
    print(words("geo.next_check", folder=folder))
    rest = ", ".join(name for name in _approximate(profile) if name != layer.geo)
    key = "geo.next_note" if rest else "geo.next_note_done"
    print(words(key, folder=folder, names=rest))


def _approximate(profile: Profile) -> list[str]:
    """The map files that layers draw and that say of themselves that they are approximate."""
    drawn = {layer.geo for layer in profile.layers.values()}
    return sorted(
        name
        for name, collection in profile.geo.items()
        if name in drawn and any(each["properties"].get("approximate") for each in collection["features"])
    )
