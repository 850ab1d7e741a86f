"""Every sentence for people: ``ioc/locales/<language>/<part>.yaml``, one part a file; keys may be nested.

The key of a sentence is ``<part>.<key>``. Every language has the same keys and placeholders (tests/test_locales.py).
"""

from __future__ import annotations

import functools
from pathlib import Path

import yaml

from ioc.core.errors import SettingsError
from ioc.core.words import Words

FOLDER = Path(__file__).parent

# A base loader leaves every scalar a text: 'no' and '1' are words here, not values.
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def languages() -> list[str]:
    """The languages that have sentences, sorted."""
    return sorted(path.name for path in FOLDER.iterdir() if any(path.glob("*.yaml")))


@functools.cache
def load(language: str) -> Words:
    """The words of a language, read once. Raises :class:`SettingsError` for a language without sentences."""
    if language not in languages():
        raise SettingsError(f"there are no sentences in '{language}'; languages are {', '.join(languages())}")
    sentences: dict[str, str] = {}
    for path in sorted((FOLDER / language).glob("*.yaml")):
        with path.open(encoding="utf-8") as file:
            _flatten(path.stem, yaml.load(file, Loader=_LOADER), sentences)  # noqa: S506
    return Words(language, sentences)


def _flatten(key: str, value: object, into: dict[str, str]) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            _flatten(f"{key}.{name}", inner, into)
    elif isinstance(value, str):
        into[key] = value
    else:
        raise TypeError(f"'{key}' is {type(value).__name__}; write a sentence or nested keys")
