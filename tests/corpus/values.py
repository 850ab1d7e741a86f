"""Values of the data that are wrong or odd: types, numbers, codes, places, times, texts, and steps out of turn."""

from __future__ import annotations

from tests.corpus.bad import DROP, Row, Spoil, data, number_as, sent, swap
from tests.corpus.good import FEEDS, encoded, moment
from tests.streams.records import NOON

# The first field that has to be there, by feed.
FIRST = {
    "dossier": "dossier_id", "citizen_report": "report_id", "station_reading": "station_id",
    "security_alert": "alert_id", "indicator": "code", "task": "task_id", "hospital_status": "facility_id",
    "traffic_event": "event_id", "document": "document_id", "integration_call": "service",
    "open_dataset": "dataset_id", "digital_identity": "measure", "media_item": "item_id",
}  # fmt: skip
JSON_FEEDS = tuple(feed for feed in FEEDS if feed in FIRST)


def of(feed: str, value: object) -> Spoil:
    return data(**{FIRST[feed]: value})


_TYPES: list[Row] = [
    *(("no name", feed, of(feed, DROP), "rejected:schema") for feed in JSON_FEEDS),
    *(("name null", feed, of(feed, None), "rejected:schema") for feed in JSON_FEEDS),
    *(("name a number", feed, of(feed, 7), "rejected:wrong_type") for feed in JSON_FEEDS),
    *(("name an object", feed, of(feed, {"$ne": None}), "rejected:wrong_type") for feed in JSON_FEEDS),
    *(("name empty", feed, of(feed, ""), "rejected:schema") for feed in JSON_FEEDS if feed != "digital_identity"),
    *(("name of 300", feed, of(feed, "x" * 300), "rejected:schema") for feed in JSON_FEEDS if feed != "digital_identity"),
    *(("name of marks", feed, of(feed, "Số 1/Đ"), "accepted") for feed in JSON_FEEDS if feed != "digital_identity"),
    ("status left out", "dossier", data(new_status=DROP), "rejected:schema"),
    ("truth a text", "dossier", data(digitised="true"), "rejected:wrong_type"),
    ("truth a number", "dossier", data(digitised=1), "rejected:wrong_type"),
    ("optional null", "dossier", data(digitised=None, channel=None, level=None, old_status=None, rating=None), "accepted"),
    ("optional left out", "dossier", data(digitised=DROP, channel=DROP, level=DROP, old_status=DROP), "accepted"),
    ("phone a number", "dossier", data(applicant_phone=977000111), "rejected:wrong_type"),
    ("list for a text", "citizen_report", data(title=["a"]), "rejected:wrong_type"),
    ("coordinate a text", "citizen_report", data(lat="20,94", lon="106,33"), "rejected:wrong_type"),
    ("coordinate a list", "citizen_report", data(lat=[20.94]), "rejected:wrong_type"),
    ("rating a text", "citizen_report", data(rating="5"), "rejected:wrong_type"),
    ("value a text", "station_reading", data(value="1.86"), "rejected:wrong_type"),
    ("value with a comma", "station_reading", data(value="1,86"), "rejected:wrong_type"),
    ("value a truth", "station_reading", data(value=True), "rejected:wrong_type"),
    ("value left out", "station_reading", data(value=DROP), "rejected:schema"),
    ("value null", "station_reading", data(value=None), "accepted"),
    ("value null", "indicator", data(value=None), "accepted"),
    ("value left out", "indicator", data(value=DROP), "rejected:schema"),
    ("value an object", "indicator", data(value={"$numberDecimal": "1"}), "rejected:wrong_type"),
    ("text for a list", "task", data(supporting="so-tp"), "rejected:wrong_type"),
    ("number in a list", "task", data(supporting=["so-tp", 3]), "rejected:wrong_type"),
    ("nothing in a list", "task", data(supporting=[None]), "rejected:wrong_type"),
    ("empty list", "task", data(supporting=[]), "accepted"),
    ("whole number broken", "hospital_status", data(inpatients=1.5), "rejected:wrong_type"),
    ("whole number a text", "hospital_status", data(inpatients="180"), "rejected:wrong_type"),
    ("whole number a truth", "hospital_status", data(inpatients=False), "rejected:wrong_type"),
    ("whole number null", "hospital_status", data(inpatients=None), "rejected:schema"),
    ("truth null", "document", data(signed_digitally=None), "rejected:schema"),
    ("truth yes", "document", data(signed_digitally="yes"), "rejected:wrong_type"),
    ("list null", "open_dataset", data(formats=None), "rejected:schema"),
    ("texts a text", "open_dataset", data(formats="csv"), "rejected:wrong_type"),
]  # fmt: skip

