"""Documents, envelopes and times that are wrong or odd, whatever the feed says in its data."""

from __future__ import annotations

import gzip
import json
import uuid

from tests.corpus.bad import DROP, Row, Sent, Spoil, data, fixed, head, raw, same_id, sent, swap, text
from tests.corpus.good import FEEDS, SOURCES, changed, document, encoded, event, moment
from tests.streams.records import NOON

_BOMB = "[" * 200_000 + "]" * 200_000


def deep(levels: int) -> Spoil:
    """An unknown key that holds arrays in arrays; the document itself is one level more."""
    return swap('"specversion"', f'"extra": {"[" * (levels - 1)}1{"]" * (levels - 1)}, "specversion"')


def sized(size: int) -> Spoil:
    """A document of so many bytes."""

    def spoiled(feed: str, number: int) -> bytes:
        found = document(feed, number, filling="")
        return encoded(found | {"filling": "x" * (size - len(encoded(found)))})

    return spoiled


def text_in(encoding: str) -> Spoil:
    return lambda feed, number: event(feed, number).decode().encode(encoding)


def swap_bytes(old: bytes, new: bytes) -> Spoil:
    return raw(lambda found: found.replace(old, new, 1))


def at(written: str) -> Spoil:
    return head(time=written)


def later(seconds: float) -> Spoil:
    return head(time=moment(NOON + seconds))


def named(written: object) -> Spoil:
    """An id of its own, made unlike all others only where that is no matter."""
    return head(id=written)


