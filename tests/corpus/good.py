"""One good event of each feed, told apart by a number: id, entity and place in the topic follow from it."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any
from xml.sax.saxutils import escape

from tests.streams.records import NOON
from tests.streams.records import moment as moment

DROP = object()  # a value that takes its field away
SENT = NOON - 300
RING = "20.91,106.30 20.97,106.30 20.97,106.36 20.91,106.36 20.91,106.30"

SOURCES = {
    "dossier": "urn:vn:hai-duong:mot-cua",
    "citizen_report": "urn:vn:hai-duong:1022",
    "station_reading": "urn:vn:hai-duong:quan-trac",
    "cap_alert": "urn:vn:hai-duong:kttv",
    "security_alert": "urn:vn:hai-duong:soc",
    "indicator": "urn:vn:hai-duong:chi-tieu",
    "task": "urn:vn:hai-duong:nhiem-vu",
    "hospital_status": "urn:vn:hai-duong:y-te",
    "traffic_event": "urn:vn:hai-duong:giao-thong",
    "document": "urn:vn:hai-duong:van-ban",
    "integration_call": "urn:vn:hai-duong:lgsp",
    "open_dataset": "urn:vn:hai-duong:du-lieu-mo",
    "digital_identity": "urn:vn:hai-duong:de-an-06",
    "media_item": "urn:vn:hai-duong:bao-chi",
}

DATA: dict[str, dict[str, Any]] = {
    "dossier": {
        "dossier_id": "#", "procedure": "Đăng ký khai sinh", "procedure_code": "1.001193", "sector": "Hộ tịch",
        "agency": "UBND huyện Nam Sách", "level": "commune", "channel": "online", "old_status": "TIEP_NHAN",
        "new_status": "DANG_XU_LY", "received_at": moment(NOON - 90_000), "due_at": moment(NOON + 170_000),
        "digitised": True, "paid_online": False, "applicant_name": "Phạm Thị Thu", "applicant_phone": "0977000111",
    },
    "citizen_report": {
        "report_id": "#", "title": "Cây đổ chắn ngang đường", "body": "Cây xà cừ đổ sau mưa.", "category": "GIAO_THONG",
        "channel": "app", "lat": 20.94, "lon": 106.33, "ward": "Nam Sách", "agency": "Sở Xây dựng", "status": "NEW",
        "due_at": moment(NOON + 40_000), "photo_url": "https://anh.example.vn/1.jpg", "reporter_phone": "0977000222",
    },
    "station_reading": {
        "station_id": "#", "metric": "muc_nuoc", "value": 1.86, "unit": "m", "quality": "good", "lat": 20.98,
        "lon": 106.42,
    },
    "security_alert": {
        "alert_id": "#", "title": "Quét cổng từ bên ngoài", "severity": "medium", "status": "open",
        "asset": "may-chu-07", "agency": "Sở Nội vụ", "src_ip": "198.51.100.9", "rule": "PS-014",
        "technique": "T1046", "count": 12, "url": "https://soc.example.vn/a/1", "first_seen": moment(NOON - 900),
        "last_seen": moment(NOON - 600),
    },
    "indicator": {
        "code": "#", "name": "Thu ngân sách", "value": 1234.5, "unit": "tỷ đồng", "period": "2025-02",
        "target": 20_000, "status": "estimate", "closed_at": moment(NOON - 86_400), "note": "số ước",
    },
    "task": {
        "task_id": "#", "title": "Số hóa kết quả", "basis": "01/KH-UBND", "pillar": "chinh_quyen_so", "lead": "so-nv",
        "accountable": "Giám đốc Sở Nội vụ", "supporting": ["so-tp", "so-tc"], "assigned_at": "2025-01-15",
        "due_at": "2025-06-30", "progress": 35, "status": "OPEN", "evidence_url": "https://nv.example.vn/x",
    },
    "hospital_status": {
        "facility_id": "#", "name": "Bệnh viện A", "outpatients_today": 210, "inpatients": 180, "emergencies_today": 9,
        "beds_planned": 250, "beds_used": 201, "id_lookups": 190, "id_lookups_ok": 181, "lat": 20.93, "lon": 106.32,
    },
    "traffic_event": {
        "event_id": "#", "camera_id": "CAM-3", "kind": "congestion", "severity": 2, "flow_per_hour": 2100, "lat": 20.93,
        "lon": 106.31, "road": "Quốc lộ 5", "status": "OPEN",
    },
    "document": {
        "document_id": "#", "direction": "in", "agency": "Sở Tư pháp", "urgency": "urgent",
        "due_at": moment(NOON + 7_200), "signed_digitally": True, "status": "PENDING",
    },
    "integration_call": {
        "service": "#", "provider": "so-tp", "consumer": "so-nv", "calls": 420, "errors": 3, "p95_ms": 610,
    },
    "open_dataset": {
        "dataset_id": "#", "title": "Danh mục trường học", "agency": "so-gddt", "updated_at": moment(NOON - 4_000),
        "accrual": "P3M", "formats": ["csv", "json"], "downloads": 77, "licence": "CC-BY-4.0",
    },
    "digital_identity": {"measure": "vneid_activated", "value": 1_402_331, "target": 1_450_000},
    "media_item": {
        "item_id": "#", "outlet": "Báo B", "kind": "press", "topic": "giáo dục", "sentiment": "neutral",
        "interactions": 45, "url": "https://bao.example.vn/bai-1",
    },
}  # fmt: skip

FEEDS = tuple(SOURCES)


def name(feed: str, number: int | str) -> str:
    return f"{feed}-{number}"


def document(feed: str, number: int | str, **head: Any) -> dict[str, Any]:
    """The CloudEvents document; ``head`` replaces its attributes, :data:`DROP` takes one away."""
    found: dict[str, Any] = {
        "specversion": "1.0", "id": f"ev-{feed}-{number}", "source": SOURCES[feed], "type": f"vn.ioc.{feed}.v1",
        "time": moment(SENT), "datacontenttype": "application/json", "data": None,
    }  # fmt: skip
    if feed == "cap_alert":
        found["datacontenttype"] = "application/cap+xml"
        found["data"] = cap(number)
    else:
        found["data"] = deepcopy(DATA[feed])
        for field, value in found["data"].items():
            if value == "#":
                found["data"][field] = name(feed, number)
    if feed == "digital_identity":
        found["areacode"] = "288"
    return changed(found, head)


def changed(known: dict[str, Any], by: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in (known | by).items() if value is not DROP}


def encoded(found: Any) -> bytes:
    return json.dumps(found, ensure_ascii=False).encode("utf-8", "surrogatepass")


def event(feed: str, number: int | str) -> bytes:
    return encoded(document(feed, number))


def cap(number: int | str, *, info: str = "", polygon: str | None = RING, **head: str | None) -> str:
    """A CAP 1.2 message; ``head`` replaces elements of the alert, ``info`` is put into its info."""
    elements = {
        "identifier": name("cap_alert", number), "sender": "dai-kttv", "sent": moment(SENT), "status": "Actual",
        "msgType": "Alert", "scope": "Public",
    } | head  # fmt: skip
    top = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in elements.items() if value is not None)
    drawn = "" if polygon is None else f"<polygon>{polygon}</polygon>"
    return (
        f'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">{top}<info><language>vi-VN</language>'
        "<category>Met</category><event>Mưa lớn</event><urgency>Expected</urgency><severity>Severe</severity>"
        f"<certainty>Likely</certainty>{info or f'<expires>{moment(NOON + 20_000)}</expires>'}"
        f"<headline>Mưa rất to</headline><area><areaDesc>Huyện Nam Sách</areaDesc>{drawn}</area></info></alert>"
    )