_NUMBERS: list[Row] = [
    ("2^53 + 1", "indicator", number_as("value", "9007199254740993"), "accepted"),
    ("2^63 - 1", "indicator", number_as("value", "9223372036854775807"), "accepted"),
    ("-2^63", "indicator", number_as("value", "-9223372036854775808"), "accepted"),
    ("2^63", "indicator", number_as("value", "9223372036854775808"), "rejected:number_out_of_range"),
    ("2^64", "indicator", number_as("value", "18446744073709551616"), "rejected:number_out_of_range"),
    ("a thousand digits", "indicator", number_as("value", "1" * 1000), "rejected:number_out_of_range"),
    ("ten thousand digits", "indicator", number_as("value", "1" * 10_000), "rejected:number_out_of_range"),
    ("1e400", "indicator", number_as("value", "1e400"), "rejected:number_out_of_range"),
    ("-1e400", "indicator", number_as("target", "-1E+400"), "rejected:number_out_of_range"),
    ("1e309", "station_reading", number_as("value", "1e309"), "rejected:number_out_of_range"),
    ("1e-400", "indicator", number_as("value", "1e-400"), "accepted"),
    ("many decimals", "indicator", number_as("value", "0.1000000000000000055511151231257827"), "accepted"),
    ("zero", "indicator", data(value=0), "accepted"),
    ("minus zero", "indicator", number_as("value", "-0"), "accepted"),
    ("minus zero", "station_reading", number_as("value", "-0.0"), "accepted"),
    ("with exponent", "station_reading", number_as("value", "186e-2"), "accepted"),
    ("whole", "station_reading", data(value=2), "accepted"),
    *(("sentinel", "station_reading", data(value=value), "quarantined:sentinel_missing") for value in (-9999,)),
    ("sentinel 9999", "station_reading", data(value=9999), "quarantined:sentinel_missing"),
    ("sentinel -999", "station_reading", data(value=-999), "quarantined:sentinel_missing"),
    ("sentinel with a point", "station_reading", data(value=-9999.0), "quarantined:sentinel_missing"),
    ("sentinel within its range", "station_reading", data(metric="CO", unit="µg/m³", value=9999), "quarantined:sentinel_missing"),
    ("above its range", "station_reading", data(value=15.01), "quarantined:implausible"),
    ("below its range", "station_reading", data(value=-2.01), "quarantined:implausible"),
    ("centimetres said to be metres", "station_reading", data(value=186), "quarantined:implausible"),
    ("at the upper end", "station_reading", data(value=15), "accepted"),
    ("at the lower end", "station_reading", data(value=-2.0), "accepted"),
    ("rain of 300", "station_reading", data(metric="mua_1h", unit="mm", value=300), "quarantined:implausible"),
    ("rain below nothing", "station_reading", data(metric="mua_1h", unit="mm", value=-0.2), "quarantined:implausible"),
    ("acid beyond", "station_reading", data(metric="pH", unit="", value=14.2), "quarantined:implausible"),
    ("dust beyond", "station_reading", data(metric="PM2_5", unit="µg/m³", value=1000.5), "quarantined:implausible"),
    ("oxygen beyond", "station_reading", data(metric="DO", unit="mg/l", value=26), "quarantined:implausible"),
    ("centimetres", "station_reading", data(unit="cm"), "quarantined:unit_mismatch"),
    ("unit empty", "station_reading", data(unit=""), "quarantined:unit_mismatch"),
    ("parts per billion", "station_reading", data(metric="NO2", unit="ppb", value=20), "quarantined:unit_mismatch"),
    ("milligrams", "station_reading", data(metric="PM10", unit="mg/m³", value=0.05), "quarantined:unit_mismatch"),
    ("µ as a Greek letter", "station_reading", data(metric="PM10", unit="μg/m³", value=50), "accepted"),
    ("unit with 3", "station_reading", data(metric="PM10", unit="µg/m3", value=50), "accepted"),
    ("unit with a capital", "station_reading", data(metric="DO", unit="mg/L", value=5), "accepted"),
    ("rating 0", "citizen_report", data(rating=0), "rejected:number_out_of_range"),
    ("rating 6", "citizen_report", data(rating=6), "rejected:number_out_of_range"),
    ("rating 5", "citizen_report", data(rating=5), "accepted"),
    ("rating 0", "dossier", data(rating=0), "rejected:number_out_of_range"),
    ("progress 101", "task", data(progress=101), "rejected:number_out_of_range"),
    ("progress below nothing", "task", data(progress=-1), "rejected:number_out_of_range"),
    ("severity 5", "traffic_event", data(severity=5), "rejected:number_out_of_range"),
    ("flow below nothing", "traffic_event", data(flow_per_hour=-1), "rejected:number_out_of_range"),
    ("beds below nothing", "hospital_status", data(beds_used=-3), "rejected:number_out_of_range"),
    ("calls below nothing", "integration_call", data(calls=-1), "rejected:number_out_of_range"),
    ("downloads below nothing", "open_dataset", data(downloads=-1), "rejected:number_out_of_range"),
    ("people below nothing", "digital_identity", data(value=-1), "rejected:number_out_of_range"),
    ("whole number beyond", "digital_identity", number_as("value", "9223372036854775808"), "rejected:number_out_of_range"),
    ("count beyond", "security_alert", number_as("count", "1" * 40), "rejected:number_out_of_range"),
    ("count below nothing", "security_alert", data(count=-1), "rejected:number_out_of_range"),
    ("interactions below nothing", "media_item", data(interactions=-5), "rejected:number_out_of_range"),
]  # fmt: skip