_JSON: list[Row] = [
    ("tombstone", "task", fixed(None), "rejected:null_value"),
    ("tombstone", "cap_alert", fixed(None), "rejected:null_value"),
    ("empty", "task", fixed(b""), "rejected:not_json"),
    ("blank", "document", fixed(b" \n\t "), "rejected:not_json"),
    ("cut off", "document", raw(lambda found: found[: len(found) // 2]), "rejected:not_json"),
    ("cut off in a letter", "document", raw(lambda found: found[: found.index("ở".encode()) + 1]), "rejected:bad_encoding"),
    ("two documents", "media_item", raw(lambda found: found + found), "rejected:trailing_data"),
    ("two lines", "media_item", raw(lambda found: found + b"\n" + found), "rejected:trailing_data"),
    ("rubbish behind", "media_item", raw(lambda found: found + b" ok"), "rejected:trailing_data"),
    ("brace behind", "media_item", raw(lambda found: found + b"}"), "rejected:trailing_data"),
    ("white space around", "media_item", raw(lambda found: b"\r\n " + found + b"\n\n"), "accepted"),
    ("mark of UTF-8", "task", raw(lambda found: b"\xef\xbb\xbf" + found), "accepted"),
    ("mark of UTF-8", "cap_alert", raw(lambda found: b"\xef\xbb\xbf" + found), "accepted"),
    ("UTF-16", "task", text_in("utf-16"), "rejected:bad_encoding"),
    ("UTF-16 without mark", "task", text_in("utf-16-le"), "rejected:bad_encoding"),
    ("UTF-16, great end first", "task", text_in("utf-16-be"), "rejected:bad_encoding"),
    ("UTF-32", "task", text_in("utf-32"), "rejected:bad_encoding"),
    ("Latin-1", "task", swap_bytes("ố".encode(), b"\xf4"), "rejected:bad_encoding"),
    ("overlong", "task", swap_bytes("ố".encode(), b"\xc0\xaf"), "rejected:bad_encoding"),
    ("CESU-8", "task", swap_bytes("ố".encode(), b"\xed\xa0\xbd\xed\xb8\x80"), "rejected:bad_encoding"),
    ("beyond Unicode", "task", swap_bytes("ố".encode(), b"\xf5\x90\x80\x80"), "rejected:bad_encoding"),
    ("half of a pair, escaped", "citizen_report", swap("Cây đổ", "Cây \\ud83d đổ"), "rejected:bad_encoding"),
    ("second half first", "citizen_report", swap("Cây đổ", "Cây \\ude00\\ud83d"), "rejected:bad_encoding"),
    ("half of a pair in a name", "citizen_report", swap('"specversion"', '"\\udc00": 1, "specversion"'), "rejected:bad_encoding"),
    ("a pair, escaped", "citizen_report", swap("Cây đổ", "Cây \\ud83c\\udf33 đổ"), "accepted"),
    ("zero byte", "citizen_report", swap("Cây đổ", "Cây \x00 đổ"), "rejected:not_json"),
    ("zero, escaped", "citizen_report", swap("Cây đổ", "Cây \\u0000 đổ"), "accepted"),
    ("line break in a text", "citizen_report", swap("Cây đổ", "Cây\nđổ"), "rejected:not_json"),
    ("line break, escaped", "citizen_report", swap("Cây đổ", "Cây\\nđổ"), "accepted"),
    ("unknown escape", "citizen_report", swap("Cây đổ", "Cây \\x41"), "rejected:not_json"),
    ("gzip", "indicator", raw(lambda found: gzip.compress(found, mtime=0)), "rejected:bad_encoding"),
    ("schema registry's mark", "indicator", raw(lambda found: b"\x00\x00\x00\x00\x2a" + found), "rejected:not_json"),
    ("base64", "indicator", fixed(b"eyJzcGVjdmVyc2lvbiI6ICIxLjAifQ=="), "rejected:not_json"),
    ("HTML", "indicator", fixed(b"<!DOCTYPE html><title>502 Bad Gateway</title>"), "rejected:not_json"),
    ("CSV", "indicator", fixed(b"code;value\nKT-01;3,5\n"), "rejected:not_json"),
    ("a word", "indicator", fixed(b"hello"), "rejected:not_json"),
    ("single quotes", "indicator", text(lambda found: found.replace('"', "'")), "rejected:not_json"),
    ("comma at the end", "indicator", raw(lambda found: found[:-1] + b",}"), "rejected:not_json"),
    ("comment", "indicator", raw(lambda found: b"/* */" + found), "rejected:not_json"),
    ("names without quotes", "indicator", swap('"specversion"', "specversion"), "rejected:not_json"),
    ("batch", "hospital_status", raw(lambda found: b"[" + found + b"]"), "rejected:not_object"),
    ("empty batch", "hospital_status", fixed(b"[]"), "rejected:not_object"),
    ("a text", "hospital_status", fixed(b'"event"'), "rejected:not_object"),
    ("a number", "hospital_status", fixed(b"42"), "rejected:not_object"),
    ("nothing", "hospital_status", fixed(b"null"), "rejected:not_object"),
    ("a truth", "hospital_status", fixed(b"true"), "rejected:not_object"),
    ("a document in a text", "hospital_status", raw(lambda found: json.dumps(found.decode()).encode()), "rejected:not_object"),
    ("a name twice, the last counts", "hospital_status", swap('"specversion"', '"id": "a b", "specversion"'), "accepted"),
    ("a field twice", "hospital_status", swap('"inpatients"', '"inpatients": 7, "inpatients"'), "accepted"),
    ("empty object", "hospital_status", fixed(b"{}"), "rejected:envelope"),
    ("as deep as allowed", "traffic_event", deep(32), "accepted"),
    ("one too deep", "traffic_event", deep(33), "rejected:too_deep"),
    ("one too deep, in a known extension", "traffic_event", swap('"specversion"', f'"traceparent": {"[" * 32}{"]" * 32}, "specversion"'), "rejected:too_deep"),
    ("a bomb in a known extension", "traffic_event", swap('"specversion"', f'"traceparent": {_BOMB[:60_000]}, "specversion"'), "rejected:too_deep"),
    ("an object in a known extension", "traffic_event", head(tracestate={"a": [1]}), "accepted"),
    ("a bomb", "traffic_event", swap('"specversion"', f'"extra": {_BOMB[:60_000]}, "specversion"'), "rejected:too_deep"),
    ("a bomb alone", "traffic_event", fixed(b"[" * 100_000), "rejected:too_deep"),
    ("a bomb of objects", "traffic_event", fixed(b'{"a":' * 40_000), "rejected:too_deep"),
    ("a great bomb", "traffic_event", fixed(_BOMB.encode()), "rejected:too_deep"),
    ("brackets in a text", "traffic_event", data(road="[" * 500 + '{"' * 40), "accepted"),
    ("as large as allowed", "open_dataset", sized(262_144), "accepted"),
    ("one byte too large", "open_dataset", sized(262_145), "rejected:too_large"),
    ("a megabyte", "open_dataset", sized(1_000_000), "rejected:too_large"),
    ("not a number", "open_dataset", swap(": 77", ": NaN"), "rejected:not_json"),
    ("infinite", "open_dataset", swap(": 77", ": Infinity"), "rejected:not_json"),
    ("minus infinite", "open_dataset", swap(": 77", ": -Infinity"), "rejected:not_json"),
    ("zeros before", "open_dataset", swap(": 77", ": 077"), "rejected:not_json"),
    ("plus before", "open_dataset", swap(": 77", ": +77"), "rejected:not_json"),
    ("hexadecimal", "open_dataset", swap(": 77", ": 0x4d"), "rejected:not_json"),
    ("no digit before the point", "open_dataset", swap(": 77", ": .5"), "rejected:not_json"),
    ("not a number, unknown key", "open_dataset", swap('"specversion"', '"extra": NaN, "specversion"'), "rejected:not_json"),
    ("much too great, unknown key", "open_dataset", swap('"specversion"', '"extra": 1e999, "specversion"'), "rejected:number_out_of_range"),
    ("headers too large", "task", lambda feed, number: Sent(value=event(feed, number), headers=(("trace", b"x" * 65_536),)), "rejected:headers_too_large"),
    ("header no text", "task", lambda feed, number: Sent(value=event(feed, number), headers=(("trace", b"\xff\xfe\x00"), ("none", b""))), "accepted"),
    ("without key", "task", lambda feed, number: Sent(value=event(feed, number), key=""), "accepted"),
]  # fmt: skip


_ENVELOPE: list[Row] = [
    *((f"without {name}", feed, head(**{name: DROP}), "rejected:envelope")
      for name, feed in zip(("specversion", "id", "source", "type", "time"), FEEDS, strict=False)),
    *((f"{name} null", feed, head(**{name: None}), "rejected:envelope")
      for name, feed in zip(("specversion", "id", "source", "type", "time"), FEEDS[5:], strict=False)),
    ("specversion old", "document", head(specversion="0.3"), "rejected:envelope"),
    ("specversion newer", "document", head(specversion="1.1"), "rejected:envelope"),
    ("specversion a number", "document", head(specversion=1.0), "rejected:envelope"),
    ("type of another feed", "document", head(type="vn.ioc.task.v1"), "rejected:envelope"),
    ("type of another version", "document", head(type="vn.ioc.document.v2"), "rejected:envelope"),
    ("type a list", "document", head(type=["vn.ioc.document.v1"]), "rejected:envelope"),
    ("type in capitals", "document", head(type="VN.IOC.DOCUMENT.V1"), "rejected:envelope"),
    ("source a number", "document", head(source=7), "rejected:envelope"),
    ("content type text", "document", head(datacontenttype="text/plain"), "rejected:envelope"),
    ("content type XML", "document", head(datacontenttype="application/cap+xml"), "rejected:envelope"),
    ("content type with letters' code", "document", head(datacontenttype="application/json; charset=utf-8"), "accepted"),
    ("no content type", "document", head(datacontenttype=DROP), "accepted"),
    ("content type JSON", "cap_alert", head(datacontenttype="application/json"), "rejected:envelope"),
    ("unknown attribute", "dossier", head(may_tram="x", congdan={"a": [1]}), "accepted"),
    ("trace of the call", "dossier", head(traceparent="00-af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), "accepted"),
    ("schema named", "dossier", head(dataschema="https://luoc-do.example.vn/1"), "accepted"),
    ("unknown field", "dossier", data(ghi_chu="x", them={"a": 1}), "accepted"),
    ("sequence", "dossier", head(sequence=9_000_000_000), "accepted"),
    ("sequence a text", "dossier", head(sequence="9"), "rejected:wrong_type"),
    ("sequence a truth", "dossier", head(sequence=True), "rejected:wrong_type"),
    ("area a number", "dossier", head(areacode=288), "rejected:wrong_type"),
    ("organisation a list", "dossier", head(orgcode=["so-tp"]), "rejected:wrong_type"),
    ("area known", "dossier", head(areacode="291", areaasof="2025-01-01"), "accepted"),
    ("area unknown", "dossier", head(areacode="99999"), "quarantined:unknown_enum"),
    ("day of the areas wrong", "dossier", head(areacode="291", areaasof="2025-13-01"), "rejected:bad_time"),
    ("entered by hand", "dossier", head(entry="manual", mode="exercise"), "accepted"),
    ("entry unknown", "dossier", head(entry="robot"), "quarantined:unknown_enum"),
    ("mode unknown", "dossier", head(mode="drill"), "quarantined:unknown_enum"),
    ("mode a number", "dossier", head(mode=1), "rejected:wrong_type"),
    ("extensions null", "dossier", head(entry=None, mode=None, areacode=None, orgcode=None, sequence=None, subject=None), "accepted"),
    ("subject is the key", "dossier", lambda feed, number: Sent(value=encoded(document(feed, number, subject="H-1")), key="H-1"), "accepted"),
    ("subject isn't the key", "dossier", lambda feed, number: Sent(value=encoded(document(feed, number, subject="H-1")), key="H-2"), "rejected:envelope"),
    ("source unknown", "dossier", head(source="urn:vn:hai-duong:la"), "quarantined:unknown_source"),
    ("source of another feed", "dossier", head(source=SOURCES["task"]), "quarantined:unknown_source"),
    ("source of another province", "dossier", head(source="urn:vn:nam-dinh:mot-cua"), "quarantined:unknown_source"),
    ("source with a blank", "dossier", head(source=SOURCES["dossier"] + " "), "quarantined:unknown_source"),
    ("source empty", "dossier", head(source=""), "quarantined:unknown_source"),
    *(("source unknown", feed, head(source="urn:vn:hai-duong:khac"), "quarantined:unknown_source") for feed in FEEDS[1:]),
    ("without data", "task", head(data=DROP), "rejected:schema"),
    ("data null", "task", head(data=None), "rejected:schema"),
    ("data a list", "task", head(data=[{}]), "rejected:wrong_type"),
    ("data a text", "task", head(data="{}"), "rejected:wrong_type"),
    ("data in base64", "task", head(data=DROP, data_base64="e30="), "rejected:schema"),
    ("data an object", "cap_alert", head(data={"identifier": "x"}), "rejected:wrong_type"),
    ("without data", "cap_alert", head(data=DROP), "rejected:schema"),
]  # fmt: skip

_IDS: list[Row] = [
    ("id of 128", "media_item", named("a" * 128), "accepted"),
    ("id of 129", "media_item", named("b" * 129), "rejected:bad_id"),
    ("id empty", "media_item", named(""), "rejected:bad_id"),
    ("id blank", "media_item", named("a b"), "rejected:bad_id"),
    ("id with a line's end", "media_item", named("ab\n"), "rejected:bad_id"),
    ("id of zero width", "media_item", named("ab\u200bc"), "rejected:bad_id"),
    ("id with marks", "media_item", named("số-1"), "rejected:bad_id"),
    ("id of like letters", "media_item", named("\u0430bc"), "rejected:bad_id"),
    ("id of wide digits", "media_item", named("１２３"), "rejected:bad_id"),
    ("id a path", "media_item", named("../x"), "rejected:bad_id"),
    ("id of a function", "media_item", named("a'; FLUSHALL"), "rejected:bad_id"),
    ("id a number", "media_item", named(17), "rejected:bad_id"),
    ("id an object", "media_item", named({"a": 1}), "rejected:bad_id"),
    ("id of all signs", "media_item", named("A-z_0:9.x"), "accepted"),
    ("id UUID", "media_item", named(str(uuid.UUID(int=7))), "accepted"),
    *(("sent twice", feed, lambda feed, number: Sent(value=event(feed, number), before=(event(feed, number),)), "duplicate") for feed in FEEDS),
    ("sent a hundred times", "security_alert", lambda feed, number: Sent(value=event(feed, number), before=(event(feed, number),), times=100), "duplicate"),
    ("other bytes", "station_reading", same_id(data(value=2.22)), "quarantined:id_conflict"),
    ("other bytes, same meaning", "station_reading", same_id(raw(lambda found: b" " + found)), "quarantined:id_conflict"),
    ("other bytes", "dossier", same_id(data(new_status="BO_SUNG")), "quarantined:id_conflict"),
    ("other bytes", "cap_alert", same_id(swap("Mưa rất to", "Hết mưa")), "quarantined:id_conflict"),
    ("same id, other source", "citizen_report", same_id(head(source="urn:vn:hai-duong:phan-anh-hien-truong")), "accepted"),
    ("refused before", "hospital_status", lambda feed, number: Sent(value=event(feed, number), before=(encoded(document(feed, number, data=None)),)), "accepted"),
]  # fmt: skip

_TIMES: list[Row] = [
    ("time empty", "traffic_event", at(""), "rejected:bad_time"),
    ("time a word", "traffic_event", at("hôm nay"), "rejected:bad_time"),
    ("time a number", "traffic_event", head(time=1_741_755_000), "rejected:bad_time"),
    ("time a number as text", "traffic_event", at("1741755000"), "rejected:bad_time"),
    ("time without offset", "traffic_event", at("2025-03-12T11:55:00"), "rejected:bad_time"),
    ("time only a day", "traffic_event", at("2025-03-12"), "rejected:bad_time"),
    ("time with a blank", "traffic_event", at("2025-03-12 11:55:00+07:00"), "rejected:bad_time"),
    ("time as in Vietnam", "traffic_event", at("12/03/2025 11:55"), "rejected:bad_time"),
    ("time with a zone's name", "traffic_event", at("2025-03-12T11:55:00 Asia/Ho_Chi_Minh"), "rejected:bad_time"),
    ("time without seconds", "traffic_event", at("2025-03-12T11:55+07:00"), "rejected:bad_time"),
    ("year 0", "traffic_event", at("0000-03-12T11:55:00Z"), "rejected:bad_time"),
    ("year of five digits", "traffic_event", at("12025-03-12T11:55:00Z"), "rejected:bad_time"),
    ("month 13", "traffic_event", at("2025-13-12T11:55:00Z"), "rejected:bad_time"),
    ("30 February", "traffic_event", at("2025-02-30T11:55:00Z"), "rejected:bad_time"),
    ("29 February of no leap year", "traffic_event", at("2025-02-29T11:55:00Z"), "rejected:bad_time"),
    ("hour 25", "traffic_event", at("2025-03-12T25:55:00Z"), "rejected:bad_time"),
    ("minute 60", "traffic_event", at("2025-03-12T11:60:00Z"), "rejected:bad_time"),
    ("offset of 25 hours", "traffic_event", at("2025-03-12T11:55:00+25:00"), "rejected:bad_time"),
    ("digits of Thai", "traffic_event", at("๒๐๒๕-03-12T11:55:00Z"), "rejected:bad_time"),
    ("a quote in it", "traffic_event", at('2025-03-12T11:55:00Z"'), "rejected:bad_time"),
    ("zero behind", "traffic_event", at("2025-03-12T11:55:00Z\u0000"), "rejected:bad_time"),
    ("in UTC", "traffic_event", at("2025-03-12T04:55:00Z"), "accepted"),
    ("small letters", "traffic_event", at("2025-03-12t04:55:00z"), "accepted"),
    ("offset to the east", "traffic_event", at("2025-03-12T18:55:00+14:00"), "accepted"),
    ("offset to the west", "traffic_event", at("2025-03-11T21:55:00-07:00"), "accepted"),
    ("fractions", "traffic_event", at("2025-03-12T11:55:00.123456789+07:00"), "accepted"),
    ("the first moment of the day", "traffic_event", at("2025-03-12T00:00:00+07:00"), "accepted"),
    ("the last moment of yesterday", "traffic_event", at("2025-03-11T23:59:59+07:00"), "late"),
    ("an old day", "traffic_event", at("1970-01-01T00:00:00Z"), "late"),
    ("before 1970", "traffic_event", at("1955-05-13T00:00:00Z"), "late"),
    ("four minutes ahead", "traffic_event", later(240), "accepted"),
    ("five minutes ahead", "traffic_event", later(300), "accepted"),
    ("six minutes ahead", "traffic_event", later(360), "quarantined:future_time"),
    ("a local time said to be UTC", "traffic_event", at("2025-03-12T11:55:00Z"), "quarantined:future_time"),
    ("a year ahead", "traffic_event", at("2026-03-12T11:55:00+07:00"), "quarantined:future_time"),
    ("the last year", "traffic_event", at("9999-12-01T23:59:59-12:00"), "quarantined:future_time"),
    ("the last moment", "traffic_event", at("9999-12-31T23:59:59-12:00"), "rejected:bad_time"),
    ("the first moment", "traffic_event", at("0001-01-01T00:00:00+07:00"), "rejected:bad_time"),
    ("the first year", "traffic_event", at("0001-03-12T00:00:00Z"), "late"),
    *(("six minutes ahead", feed, later(360), "quarantined:future_time") for feed in FEEDS if feed != "traffic_event"),
    *(("no day", feed, at("2025-04-31T08:00:00+07:00"), "rejected:bad_time") for feed in FEEDS),
]  # fmt: skip


def _beat(**attributes: object) -> Spoil:
    def spoiled(feed: str, number: int) -> bytes:
        beat = {
            "type": "vn.ioc.heartbeat.v1",
            "data": {"last_sequence": 12, "sent_since": 5},
            "datacontenttype": "application/json",
        }
        return encoded(changed(document(feed, number), beat | attributes))

    return spoiled


_BEATS: list[Row] = [
    *(("heartbeat", feed, _beat(), "heartbeat") for feed in FEEDS),
    ("heartbeat without number", "task", _beat(data={"sent_since": 0}), "heartbeat"),
    ("heartbeat of nobody", "task", _beat(source="urn:vn:hai-duong:la"), "quarantined:unknown_source"),
    ("heartbeat ahead", "task", _beat(time=moment(NOON + 400)), "quarantined:future_time"),
    ("heartbeat of words", "task", _beat(data={"sent_since": "five"}), "rejected:wrong_type"),
    ("heartbeat of a list", "task", _beat(data=[1]), "rejected:wrong_type"),
    ("heartbeat at no time", "task", _beat(time="soon"), "rejected:bad_time"),
    ("heartbeat's id", "task", _beat(id="a b"), "rejected:bad_id"),
    ("heartbeat twice", "task", sent(_beat(id="beat-1"), _beat(id="beat-1")), "duplicate"),
]  # fmt: skip

ROWS = _JSON + _ENVELOPE + _IDS + _TIMES + _BEATS
