"""A tiny, complete, valid profile for tests: one feed of dossiers, one of stations, five areas, one wall.

``write_profile(tmp_path / "tiny")`` writes it; ``files`` replaces or adds files (None removes one) by their path.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from ioc.core.profile import Profile
from ioc.profile_files import load

NAME = "tiny"

FILES: dict[str, str] = {
    "profile.yaml": """\
id: tiny
title: {vi: Tỉnh Nhỏ, en: Tiny Province}
centre: {vi: Trung tâm điều hành, en: Operations centre}
province: {vi: Tỉnh Nhỏ, en: Tiny Province}
timezone: Asia/Ho_Chi_Minh
as_of: "2025-03-31"
source_prefix: "urn:vn:tiny:"
bbox: [106.0, 20.5, 107.0, 21.5]
geo_note: {vi: Ranh giới xấp xỉ, en: Approximate boundaries}
home_wall: overview
groups:
  - {id: services, order: 10, title: {vi: Dịch vụ công, en: Public services}}
  - {id: disaster, order: 20, title: {vi: Thiên tai, en: Disasters}}
""",
    "feeds/dossier.yaml": """\
feed: dossier
title: {vi: Hồ sơ, en: Dossiers}
owner: office
source: ["urn:vn:tiny:one-stop"]
cadence: 5m
partitions: 2
rate: {workday: 400, weekend: 20, shape: office}
fields:
  dossier_id: text
  agency: text
  channel?: online|counter|post
  status: $status
  received_at: time
  due_at: time
  returned_at?: time
  rating?: int 1..5
  paid?: bool
  phone?: text, PII
codes:
  status: [NEW, WORKING, DONE]
dimensions: [agency, channel, status, paid, area, on_time]
numbers: [rating]
derived:
  on_time: {left: returned_at, right: due_at}
orders:
  - {earlier: received_at, later: returned_at}
organisation_of: agency
entity:
  key: [dossier_id]
  status: status
  transitions: {NEW: [WORKING, DONE], WORKING: [DONE]}
  open: [NEW, WORKING]
  due: due_at
  since: received_at
  by: [agency, area]
  keep: [agency, due_at]
""",
    "feeds/station_reading.yaml": """\
feed: station_reading
title: {vi: Quan trắc, en: Station readings}
owner: office
source: ["urn:vn:tiny:stations"]
cadence: 10m
fields:
  station_id: text
  metric: $metric
  value: number?
  unit: text
  lat?: number
  lon?: number
codes:
  metric: [level, rain]
dimensions: [station_id, metric, area]
numbers: [value]
ranges:
  field: value
  by: metric
  unit: unit
  sentinels: [-9999]
  table:
    level: {unit: m, low: -2, high: 15}
    rain: {unit: mm, low: 0, high: 200}
coordinates: {lat: lat, lon: lon}
area_of: station_id
entity:
  key: [station_id, metric]
  by: [metric, area]
  keep: [station_id, metric, value, lat, lon]
  live: true
""",
    "indicators/dossier-open.yaml": """\
id: dossier-open
title: {vi: Hồ sơ đang xử lý, en: Open dossiers}
group: services
unit: {vi: hồ sơ, en: dossiers}
measure: {kind: open, feed: dossier, window: now}
by: [area, agency]
better: lower
thresholds:
  - {priority: high, above: 100, basis: test}
  - {priority: critical, above: 200, basis: test}
source: {vi: Một cửa, en: One-stop system}
owner: office
formula: {vi: Số hồ sơ chưa trả, en: Dossiers not yet returned}
""",
    "indicators/on-time.yaml": """\
id: on-time
title: {vi: Trả đúng hạn, en: Returned on time}
group: services
unit: {vi: "%", en: "%"}
decimals: 1
measure: {kind: count, feed: dossier, where: {status: [DONE], on_time: ["yes"]}}
base: {kind: count, feed: dossier, where: {status: [DONE]}}
by: [area]
better: higher
target: {at_least: 95, basis: test, due: "2025-12-31"}
thresholds:
  - {priority: high, below: 90, basis: test}
source: {vi: Một cửa, en: One-stop system}
owner: office
formula: {vi: Đúng hạn ÷ đã trả, en: On time ÷ returned}
""",
    "indicators/river-max.yaml": """\
id: river-max
title: {vi: Mực nước cao nhất, en: Highest river level}
group: disaster
unit: {vi: m, en: m}
decimals: 2
measure: {kind: last, feed: station_reading, number: value, across: max, where: {metric: [level]}, window: 1h}
by: [station_id, area]
source: {vi: Trạm đo, en: Stations}
owner: office
cadence: 10m
formula: {vi: Lớn nhất của số đo mới nhất, en: Greatest of the newest readings}
""",
    "walls/overview.yaml": """\
id: overview
title: {vi: Tổng quan, en: Overview}
columns: 12
rows: 6
panels:
  - {id: open, type: tile, at: [1, 1, 4, 2], indicator: dossier-open}
  - {id: on-time, type: tile, at: [5, 1, 4, 2], indicator: on-time, options: {spark: 0}}
  - {id: river, type: tile, at: [9, 1, 4, 2], indicator: river-max}
  - {id: alerts, type: alerts, at: [1, 3, 12, 4], layers: [districts], feeds: [dossier]}
""",
    "layers/districts.yaml": """\
id: districts
title: {vi: Hồ sơ theo huyện, en: Dossiers by district}
kind: choropleth
geo: districts.geojson
level: 1
indicator: dossier-open
""",
    "layers/stations.yaml": """\