_CODES: list[Row] = [
    ("status unknown", "dossier", data(new_status="DA_XONG"), "quarantined:unknown_enum"),
    ("status in small letters", "dossier", data(new_status="dang_xu_ly"), "quarantined:unknown_enum"),
    ("status with a blank", "dossier", data(new_status="DANG_XU_LY "), "quarantined:unknown_enum"),
    ("status in words", "dossier", data(new_status="Đang xử lý"), "quarantined:unknown_enum"),
    ("status empty", "dossier", data(new_status=""), "quarantined:unknown_enum"),
    ("status left unknown", "dossier", data(old_status="MOI"), "quarantined:unknown_enum"),
    ("channel unknown", "dossier", data(channel="fax"), "quarantined:unknown_enum"),
    ("level unknown", "dossier", data(level="ward"), "quarantined:unknown_enum"),
    ("category unknown", "citizen_report", data(category="SAT_LO"), "quarantined:unknown_enum"),
    ("category with marks", "citizen_report", data(category="NGẬP_LỤT"), "quarantined:unknown_enum"),
    ("channel unknown", "citizen_report", data(channel="viber"), "quarantined:unknown_enum"),
    ("status unknown", "citizen_report", data(status="DONE"), "quarantined:unknown_enum"),
    ("metric unknown", "station_reading", data(metric="luu_luong"), "quarantined:unknown_enum"),
    ("metric with a point", "station_reading", data(metric="PM2.5", unit="µg/m³"), "quarantined:unknown_enum"),
    ("quality unknown", "station_reading", data(quality="ok"), "quarantined:unknown_enum"),
    ("severity unknown", "security_alert", data(severity="severe"), "quarantined:unknown_enum"),
    ("status unknown", "security_alert", data(status="closed"), "quarantined:unknown_enum"),
    ("status unknown", "indicator", data(status="final"), "quarantined:unknown_enum"),
    ("status unknown", "task", data(status="LATE"), "quarantined:unknown_enum"),
    ("pillar unknown", "task", data(pillar="du_lieu_so"), "quarantined:unknown_enum"),
    ("kind unknown", "traffic_event", data(kind="flood"), "quarantined:unknown_enum"),
    ("status unknown", "traffic_event", data(status="CLOSED"), "quarantined:unknown_enum"),
    ("urgency unknown", "document", data(urgency="hỏa tốc"), "quarantined:unknown_enum"),
    ("direction unknown", "document", data(direction="internal"), "quarantined:unknown_enum"),
    ("measure unknown", "digital_identity", data(measure="vneid"), "quarantined:unknown_enum"),
    ("kind unknown", "media_item", data(kind="tv"), "quarantined:unknown_enum"),
    ("sentiment unknown", "media_item", data(sentiment="mixed"), "quarantined:unknown_enum"),
    ("organisation unknown", "task", data(lead="so-la"), "accepted"),
    ("period of a quarter", "indicator", data(period="2025-Q1"), "accepted"),
    ("period of a day", "indicator", data(period="2025-02-28"), "accepted"),
    ("period of a year", "indicator", data(period="2024"), "accepted"),
    ("period of no quarter", "indicator", data(period="2025-Q5"), "rejected:schema"),
    ("period of no month", "indicator", data(period="2025-13"), "rejected:schema"),
    ("period of no day", "indicator", data(period="2025-02-30"), "rejected:schema"),
    ("period in words", "indicator", data(period="quý I/2025"), "rejected:schema"),
    ("duration of words", "open_dataset", data(accrual="monthly"), "rejected:schema"),
    ("duration of nothing", "open_dataset", data(accrual="P"), "rejected:schema"),
    ("address of a script", "citizen_report", data(photo_url="javascript:alert(1)"), "rejected:schema"),
    ("address of a file", "security_alert", data(url="file:///etc/passwd"), "rejected:schema"),
    ("address of data", "media_item", data(url="data:text/html,x"), "rejected:schema"),
    ("address with a blank", "media_item", data(url="https://bao.example.vn/a b"), "rejected:schema"),
    ("address much too long", "media_item", data(url="https://bao.example.vn/" + "a" * 3000), "rejected:schema"),
    ("address within", "citizen_report", data(photo_url="http://169.254.169.254/latest"), "accepted"),
]  # fmt: skip

