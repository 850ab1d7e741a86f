"""What may be shown of a refused event."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.core.contract import parse_field
from ioc.core.mask import HIDDEN, LONGEST_JSON, LONGEST_TEXT, masked, sample

FIELDS = {
    name: parse_field(name, text, {})
    for name, text in {
        "dossier_id": "text", "applicant_name": "text, PII", "applicant_phone": "text, PII", "note": "text",
        "amount": "int", "lat": "number",
    }.items()
}  # fmt: skip


def _shown(document: Any) -> str:
    return sample(json.dumps(document, ensure_ascii=False).encode(), FIELDS).text


@pytest.mark.parametrize(
    "personal",
    [
        "0912345678", "0912 345 678", "0912.345.678", "091-234-5678", "+84 912 345 678", "+84912345678", "84912345678",
        "(024) 3825.1234", "02203852345", "0912\u200b345\u200b678", "０９１２３４５６７８", "030099012345", "030 099 012 345",
        "145678901", "145.678.901", "DN4301234567890", "B1234567", "a.nguyen@haiduong.gov.vn", "nguyễn.văn.a@mail.vn",
    ],
)  # fmt: skip
def test_personal_numbers_and_addresses_are_hidden(personal: str) -> None:
    assert masked(f"Liên hệ {personal}, gấp") == f"Liên hệ {HIDDEN}, gấp"
    assert personal not in _shown({"id": "1", "data": {"note": f"gọi {personal}"}})
    broken = f'{{"id": "1", "data": {{"note": "gọi {personal}"'
    assert sample(broken.encode(), FIELDS).kind == "text"
    assert personal not in sample(broken.encode(), FIELDS).text


@pytest.mark.parametrize(
    "plain",
    [
        "2024-09-12T17:30:00+07:00", "000.00.30.H23-240912-0123", "H23.12-240912-0001", "urn:vn:haiduong:1022",
        "12/09/2024 17:30", "rating=7 wanted=1..5", "lat=106.33 lon=20.94", "Quốc lộ 5, km 63+250", "QĐ 2345/QĐ-UBND",
        "2024-09-12T10:00:00.123456+07:00", "550e8400-e29b-41d4-a716-44665544000a",
    ],
)  # fmt: skip
def test_what_nobody_is_known_by_stays(plain: str) -> None:
    assert masked(plain) == plain


def test_flagged_and_unknown_fields() -> None:
    data = {
        "dossier_id": "H23-1", "applicant_name": "Trần Thị B", "applicantName": "Trần Thị B", "amount": 912345678,
        "phone": 912345678, "lat": 20.937, "people": [{"name": "Trần Thị B", "age": 40}], "none": None,
    }  # fmt: skip
    shown = json.loads(_shown({"id": "1", "x-name": "Trần Thị B", "data": data}))
    assert shown == {
        "id": "1", "x-name": HIDDEN,
        "data": {
            "dossier_id": "H23-1", "applicant_name": HIDDEN, "applicantName": HIDDEN, "amount": 912345678,
            "phone": HIDDEN, "lat": 20.937, "people": [{"name": HIDDEN, "age": 40}], "none": None,
        },
    }  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_a_flagged_field_in_what_is_no_json(encoding: str) -> None:
    raw = '{"data": {"applicant_name": "Trần \\"Thị\\" B", "applicant_phone": 912, "note": "ngập"} } thừa'.encode(
        encoding
    )
    found = sample(raw, FIELDS)
    assert found.kind == "text"
    assert "Thị" not in found.text
    assert "912" not in found.text
    assert "ngập" in found.text


def test_a_name_in_an_old_encoding_is_hidden_too() -> None:
    raw = '{"applicant_name": "Trần", "note": "ngập"}'.encode("utf-16-le") + b"\xff"
    assert "Trần" not in sample(raw, FIELDS).text


def test_nothing_is_invisible() -> None:
    found = sample(b'{"id": "a\\u202eb\\ud800\\u0000"}', FIELDS)
    assert found.text == '{\n  "id": "a⟨U+202E⟩b⟨U+D800⟩\\u0000"\n}'
    assert sample(b"\x00\x1b[31m<b>\x7f\n", FIELDS).text == "␀␛[31m<b>␡\n"
    found.text.encode()


def test_long_ones_are_cut_after_masking() -> None:
    edge = "x" * (LONGEST_TEXT - 6) + " 0912345678 " + "y" * 5000
    assert "0912" not in sample(edge.encode(), FIELDS).text
    big = sample(json.dumps({"data": {"note": "a" * 300, "list": list(range(5000))}}).encode(), FIELDS)
    assert big.cut
    assert len(big.text) == LONGEST_JSON
    assert sample(None, FIELDS).kind == "empty"
    assert sample(b"[" * 100_000, FIELDS).cut


@given(st.binary(max_size=300))
def test_any_bytes_can_be_shown(raw: bytes) -> None:
    sample(raw, FIELDS).text.encode()


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_any_document_can_be_shown(document: Any) -> None:
    _shown({"data": document}).encode()
    _shown(document).encode()
