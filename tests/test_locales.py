"""Every language has the same keys and placeholders."""

from __future__ import annotations

import string

import pytest

from ioc.core.errors import SettingsError
from ioc.locales import languages, load


def _placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_there_are_two_languages() -> None:
    assert languages() == ["en", "vi"]


def test_the_same_keys() -> None:
    vi, en = load("vi").sentences, load("en").sentences
    assert sorted(vi.keys() - en.keys()) == []
    assert sorted(en.keys() - vi.keys()) == []


def test_the_same_placeholders() -> None:
    vi, en = load("vi").sentences, load("en").sentences
    assert [key for key in vi.keys() & en.keys() if _placeholders(vi[key]) != _placeholders(en[key])] == []


def test_no_sentence_is_empty() -> None:
    assert [(name, key) for name in languages() for key, text in load(name).sentences.items() if not text.strip()] == []


def test_an_unknown_language_names_those_there_are() -> None:
    with pytest.raises(SettingsError, match="en, vi"):
        load("xx")