id: stations
title: {vi: Trạm đo, en: Stations}
kind: stations
kinds: [river]
metric: level
""",
    "areas.csv": """\
code,name,level,kind,parent,valid_from,valid_to,population,area_km2,lat,lon
90,Tỉnh Nhỏ,0,province,,2020-01-01,,300000,900,20.9,106.4
901,Huyện Bắc,1,district,90,2020-01-01,,200000,500,21.0,106.4
902,Huyện Nam,1,district,90,2020-01-01,,100000,400,20.8,106.5
90101,Xã Một,2,commune,901,2020-01-01,2024-11-30,9000,,21.0,106.3
90101,Xã Một Hai,2,commune,901,2024-12-01,,15000,,21.0,106.3
""",
    "crosswalk.csv": """\
old,old_valid_from,new,new_valid_from,weight,basis
90101,2020-01-01,90101,2024-12-01,1,merger
""",
    "organisations.yaml": """\
- code: office
  name: {vi: Văn phòng UBND, en: Office of the People's Committee}
  kind: province
  area: "90"
  names: [Văn phòng]
- code: north
  name: {vi: UBND huyện Bắc, en: Northern District}
  kind: district
  area: "901"
""",
    "stations.yaml": """\
- id: S1
  name: Cầu Bắc
  kind: river
  river: Sông Nhỏ
  area: "901"
  lat: 21.0
  lon: 106.4
  metrics: [level, rain]
  alarms:
    level:
      - {name: {vi: Báo động I, en: Alarm I}, value: 3.0, priority: low}
      - {name: {vi: Báo động II, en: Alarm II}, value: 4.0, priority: high}
      - {name: {vi: Báo động III, en: Alarm III}, value: 5.0, priority: critical}
""",
    "scenarios/flood.yaml": """\
id: flood
title: {vi: Lũ, en: Flood}
label: {vi: lũ – mô phỏng, en: a flood – simulated}
mode: exercise
start: "2025-03-18T08:00:00+07:00"
families: [Ngô]
middles: [Thử]
givens: [Một]
phases:
  - {feed: dossier, begin: "2025-03-18T09:00:00+07:00", end: "2025-03-18T10:00:00+07:00", areas: {"901": 2.0}}
interruptions:
  - feed: station_reading
    begin: "2025-03-18T09:00:00+07:00"
    end: "2025-03-18T10:00:00+07:00"
    places: [S1]
    areas: ["902"]
station_reading:
  every: {river: 10m}
  metrics:
    level: {unit: m, base: 1.2}
  bases: {S1/level: 1.4}
  courses:
    - {station: S1, metric: level, points: [{at: "2025-03-18T09:00:00+07:00", value: 4.2}]}
open_dataset:
  - {id: LEVELS, title: Mực nước, agency: office, accrual: P1D, formats: [csv], age: 20h, downloads: 12}
""",
    "holidays.csv": """\
date,name_vi,name_en,work
2025-01-01,Tết Dương lịch,New Year's Day,0
2025-04-26,Làm bù,Working Saturday,1
""",
}

# Only where a test wants them: what breaks a feed would break these too.
SOURCES: dict[str, str] = {
    "sources/levels.yaml": """\
id: levels
kind: mqtt
feed: station_reading
source: "urn:vn:tiny:stations"
organisation: office
title: {vi: Mực nước, en: Levels}
options:
  host: mqtt.example.vn
  topic: gauge/{station}/{metric}
  tls: {ca: tiny-ca.pem}
  username: ioc
  secret: mqtt-password
mapping:
  id: "{topic.station}-{topic.metric}-{payload.at}"
  time: {path: payload.at, format: unix}
  fields:
    station_id: topic.station
    metric: {path: topic.metric, map: {muc_nuoc: level}, default: rain}
    value: {path: payload.cm, scale: 0.01}
    unit: {const: m}
""",
    "sources/one-stop.yaml": """\
id: one-stop
kind: rest
feed: dossier
source: "urn:vn:tiny:one-stop"
organisation: office
title: {vi: Một cửa, en: One-stop}
enabled: false
options:
  url: https://one-stop.example.vn/api/dossiers
  every: 5m
  items: data
  since: {param: from, path: updated, overlap: 10m}
  pages: {next: links.next}
  auth: {secret: one-stop-token}
mapping:
  time: updated
  fields:
    dossier_id: code
    agency: office
    status: {path: state, map: {moi: NEW, dang: WORKING, xong: DONE}}
    received_at: {path: received, format: "%d/%m/%Y %H:%M", zone: Asia/Ho_Chi_Minh}
    due_at: due
""",
}


def _square(code: str, west: float, south: float) -> dict[str, object]:
    east, north = west + 0.2, south + 0.2
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "properties": {"code": code},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


FILES["geo/districts.geojson"] = json.dumps(
    {"type": "FeatureCollection", "features": [_square("901", 106.2, 20.9), _square("902", 106.3, 20.7)]}
)


def write_profile(folder: Path, files: Mapping[str, str | None] | None = None) -> Path:
    """Write the profile into ``folder`` (its id becomes the folder's name); the folder."""
    for name, content in {**FILES, **(files or {})}.items():
        if content is None:
            continue
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.replace(f"id: {NAME}\n", f"id: {folder.name}\n"), "utf-8")
    return folder


def tiny_profile(folder: Path) -> Profile:
    """The tiny profile, written and loaded."""
    return load(write_profile(folder / NAME))