PLACED = ("citizen_report", "station_reading", "hospital_status", "traffic_event")
_PLACES: list[Row] = [
    *(("swapped", feed, data(lat=106.33, lon=20.94), "quarantined:coord_swapped") for feed in PLACED),
    *(("zero", feed, data(lat=0, lon=0), "quarantined:coord_null_island") for feed in PLACED),
    *(("zero with a point", feed, data(lat=0.0, lon=-0.0), "quarantined:coord_null_island") for feed in PLACED),
    *(("in another province", feed, data(lat=10.77, lon=106.69), "quarantined:coord_outside") for feed in PLACED),
    *(("beyond the pole", feed, data(lat=120.5, lon=106.3), "quarantined:coord_outside") for feed in PLACED),
    *(("west for east", feed, data(lat=20.94, lon=-106.33), "quarantined:coord_outside") for feed in PLACED),
    *(("one of them zero", feed, data(lat=20.94, lon=0), "quarantined:coord_outside") for feed in PLACED),
    *(("in thousandths", feed, data(lat=20_940, lon=106_330), "quarantined:coord_outside") for feed in PLACED),
    *(("not said", feed, data(lat=None, lon=None), "accepted") for feed in PLACED[:3]),
    *(("left out", feed, data(lat=DROP, lon=DROP), "accepted") for feed in PLACED[:3]),
    *(("half of them", feed, data(lon=None), "accepted") for feed in PLACED[:3]),
    *(("whole degrees", feed, data(lat=21, lon=106), "accepted") for feed in PLACED),
    ("left out", "traffic_event", data(lat=DROP, lon=DROP), "rejected:schema"),
    ("not said", "traffic_event", data(lat=None, lon=None), "rejected:schema"),
]  # fmt: skip

