"""MQTT sources against a real Mosquitto: acknowledgements, restarts on either side, secrets and TLS."""

from __future__ import annotations

import asyncio
import json
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from streams.sources.mqtt import topic_filter, topic_names
from tests.streams.sources.broker import Broker, brokering
from tests.streams.sources.desk import Desk, Taken, desk, once

pytestmark = pytest.mark.mosquitto
AT = 1_725_700_000
MAPPING: dict[str, Any] = {
    "id": "{topic.station}-{payload.at}",
    "time": {"path": "payload.at", "format": "unix"},
    "fields": {
        "station_id": "topic.station", "metric": {"path": "topic.metric", "map": {"level": "muc_nuoc"}},
        "value": {"path": "payload.cm", "scale": 0.01}, "unit": {"const": "m"}, "quality": {"const": "good"},
    },
}  # fmt: skip
BARE: dict[str, Any] = {"fields": {**MAPPING["fields"], "value": "payload"}}


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    with brokering() as started:
        yield started


def _source(office: Desk, broker: Broker, name: str, **more: Any) -> Taken:
    options = {
        **broker.options,
        "topic": f"{name}/{{station}}/{{metric}}",
        "client_id": name,
        **more.pop("options", {}),
    }
    return office.line("mqtt", options, id=name, mapping=more.pop("mapping", MAPPING), **more)


async def _publish(broker: Broker, topic: str, *payloads: Any, retain: bool = False) -> None:
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        for payload in payloads:
            raw = payload if isinstance(payload, bytes) else json.dumps(payload)
            await client.publish(topic, raw, qos=1, retain=retain)


def _reading(number: int) -> dict[str, int]:
    return {"at": AT + number, "cm": 500 + number}


@pytest.mark.parametrize("version", [5, "3.1.1"])
async def test_messages_become_events_also_those_that_came_while_nobody_listened(
    version: Any, broker: Broker, tmp_path: Path
) -> None:
    name = f"come{str(version)[0]}"
    async with desk(tmp_path) as office:
        line = _source(office, broker, name, options={"version": version})
        await office.until(lambda: line.live, line)  # from now on the broker keeps what comes
        await _publish(broker, f"{name}/pha-lai/level", *map(_reading, range(300)))
        again = _source(office, broker, name, options={"version": version})
        await office.until(lambda: len(again.events) >= 300, again)
        assert [event["id"] for event in again.events] == [f"pha-lai-{AT + number}" for number in range(300)]
        assert again.events[83]["data"] == {
            "station_id": "pha-lai", "metric": "muc_nuoc", "value": 5.83, "unit": "m", "quality": "good",
        }  # fmt: skip
        assert again.events[0]["subject"] == "pha-lai/muc_nuoc"
        third = _source(office, broker, name, options={"version": version})
        await _publish(broker, f"{name}/pha-lai/level", _reading(301))
        await office.until(lambda: len(third.events) > 0, third)
        assert [event["id"] for event in third.events] == [f"pha-lai-{AT + 301}"]  # all others were acknowledged


async def test_nothing_is_acknowledged_before_kafka_has_it(broker: Broker, tmp_path: Path) -> None:
    """Kafka is away, then its answer is lost: the broker gives every message again, and it is the same event."""
    async with desk(tmp_path) as office:
        line = _source(office, broker, "lost")
        await office.until(lambda: line.live, line)
        await _publish(broker, "lost/pha-lai/level", *map(_reading, range(120)))
        again = _source(office, broker, "lost")
        again.fails, again.lost = 2, 2
        await office.until(lambda: again.status.errors == 4 and again.live, again)
        assert again.status.errors == 4
        assert len({event["id"] for event in again.events}) == 120 < len(again.events)
        assert len(set(again.raw[: len(again.records)])) - len(again.beats) == 120


