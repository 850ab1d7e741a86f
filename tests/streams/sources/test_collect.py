"""``ioc collect`` itself: four kinds of sources into real Kafka, killed again and again, without loss or doubling."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import msgspec
import pytest
import yaml
from aiokafka import TopicPartition
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ioc.cli import main
from ioc.commands.collect import chosen
from ioc.core.errors import SettingsError
from ioc.core.source import Mapping
from ioc.profile_files import load
from ioc.records.cursors import connect
from ioc.settings import child_environment, read
from streams.kafka import PacedConsumer, consumer_options
from streams.sources.registry import KINDS, source_types
from tests.conftest import PROFILE
from tests.engines import Engines, running
from tests.streams.sources.broker import Broker, brokering
from tests.streams.sources.desk import once
from tests.streams.sources.test_cap_feed import _atom, _cap
from tests.streams.sources.test_eve import _lines
from tests.streams.sources.web import Web, serving

AT = 1_725_700_000
FEEDS = ("station_reading", "citizen_report", "cap_alert", "security_alert")

MQTT = """\
id: gauges
kind: mqtt
feed: station_reading
source: "urn:vn:hai-duong:quan-trac"
organisation: so-nnmt
title: {{vi: x, en: x}}
options: {{host: 127.0.0.1, port: {port}, topic: "gauge/{{station}}/{{metric}}", client_id: collect-test}}
mapping:
  id: "{{topic.station}}-{{payload.at}}"
  time: {{path: payload.at, format: unix}}
  fields:
    station_id: topic.station
    metric: {{const: muc_nuoc}}
    value: payload.v
    unit: {{const: m}}
    quality: {{const: good}}
"""
REST = """\
id: reports
kind: rest
feed: citizen_report
source: "urn:vn:hai-duong:1022"
organisation: so-khcn
title: {{vi: x, en: x}}
options: {{url: "{url}/reports", every: 1s, items: data, cursor: {{path: next, param: after}}}}
mapping:
  id: "r-{{id}}"
  time: {{path: at, format: unix}}
  fields: {{report_id: id, title: title, category: {{const: NGAP_LUT}}}}