_TIMES: list[Row] = [
    ("due before received", "dossier", data(due_at=moment(NOON - 100_000)), "quarantined:inconsistent_times"),
    ("returned before received", "dossier", data(new_status="DA_TRA", old_status="DANG_XU_LY", returned_at=moment(NOON - 100_000)), "quarantined:inconsistent_times"),
    ("due when received", "dossier", data(due_at=moment(NOON - 90_000)), "accepted"),
    ("received in UTC", "dossier", data(received_at="2025-03-11T04:00:00Z"), "accepted"),
    ("received on no day", "dossier", data(received_at="2025-02-30T08:00:00+07:00"), "rejected:bad_time"),
    ("received without offset", "dossier", data(received_at="2025-03-11T08:00:00"), "rejected:bad_time"),
    ("received a number", "dossier", data(received_at=1_741_600_000), "rejected:wrong_type"),
    ("received null", "dossier", data(received_at=None), "rejected:schema"),
    ("due in words", "citizen_report", data(due_at="ngày mai"), "rejected:bad_time"),
    ("last before first", "security_alert", data(first_seen=moment(NOON - 60), last_seen=moment(NOON - 3600)), "quarantined:inconsistent_times"),
    ("last seen at no time", "security_alert", data(last_seen="2025-03-12T25:00:00Z"), "rejected:bad_time"),
    ("due before assigned", "task", data(due_at="2025-01-14"), "quarantined:inconsistent_times"),
    ("due at the end of time", "task", data(due_at="9999-12-31"), "rejected:bad_time"),
    ("received at the beginning of time", "dossier", data(received_at="0001-01-01T00:00:00+07:00"), "rejected:bad_time"),
    ("due on the day", "task", data(due_at="2025-01-15"), "accepted"),
    ("due on no day", "task", data(due_at="2025-06-31"), "rejected:bad_time"),
    ("due with an hour", "task", data(due_at="2025-06-30T08:00:00+07:00"), "rejected:bad_time"),
    ("due as in Vietnam", "task", data(due_at="30/06/2025"), "rejected:bad_time"),
    ("closed at no time", "indicator", data(closed_at="2025-02-31T00:00:00Z"), "rejected:bad_time"),
    ("updated at no time", "open_dataset", data(updated_at="yesterday"), "rejected:bad_time"),
    ("due at no time", "document", data(due_at="soon"), "rejected:bad_time"),
]  # fmt: skip

