"""Units are found however officials write them."""

from __future__ import annotations

import unicodedata

import pytest

from ioc.core.places import Places
from tests.conftest import hai_duong


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Ứng Hòe", "11161"),
        ("Ứng Hoè", "11161"),  # the tone mark on the other vowel
        (unicodedata.normalize("NFD", "xã Ứng Hoè"), "11161"),
        ("XÃ  ỨNG HOÈ", "11161"),
        ("P. Việt Hoà", "10543"),
        ("P.Việt Hoà", "10543"),
        ("Ung Hoe", "11161"),  # without any marks
        ("Ứng Hóe", "11161"),  # a wrong mark: only one unit has these letters
        ("Cộng Hòa", ""),  # there are two
        ("Phường Cộng Hoà", "10570"),
        ("xã Cộng Hòa", "10639"),
        ("Hải Dương", ""),  # the province and its city
        ("TP Hải Dương", "288"),
        ("thành phố Hải Dương", "288"),
        ("tỉnh Hải Dương", "30"),
        ("huyện Ứng Hòe", ""),
        ("", ""),
    ],
)
def test_a_unit_is_found_by_its_name(text: str, code: str) -> None:
    assert Places(hai_duong()).area_by(text) == code