async def test_the_broker_is_killed_and_comes_back(tmp_path: Path) -> None:
    with brokering() as broker:
        async with desk(tmp_path) as office:
            line = _source(office, broker, "kill")

            async def play() -> None:
                await once(lambda: line.live)
                await _publish(broker, "kill/pha-lai/level", _reading(1))
                await once(lambda: len(line.events) == 1)
                broker.kill()
                await once(lambda: line.status.state == "failing")
                await asyncio.to_thread(broker.start)
                await once(lambda: line.live)
                await _publish(broker, "kill/pha-lai/level", _reading(2))

            playing = asyncio.create_task(play())
            await office.until(
                lambda: {event["id"] for event in line.events} == {f"pha-lai-{AT + 1}", f"pha-lai-{AT + 2}"}, line
            )
            await playing
            assert line.status.errors >= 1


async def test_figures_without_a_time_of_their_own(broker: Broker, tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        await _publish(broker, "bare/pha-lai/level", b"4.5", retain=True)  # how old it is nobody knows
        line = _source(office, broker, "bare", mapping=BARE, options={"payload": "number"})

        async def play() -> None:
            await once(lambda: line.live)
            await _publish(broker, "bare/pha-lai/level", b"4.6", b"4.6", b'"high"', b"{", b"\xff", b"x" * 300_000)

        playing = asyncio.create_task(play())
        await office.until(lambda: len(line.events) >= 5 and line._skipped["too_large"] == 1, line)
        await playing
        assert line._skipped["retained"] == 1
        assert [event["data"]["value"] for event in line.events[:2]] == [4.6, 4.6]
        assert len({event["id"] for event in line.events}) == 5
        # What is no figure goes on as text, and is refused by the feed.
        assert [event["data"] for event in line.events[2:]] == ['"high"', "{", "\ufffd"]


async def test_a_password_from_a_file_and_a_topic_that_isnt_allowed(tmp_path: Path) -> None:
    made = tmp_path / "passwords"
    made.write_text("ioc:right\n")
    await asyncio.to_thread(_ran, "mosquitto_passwd", "-U", str(made))
    more = "allow_anonymous false\npassword_file {home}/passwords\n"
    with brokering(more, {"passwords": made.read_text()}) as broker:
        async with desk(tmp_path) as office:
            (office.secrets / "mqtt").write_text("wrong\n")
            options = {"username": "ioc", "secret": "mqtt"}
            line = _source(office, broker, "auth", options=options)

            async def play() -> None:
                await once(lambda: line.status.errors > 0)
                (office.secrets / "mqtt").write_text("right\n")  # no restart is needed

            playing = asyncio.create_task(play())
            await office.until(lambda: line.live, line)
            await playing
            assert "ot authorized" in line.status.last_error or "ser name or password" in line.status.last_error


# paho leaves the socket of a refused handshake to the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_tls_is_checked_against_the_named_authority(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl isn't installed: apt-get install openssl")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    asked = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    await asyncio.to_thread(
        _ran, "openssl", *asked.split(), "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out",
        str(certificate),
    )  # fmt: skip
    more = "allow_anonymous true\ncertfile {home}/certificate.pem\nkeyfile {home}/key.pem\n"
    files = {"key.pem": key.read_text(), "certificate.pem": certificate.read_text()}
    with brokering(more, files) as broker:
        async with desk(tmp_path) as office:
            (office.secrets / "ca.pem").write_text(certificate.read_text())
            stranger = _source(office, broker, "stranger", options={"tls": {}})
            await office.until(lambda: stranger.status.errors > 0, stranger)
            assert "CERTIFICATE_VERIFY_FAILED" in stranger.status.last_error
            line = _source(office, broker, "tls", options={"tls": {"ca": "ca.pem"}})

            async def play() -> None:
                await once(lambda: line.live)
                trusting = ssl.create_default_context(cafile=str(certificate))
                async with aiomqtt.Client("127.0.0.1", broker.port, tls_context=trusting) as client:
                    await client.publish("tls/pha-lai/level", json.dumps(_reading(1)), qos=1)

            playing = asyncio.create_task(play())
            await office.until(lambda: len(line.events) == 1, line)
            await playing


def _ran(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def test_topics() -> None:
    assert topic_filter("tram/{station}/{metric}/#") == "tram/+/+/#"
    assert topic_names("tram/{station}/+/{metric}") == [(1, "station"), (3, "metric")]
