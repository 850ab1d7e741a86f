"""MQTT 5 or 3.1.1: each message becomes an event; it is acknowledged to the broker after Kafka has acknowledged it.

The session outlives the connection, so the broker keeps what comes while nobody listens, as far as it was sent with
QoS 1. A message that was sent to Kafka, but not acknowledged to the broker before a crash, comes again: with a time in
its payload it is the same event and counts once; without one it can't be told from a new one of the same value.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Literal

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ioc.core.contract import Strict, seconds
from ioc.core.errors import SourceError
from ioc.core.mapping import Fault as Lack
from ioc.core.mapping import Mapped, Reader, digest, document
from ioc.core.source import Fault, SourceOptions, pause_faults, secret_faults
from streams.sources.kind import Kind
from streams.sources.line import Line
from streams.sources.secret import Secrets

MOST_AT_ONCE = 500
MOST_WAITING = 20_000  # messages of QoS 0 may come faster than Kafka takes them
LARGEST_PAYLOAD = 262_144
NOWHERE = "ioc/nowhere"  # a topic that is never subscribed to
_LEVEL = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


class Tls(Strict, frozen=True, kw_only=True):
    """Names of secret files: the authority (empty: those of the machine), and the client's certificate with its key."""

    ca: str = ""
    certificate: str = ""
    key: str = ""


class MqttOptions(SourceOptions, frozen=True, kw_only=True):
    """``topic`` is the filter, with names for its levels: ``tram/{station}/{metric}``; ``+`` and ``#`` have none.

    A mapping sees ``topic.<name>`` and ``payload``: the JSON document, or with ``payload: number`` the bare figure.
    ``session`` is how long the broker keeps the session of one who doesn't come (MQTT 5).
    """

    host: str
    port: int = 1883
    topic: str
    version: Literal[5, "3.1.1"] = 5
    payload: Literal["json", "number"] = "json"
    username: str = ""
    secret: str = ""
    tls: Tls | None = None
    client_id: str = ""
    session: str = "P7D"
    keepalive: int = 30

    def faults(self) -> Iterator[Fault]:
        if not self.host or "/" in self.host or "@" in self.host:
            yield ("host",), "host", {"given": self.host}
        if not 1 <= self.port <= 65_535:
            yield ("port",), "port", {"given": self.port}
        if not _is_filter(topic_filter(self.topic)):
            yield ("topic",), "topic", {"given": self.topic}
        yield from pause_faults(self.session, "session")
        yield from secret_faults(self.secret, ("secret",))
        for name in ("ca", "certificate", "key"):
            yield from secret_faults(getattr(self.tls, name, ""), ("tls", name))


def topic_filter(topic: str) -> str:
    """The filter that a broker knows: every named level is a ``+``."""
    return "/".join("+" if _LEVEL.fullmatch(level) else level for level in topic.split("/"))


def topic_names(topic: str) -> list[tuple[int, str]]:
    """The named levels: where each stands, and its name."""
    levels = enumerate(topic.split("/"))
    return [(at, found[1]) for at, level in levels if (found := _LEVEL.fullmatch(level))]


def _is_filter(text: str) -> bool:
    levels = text.split("/")
    wild = [level for level in levels if set("+#{}") & set(level)]
    return bool(text) and all(level in ("+", "#") for level in wild) and "#" not in levels[:-1] and "\0" not in text