_TEXTS: list[Row] = [
    ("script", "citizen_report", data(title="<svg onload=alert(2)>"), "accepted"),
    ("image in Markdown", "citizen_report", data(body="![a](https://ngoai.example/x.png)"), "accepted"),
    ("formula", "citizen_report", data(title="=1+cmd|'/C notepad'!A1", ward="+84 977"), "accepted"),
    ("query", "citizen_report", data(title="'; DROP TABLE history; --"), "accepted"),
    ("template", "citizen_report", data(title="{{7*7}} ${7*7} %s {0}"), "accepted"),
    ("right to left", "citizen_report", data(title="an \u202eotrap\u202c xe"), "accepted"),
    ("zero width", "citizen_report", data(title="Cây\u200b đổ\ufeff"), "accepted"),
    ("marks heaped up", "citizen_report", data(title="Đ" + "\u0301" * 4_000), "accepted"),
    ("letters in parts", "citizen_report", data(title="Ca\u0302y đo\u0302\u0309"), "accepted"),
    ("hundred thousand letters", "citizen_report", data(body="ồ" * 80_000), "accepted"),
    ("empty", "citizen_report", data(title="", body=""), "accepted"),
    ("emoji", "citizen_report", data(title="🌊" * 50), "accepted"),
    ("personal data", "citizen_report", data(body="CCCD 030099001234, ĐT 0977000333"), "accepted"),
    ("separator of cells", "citizen_report", data(ward="Nam\x1fSách"), "accepted"),
    ("separator of cells", "media_item", data(topic="a\x1fb\x00c"), "accepted"),
    ("line breaks in a code", "security_alert", data(asset="a\r\nb\u2028c"), "accepted"),
]  # fmt: skip


def _step(old: str | None, new: str, back: float) -> Spoil:
    def spoiled(feed: str, number: int) -> bytes:
        from tests.corpus.bad import _with

        return encoded(_with(feed, number, {"old_status": old, "new_status": new}, time=moment(NOON - back)))

    return spoiled


_STEPS: list[Row] = [
    ("closed made new", "dossier", sent(_step("DA_TRA", "TIEP_NHAN", 10), _step("DANG_XU_LY", "DA_TRA", 20)), "quarantined:illegal_transition"),
    ("closed made new, said otherwise", "dossier", sent(_step(None, "TIEP_NHAN", 10), _step("DANG_XU_LY", "TU_CHOI", 20)), "quarantined:illegal_transition"),
    ("given back twice", "dossier", sent(_step("DANG_XU_LY", "RUT", 10), _step("DANG_XU_LY", "DA_TRA", 20)), "quarantined:illegal_transition"),
    ("a step left out", "dossier", sent(_step("TIEP_NHAN", "GIA_HAN", 10), _step(None, "TIEP_NHAN", 20)), "quarantined:illegal_transition"),
    ("backwards", "dossier", sent(_step("DANG_XU_LY", "TIEP_NHAN", 10), _step("TIEP_NHAN", "DANG_XU_LY", 20)), "quarantined:illegal_transition"),
    ("a step of the way", "dossier", sent(_step("TIEP_NHAN", "DANG_XU_LY", 10), _step(None, "TIEP_NHAN", 20)), "accepted"),
    ("prolonged and returned", "dossier", sent(_step("GIA_HAN", "DA_TRA", 10), _step("TIEP_NHAN", "DANG_XU_LY", 30), _step("DANG_XU_LY", "GIA_HAN", 20)), "accepted"),
    ("an event between lost", "dossier", sent(_step("DANG_XU_LY", "DA_TRA", 10), _step(None, "TIEP_NHAN", 20)), "accepted"),
    ("the same status again", "dossier", sent(_step("TIEP_NHAN", "DANG_XU_LY", 10), _step("TIEP_NHAN", "DANG_XU_LY", 20)), "accepted"),
    ("first event at the end", "dossier", _step("DANG_XU_LY", "DA_TRA", 10), "accepted"),
    ("older than its state", "dossier", sent(_step("TIEP_NHAN", "DANG_XU_LY", 30), _step("DANG_XU_LY", "DA_TRA", 20)), "late"),
    ("older than its state", "station_reading", sent(lambda feed, number: swap(moment(NOON - 300), moment(NOON - 900))(feed, number), data()), "late"),
    ("as old as its state", "station_reading", sent(data(value=1.9), data()), "accepted"),
    ("a loose status", "task", sent(data(status="OPEN"), data(status="DONE")), "accepted"),
]  # fmt: skip

ROWS = _TYPES + _NUMBERS + _CODES + _PLACES + _TIMES + _TEXTS + _STEPS