"""
CAP = """\
id: warnings
kind: cap
feed: cap_alert
source: "urn:vn:hai-duong:pctt"
organisation: so-nnmt
title: {{vi: x, en: x}}
options: {{url: "{url}/cap", every: 1s}}
"""
EVE = """\
id: suricata
kind: eve
feed: security_alert
source: "urn:vn:hai-duong:soc"
organisation: so-khcn
title: {{vi: x, en: x}}
options: {{file: "{file}", every: 1s}}
"""


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    with running(tmp_path_factory.mktemp("collect"), "kafka") as started:
        yield started


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    with brokering() as started:
        yield started


def _profile(folder: Path, web: Web, broker: Broker) -> Path:
    profile = shutil.copytree(PROFILE, folder / "hai-duong")
    shutil.rmtree(profile / "sources", ignore_errors=True)
    (profile / "sources").mkdir()
    given = {"port": broker.port, "url": web.url, "file": folder / "eve.json"}
    for name, text in (("gauges", MQTT), ("reports", REST), ("warnings", CAP), ("suricata", EVE)):
        (profile / "sources" / f"{name}.yaml").write_text(text.format(**given), "utf-8")
    return profile


def _pages(request: Request) -> Response:
    first = int(request.query_params.get("after", 0))
    data = [
        {"id": number, "at": AT + number, "title": f"Ngập {number}"} for number in range(first, min(first + 25, 600))
    ]
    return JSONResponse({"data": data, "next": min(first + 25, 600)})


async def _records(bootstrap: str, profile: Path) -> dict[str, dict[str, list[bytes]]]:
    """Feed → id → the values that came, heartbeats apart."""
    consumer = PacedConsumer(**consumer_options(bootstrap, "reader") | {"group_id": None, "group_instance_id": None})
    await consumer.start()
    found: dict[str, dict[str, list[bytes]]] = {feed: {} for feed in FEEDS}
    try:
        contracts = load(profile).feeds
        places = [TopicPartition(f"ioc.{feed}", at) for feed in FEEDS for at in range(contracts[feed].partitions)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        while [place for place in places if await consumer.position(place) < ends[place]]:
            for place, records in (await consumer.getmany(timeout_ms=200)).items():
                for record in records:
                    envelope = msgspec.json.decode(record.value)
                    assert envelope["subject"].encode() == record.key
                    kind = "beat" if "heartbeat" in envelope["type"] else envelope["id"]
                    found[place.topic.removeprefix("ioc.")].setdefault(kind, []).append(record.value)
    finally:
        await consumer.stop()
    return found


@asynccontextmanager
async def _collecting(environment: dict[str, str], log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ioc.cli", "collect", env=environment, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _publish(broker: Broker, numbers: range) -> None:
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        for number in numbers:
            payload = json.dumps({"at": AT + number, "v": number / 100})
            await client.publish("gauge/pha-lai/level", payload, qos=1)


@pytest.mark.engines
@pytest.mark.mosquitto
async def test_killed_again_and_again(kafka: Engines, broker: Broker, tmp_path: Path) -> None:
    wanted = {
        "station_reading": {f"pha-lai-{AT + number}" for number in range(600)},
        "citizen_report": {f"r-{number}" for number in range(600)},
        "cap_alert": {f"VN-PCTT-{number}:2024-09-07T10:0{number}:00_07:00" for number in (1, 2, 3)},
    }
    log = tmp_path / "collect.log"
    async with serving() as web:
        profile = await asyncio.to_thread(_profile, tmp_path, web, broker)
        web.answers = {
            "/reports": _pages, "/cap": lambda _: Response(_atom("/1", "/2", "/3")),
            **{f"/{number}": (lambda _, number=number: Response(_cap(number))) for number in (1, 2, 3)},
        }  # fmt: skip
        settings = read({"KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap, "IOC_DATA_DIR": str(tmp_path / "var"),
                         "IOC_PROFILE": str(profile), "IOC_LANGUAGE": "en"})  # fmt: skip
        environment = child_environment(settings)
        (tmp_path / "eve.json").write_bytes(_lines(*range(300)))
        async with _collecting(environment, log):
            await once(lambda: "gauges answers" in log.read_text(), 60)  # from now on the broker keeps what comes
        for turn in range(2):
            await _publish(broker, range(turn * 300, turn * 300 + 300))
            with (tmp_path / "eve.json").open("ab") as file:
                file.write(_lines(*range(300 + turn * 100, 400 + turn * 100)))
            async with _collecting(environment, log) as process:
                await once(lambda begun=turn + 2: log.read_text().count("collecting from") == begun, 60)  # type: ignore[misc]
                await asyncio.sleep(0.2 + turn * 0.3)
                process.kill()
        async with _collecting(environment, log) as process:
            for _ in range(60):
                found = await _records(kafka.bootstrap, profile)
                whole = all(wanted[feed] <= found[feed].keys() for feed in wanted)
                if whole and len(found["security_alert"]) - ("beat" in found["security_alert"]) == 500:
                    break
                await asyncio.sleep(0.3)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 15) == 0, log.read_text()
        found = await _records(kafka.bootstrap, profile)
    for feed, ids in wanted.items():
        assert found[feed].keys() - {"beat"} == ids, (feed, log.read_text()[-3000:])
    assert len(found["security_alert"].keys() - {"beat"}) == 500
    doubled = {
        feed: [one for one, raws in ids.items() if one != "beat" and len(set(raws)) > 1] for feed, ids in found.items()
    }
    assert doubled == {feed: [] for feed in FEEDS}  # what was sent twice is the same bytes under the same id
    assert all("beat" in ids for ids in found.values())
    async with await connect(f"sqlite:///{tmp_path / 'var' / 'records.sqlite'}") as cursors:
        statuses = await cursors.statuses()
    assert {name: status.state for name, status in statuses.items()} == dict.fromkeys(
        ("gauges", "reports", "warnings", "suricata"), "stopped"
    )


def test_nothing_is_enabled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = shutil.copytree(PROFILE, tmp_path / "hai-duong")
    monkeypatch.setenv("IOC_PROFILE", str(profile))
    assert main(["--language", "en", "collect"]) == 0
    assert "no source is enabled" in capsys.readouterr().out


def test_only_enabled_ones_may_be_chosen() -> None:
    with pytest.raises(SettingsError, match="no enabled source"):
        chosen(load(PROFILE, source_types=source_types()), ["nothing"])


def test_the_examples_of_the_province_are_off_and_fit_their_feeds() -> None:
    sources = load(PROFILE, source_types=source_types()).sources
    assert {source.kind for source in sources.values()} == set(KINDS)
    assert not any(source.enabled for source in sources.values())
    assert all(".example.vn" in str(source.options) or source.kind == "eve" for source in sources.values())


def test_the_examples_of_the_guide_can_be_used() -> None:
    guide = (PROFILE.parent.parent / "docs" / "sources.md").read_text("utf-8")
    blocks = re.findall(r"\(`kind: (\w+)`\)\n\n```yaml\n(.+?)```", guide, re.S)
    assert [kind for kind, _ in blocks] == list(KINDS)
    for kind, text in blocks:
        given = yaml.safe_load(text)
        assert list(msgspec.convert(given["options"], KINDS[kind].options).faults()) == []
        msgspec.convert(given.get("mapping", {"fields": {}}), Mapping)
