"""A realistic backlog for the stream benchmark: unique ids, many series, minutes spread over days, a few duplicates."""

from __future__ import annotations

import heapq
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

from ioc.core.profile import Profile

Event = tuple[str, bytes, int]  # key, value, record timestamp in ms
LOCAL = timezone(timedelta(hours=7))
START = datetime(2025, 3, 3, 0, 0, tzinfo=UTC).timestamp()
STATIONS = 60
CADENCE = 300
DUPLICATES = 0.02
LATE = 0.05

_PATHS = [
    ["TIEP_NHAN", "DANG_XU_LY", "DA_TRA"],
    ["TIEP_NHAN", "BO_SUNG", "DANG_XU_LY", "DA_TRA"],
    ["TIEP_NHAN", "DANG_XU_LY", "GIA_HAN", "DANG_XU_LY", "DA_TRA"],
    ["TIEP_NHAN", "TU_CHOI"],
    ["TIEP_NHAN", "DANG_XU_LY"],
]


def _text(at: float) -> str:
    return datetime.fromtimestamp(at, LOCAL).isoformat(timespec="seconds")


def _encode(document: dict[str, object]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def readings(profile: Profile, count: int, chance: random.Random) -> Iterator[Event]:
    """Readings of the profile's stations and as many more as make 60, every five minutes."""
    contract = profile.feeds["station_reading"]
    assert contract.ranges is not None
    known = [(station.id, station.metrics, station.lat, station.lon) for station in profile.stations.values()]
    metrics = list(contract.ranges.table)
    west, south, east, north = profile.head.bbox
    more = [
        (f"TRAM-{number:03d}", chance.sample(metrics, 5), chance.uniform(south, north), chance.uniform(west, east))
        for number in range(STATIONS - len(known))
    ]
    series = [(*place, metric) for place in known + more for metric in place[1]]
    made = 0
    for cycle in range(count):
        for station, _, lat, lon, metric in series:
            if made >= count:
                return
            made += 1
            late = chance.random() < LATE
            at = START + cycle * CADENCE + chance.randrange(60) - (chance.randrange(60, 900) if late else 0)
            allowed = contract.ranges.table[metric]
            event = _encode(
                {
                    "specversion": "1.0", "id": f"{station}-{metric}-{made}", "source": contract.source[0],
                    "type": "vn.ioc.station_reading.v1", "time": _text(at), "subject": station,
                    "datacontenttype": "application/json", "sequence": made,
                    "data": {
                        "station_id": station, "metric": metric, "unit": allowed.unit, "quality": "good",
                        "value": round(chance.uniform(max(allowed.low, 0), min(allowed.high, 300)), 2),
                        "lat": round(lat, 5), "lon": round(lon, 5),
                    },
                }
            )  # fmt: skip
            stamp = int((START + cycle * CADENCE + 60 + chance.random()) * 1000)
            yield station, event, stamp
            if chance.random() < DUPLICATES and made < count:
                made += 1
                yield station, event, stamp + 5


def dossiers(profile: Profile, count: int, chance: random.Random, days: float = 30) -> Iterator[Event]:
    """Dossiers that come within ``days`` and go their ways over more, in order of time."""
    contract = profile.feeds["dossier"]
    agencies = [
        (next(iter(organisation.name.values())), "district" if organisation.kind == "district" else "province")
        for organisation in profile.organisations.values()
    ]
    procedures = [f"Thủ tục hành chính số {number}" for number in range(300)]
    planned: list[tuple[float, int, str, str | None, float, float]] = []
    number = 0
    while len(planned) < count:
        number += 1
        received = START + chance.random() * days * 86_400
        due = (received // 86_400 + chance.choice((3, 5, 7, 15, 20))) * 86_400 + 10 * 3600
        at, before = received, None
        for status in chance.choices(_PATHS, (50, 15, 10, 5, 20))[0]:
            planned.append((at, number, status, before, received, due))
            before, at = status, at + chance.uniform(1800, 2 * 86_400)
    planned.sort()
    for made, (at, number, status, before, received, due) in enumerate(planned[:count]):
        own = random.Random(number)
        name, (agency, level) = f"H23.12-{number:07d}", own.choice(agencies)
        data: dict[str, object] = {
            "dossier_id": name, "procedure": own.choice(procedures), "procedure_code": f"1.{own.randrange(10_000):06d}",
            "sector": f"Lĩnh vực {own.randrange(30)}", "agency": agency, "level": level,
            "channel": own.choice(("online", "counter", "post")),
            "new_status": status, "received_at": _text(received), "due_at": _text(due), "digitised": own.random() < 0.8,
            "paid_online": own.random() < 0.5, "applicant_name": "Nguyễn Thị Hồng Ánh", "applicant_phone": "0912345678",
        }  # fmt: skip
        if before is not None:
            data["old_status"] = before
        if status == "DA_TRA":
            data |= {"returned_at": _text(at), "rating": own.randrange(1, 6)}
        event = _encode(
            {
                "specversion": "1.0", "id": f"mc-{made}", "source": contract.source[0], "type": "vn.ioc.dossier.v1",
                "time": _text(at), "subject": name,
                "datacontenttype": "application/json", "entry": "auto", "data": data,
            }
        )  # fmt: skip
        yield name, event, int((at + 30) * 1000)


def mixed(profile: Profile, count: int, seed: int = 7) -> Iterator[tuple[str, Event]]:
    """Three readings to two dossier events, by record timestamp: (feed, event). 150,000 to a day of event time."""
    measured = readings(profile, count * 3 // 5, random.Random(seed))
    days = count / 150_000
    moved = dossiers(profile, count - count * 3 // 5, random.Random(seed + 1), days)
    named = [(("station_reading", event) for event in measured), (("dossier", event) for event in moved)]
    return heapq.merge(*named, key=lambda pair: pair[1][2])