class _Client(aiomqtt.Client):
    """A client that acknowledges when it is told to, not when a message has come."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._client.manual_ack_set(True)

    def acknowledge(self, message: aiomqtt.Message) -> None:
        self._client.ack(message.mid, message.qos)


async def run(line: Line) -> None:
    options: MqttOptions = line.options
    reading = _Reading(line, options)
    try:
        async with await _connection(line, options) as client:
            await client.subscribe(topic_filter(options.topic), qos=1)
            await line.lives()
            while not line.stop.is_set():
                messages = await _next(client, line.stop)
                await line.deliver([event for one in messages if (event := reading.event(one)) is not None])
                for message in messages:
                    client.acknowledge(message)
                await line.lives()
            # Once there and back: a broker that sees the end first may overlook acknowledgements before it.
            await client.unsubscribe(NOWHERE)
    except aiomqtt.MqttError as error:
        raise SourceError(f"{options.host}:{options.port}: {error}") from error


async def _connection(line: Line, options: MqttOptions) -> _Client:
    newest = options.version == 5
    session: dict[str, Any] = (
        {"clean_start": False, "properties": _properties(options)} if newest else {"clean_session": False}
    )
    return _Client(
        hostname=options.host, port=options.port, username=options.username or None,
        password=line.secrets.text(options.secret) if options.secret else None,
        identifier=options.client_id or f"ioc-{line.around.profile}-{line.source.id}",
        protocol=aiomqtt.ProtocolVersion.V5 if newest else aiomqtt.ProtocolVersion.V311,
        keepalive=options.keepalive, max_queued_incoming_messages=MOST_WAITING,
        tls_context=await asyncio.to_thread(_trust, options.tls, line.secrets), **session,
    )  # fmt: skip


def _properties(options: MqttOptions) -> Properties:
    """What the broker is asked to keep to: the session's life, and how much it sends before it is acknowledged."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = min(int(seconds(options.session)), 0xFFFF_FFFE)
    properties.ReceiveMaximum = MOST_AT_ONCE
    properties.MaximumPacketSize = 2 * LARGEST_PAYLOAD
    return properties


def _trust(tls: Tls | None, secrets: Secrets) -> ssl.SSLContext | None:
    if tls is None:
        return None
    try:
        context = ssl.create_default_context(cafile=str(secrets.path(tls.ca)) if tls.ca else None)
        if tls.certificate:
            context.load_cert_chain(secrets.path(tls.certificate), secrets.path(tls.key) if tls.key else None)
    except (OSError, ssl.SSLError) as error:
        raise SourceError(f"a certificate can't be read from IOC_SECRETS_DIR ({error})") from None
    return context


async def _next(client: _Client, stop: asyncio.Event) -> list[aiomqtt.Message]:
    """The messages that wait, at least one; none when the process stops."""
    coming = asyncio.ensure_future(anext(client.messages))
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((coming, stopping), return_when=asyncio.FIRST_COMPLETED)
        if not coming.done():
            return []
        found = [coming.result()]
    finally:
        for task in (coming, stopping):
            task.cancel()
        await asyncio.gather(coming, stopping, return_exceptions=True)
    while len(client.messages) and len(found) < MOST_AT_ONCE:
        found.append(await anext(client.messages))
    return found


class _Reading:
    """Messages into events."""

    def __init__(self, line: Line, options: MqttOptions) -> None:
        self._line = line
        self._options = options
        self._read: Reader = line.reader()
        self._names = topic_names(options.topic)
        self._timed = line.source.mapping is not None and line.source.mapping.time is not None

    def event(self, message: aiomqtt.Message) -> Any:
        """The event; None, counted, for what the broker had kept from before and has no time of its own."""
        line, raw = self._line, _bytes(message.payload)
        if len(raw) > LARGEST_PAYLOAD:
            line.skip("too_large")
            return None
        if message.retain and not self._timed:
            line.skip("retained")
            return None
        topic = message.topic.value
        try:
            payload = document(raw)
        except ValueError:
            payload = None
        if payload is None or (self._options.payload == "number" and type(payload) not in (int, float)):
            return line.event(_unreadable(topic, raw, line.now))
        levels = topic.split("/")
        item = {"topic": {name: levels[at] for at, name in self._names}, "payload": payload}
        return line.event(self._read.read(item, line.now))


def _bytes(payload: Any) -> bytes:
    return bytes(payload) if isinstance(payload, bytes | bytearray) else str(payload).encode()


def _unreadable(topic: str, raw: bytes, now: float) -> Mapped:
    """What is no JSON goes on as it came: the feed refuses it, where its owner sees it."""
    text = raw.decode("utf-8", "replace")
    lack = Lack(field="data", reason="wrong_type", found=text[:40])
    time = datetime.fromtimestamp(now, UTC).isoformat()
    return Mapped(id=digest([topic, text, time]), time=time, at=now, data=text, faults=(lack,))


KIND = Kind(options=MqttOptions, run=run)
