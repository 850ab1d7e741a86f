"""Reads the folder of a profile; what makes it good or bad is decided in ``ioc.core.check``.

A profile may name a ``base``: a sibling folder whose files hold where it has none of that name.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from ioc.core import check
from ioc.core.check import Checked, base_of
from ioc.core.check_document import Document, File, Findings
from ioc.core.errors import ProfileError
from ioc.core.profile import Profile
from ioc.core.source import SourceOptions
from ioc.core.words import Words
from ioc.locales import load as load_words

_FOLDERS = {
    "feeds": ".yaml", "indicators": ".yaml", "walls": ".yaml", "layers": ".yaml", "geo": ".geojson", "sources": ".yaml"
}  # fmt: skip
_FILES = ("profile.yaml", "areas.csv", "crosswalk.csv", "organisations.yaml", "stations.yaml", "holidays.csv")


def load(
    folder: Path,
    words: Words | None = None,
    panel_types: Mapping[str, type] | None = None,
    source_types: Mapping[str, type[SourceOptions]] | None = None,
) -> Profile:
    """The profile of a folder. Raises :class:`ProfileError` with every problem, sorted by file and line.

    ``words`` gives the language of the problems (default English); ``panel_types`` and ``source_types`` as in
    ``ioc.core.check``.
    """
    checked = examine(folder, words, panel_types, source_types=source_types)
    if checked.profile is None:
        raise ProfileError(checked.problems)
    return checked.profile


def examine(
    folder: Path,
    words: Words | None = None,
    panel_types: Mapping[str, type] | None = None,
    scenario_type: type | None = None,
    source_types: Mapping[str, type[SourceOptions]] | None = None,
) -> Checked:
    """The profile of a folder, or every problem of it; also of its scenarios when ``scenario_type`` is given."""
    words = words or load_words("en")
    findings = Findings(words)
    files, base = _files(folder, findings)
    if findings.problems:
        return Checked(profile=None, problems=findings.sorted())
    areas = _read(base / "areas.csv") if base and (base / "areas.csv").is_file() else None
    if scenario_type is not None:
        files |= {name: _read(path) for name, path in _listed(folder, check.SCENARIOS, ".yaml")}
    return check.check(folder.resolve().name, files, words, panel_types, areas, scenario_type, source_types)


def stamp(folder: Path) -> str:
    """Changes when any file of the profile or of its base is added, removed or written; reads none but profile.yaml."""
    total = hashlib.sha256()
    base = _base(folder)
    for _, path in (*_paths(folder), *(_paths(base) if base else ())):
        try:
            seen = path.stat()
        except FileNotFoundError:  # it went between the listing and now; the next stamp shows it
            continue
        total.update(f"{path}\0{seen.st_mtime_ns}\0{seen.st_size}\0{seen.st_ino}\n".encode())
    return total.hexdigest()[:16]


def profiles_in(folder: Path) -> list[Path]:
    """The folders below ``folder`` that hold a profile."""
    return sorted(path.parent for path in folder.glob("*/profile.yaml"))


def _files(folder: Path, findings: Findings) -> tuple[dict[str, File], Path | None]:
    """The files by their path in the folder, those of the base where there is none of that name."""
    if not (folder / "profile.yaml").is_file():
        findings.add(Document(name=str(folder)), (), "no_profile", folder=folder)
        return {}, None
    files = {name: _read(path) for name, path in _paths(folder)}
    base = _base(folder)
    if base is None:
        return files, None
    head = Document(name=files["profile.yaml"].name, lines={(): _line_of_base(files["profile.yaml"].content)})
    if not (base / "profile.yaml").is_file():
        findings.add(head, (), "no_base", base=base.name, folder=base)
    elif base.resolve() == folder.resolve() or _base(base) is not None:
        findings.add(head, (), "base_of_base", base=base.name)
    else:
        inherited = {name: path for name, path in _paths(base) if name.startswith(check.INHERITED)}
        files = {name: _read(path, inherited=True) for name, path in inherited.items()} | files
    return files, base


def _paths(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file that belongs to a profile, in a fixed order."""
    for name in _FILES:
        if (folder / name).is_file():
            yield name, folder / name
    for kind, ending in _FOLDERS.items():
        yield from _listed(folder, kind, ending)


def _listed(folder: Path, kind: str, ending: str) -> Iterator[tuple[str, Path]]:
    if (folder / kind).is_dir():
        for entry in sorted(os.scandir(folder / kind), key=lambda entry: entry.name):
            if entry.name.endswith(ending) and not entry.name.startswith(".") and entry.is_file():
                yield f"{kind}/{entry.name}", Path(entry.path)


def _read(path: Path, inherited: bool = False) -> File:
    return File(name=path.as_posix(), content=path.read_bytes(), inherited=inherited)


def _base(folder: Path) -> Path | None:
    head = folder / "profile.yaml"
    name = base_of(head.read_bytes()) if head.is_file() else ""
    return folder.parent / name if name else None


def _line_of_base(head: bytes) -> int:
    lines = head.decode("utf-8", "replace").splitlines()
    return next((at for at, line in enumerate(lines, start=1) if line.lstrip().startswith("base")), 1)
