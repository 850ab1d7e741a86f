"""Reads scenario files: by name from the profile's folder ``scenarios``, or by path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ioc.core.errors import Problem, ProfileError
from streams.simulator.scenario import Scenario, laid_over, parse

FOLDER = "scenarios"
SUFFIX = ".yaml"
DEEPEST = 8


def available(profile: Path) -> list[str]:
    """The names of a profile's scenarios, sorted."""
    return sorted(path.stem for path in (profile / FOLDER).glob(f"*{SUFFIX}"))


def load(profile: Path, name: str) -> Scenario:
    """The scenario ``name`` of the profile in the folder ``profile``, or of the file ``name``.

    Raises :class:`ProfileError` naming file, line or path, and the mend.
    """
    path = Path(name) if name.endswith(SUFFIX) else profile / FOLDER / (name + SUFFIX)
    return parse(str(path), _document(path, profile, 0))


def _document(path: Path, profile: Path, depth: int) -> dict[str, Any]:
    """The document of a file, laid over the ones it is based on."""
    if not path.is_file():
        known = ", ".join(available(profile)) or "none"
        raise ProfileError([_problem(path, 0, "there is no such scenario", f"take one of: {known}; or name a file")])
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise ProfileError(
            [_problem(path, line, str(error.problem), "mend the YAML; quote texts with ':' or '{'")]
        ) from None
    if not isinstance(document, dict):
        raise ProfileError([_problem(path, 1, "it holds no mapping", "write keys and values")])
    base = document.get("based_on")
    if not base:
        return document
    if depth >= DEEPEST:
        raise ProfileError(
            [_problem(path, 0, f"based_on goes more than {DEEPEST} deep", "let no scenario stand on itself")]
        )
    return laid_over(_document(path.parent / f"{base}{SUFFIX}", profile, depth + 1), document)


def _problem(path: Path, line: int, message: str, mend: str) -> Problem:
    return Problem(file=str(path), line=line, path="", message=message, mend=mend)
