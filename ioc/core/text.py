"""Text from events: made harmless to show, and keys under which different spellings of a name meet."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 2_000
LONGEST_LINE = 200
MARKS_PER_LETTER = 3
REPLACEMENT = "\ufffd"

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_INVISIBLE = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")
_MARK = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_MARKS = re.compile(f"({_MARK}{{{MARKS_PER_LETTER}}}){_MARK}+")
_SPACES = re.compile(r"\s+")
_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}  # huyền, sắc, ngã, hỏi, nặng


def clean(text: str, longest: int = LONGEST) -> str:
    """NFC; control characters become U+FFFD; bidi and zero-width controls vanish; stacked marks and length are capped.

    Line breaks and tabs stay. Without control characters a cell's address can be split again.
    """
    if text.isascii() and text.isprintable():
        return text[:longest]
    text = _INVISIBLE.sub("", _CONTROL.sub(REPLACEMENT, text[: 4 * longest]))
    # Only now, because what vanished may have stood between a letter and its mark.
    return _MARKS.sub(r"\1", unicodedata.normalize("NFC", text))[:longest]


def one_line(text: str, longest: int = LONGEST_LINE) -> str:
    """:func:`clean`, with every run of white space one blank: for values that are compared."""
    if text.isascii() and text.isprintable() and " " not in text and len(text) <= longest:
        return text
    return _SPACES.sub(" ", clean(text, longest)).strip()


def tone_key(name: str) -> str:
    """The same for every placement of a syllable's tone mark: ``Hòa`` and ``Hoà`` meet, ``Hóa`` and ``Hoa`` don't."""
    return " ".join(_syllable(word) for word in one_line(name).casefold().split())


def _syllable(word: str) -> str:
    letters = unicodedata.normalize("NFD", word)
    tones = sorted(mark for mark in letters if mark in _TONES)
    rest = "".join(letter for letter in letters if letter not in _TONES)
    return unicodedata.normalize("NFC", rest) + "".join(tones)


def bare_key(name: str) -> str:
    """Without any diacritics: ``Đường Hoà Bình`` → ``duong hoa binh``."""
    letters = unicodedata.normalize("NFD", one_line(name).casefold().replace("đ", "d"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
