"""All feeds of a profile as one AsyncAPI 3.0 document: channels, messages, schemas and Kafka bindings."""

from __future__ import annotations

from typing import Any

from ioc.core.contract import FeedContract
from ioc.core.event import HEARTBEAT, LARGEST, LARGEST_HEADERS
from ioc.core.json_schema import Bilingual, Schema, definitions
from ioc.core.outcome import QUARANTINE_REASONS, QUARANTINED, REJECT_REASONS, REJECTED
from ioc.core.profile import Profile

VERSION = "3.0.0"
MEDIA_TYPE = "application/vnd.aai.asyncapi+json;version=3.0.0"
BINDING = "0.5.0"
_SCHEMAS = "#/components/schemas/"
_KAFKA = [{"$ref": "#/servers/kafka"}]


def asyncapi(profile: Profile, both: Bilingual) -> Schema:
    """The document. ``both`` gives its sentences."""
    channels: dict[str, Schema] = {}
    operations: dict[str, Schema] = {}
    messages: dict[str, Schema] = {}
    schemas: dict[str, Schema] = {}
    for contract in profile.feeds.values():
        channels |= _channels(contract, both)
        operations |= _operations(contract, both)
        messages |= _messages(contract, both)
        schemas |= definitions(contract, profile, both, _SCHEMAS)
    return {
        "asyncapi": VERSION,
        "id": f"{profile.head.source_prefix}ioc",
        "info": _info(profile, both),
        "defaultContentType": "application/cloudevents+json",
        "servers": _servers(both),
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    }


def _info(profile: Profile, both: Bilingual) -> Schema:
    title = f"{both.text(profile.head.centre)} — {both.text(profile.head.province)}"
    return {"title": title, "version": f"1.0.0+{profile.digest[:12]}", "description": both("info")}


def _servers(both: Bilingual) -> Schema:
    return {
        "kafka": {
            "host": "{bootstrap}", "protocol": "kafka", "description": both("server"),
            "variables": {"bootstrap": {"default": "localhost:9092"}},
        }
    }  # fmt: skip


def _channels(contract: FeedContract, both: Bilingual) -> dict[str, Schema]:
    feed = contract.feed
    named = {kind: {"$ref": f"#/components/messages/{feed}_{kind}"} for kind in ("event", "heartbeat")}
    letter = {"dead_letter": {"$ref": f"#/components/messages/{feed}_dead_letter"}}
    title = both.text(contract.title)
    return {
        feed: {
            "address": contract.topic, "title": title, "servers": _KAFKA, "messages": named,
            "description": both("channel", topic=contract.topic, cadence=contract.cadence or "—"),
            "bindings": _topic(contract.topic, contract.partitions),
        },
        f"{feed}_dlq": {
            "address": contract.dead_letter_topic, "title": f"{title} – dlq", "servers": _KAFKA, "messages": letter,
            "description": both("dead_letters", topic=contract.topic),
            "bindings": _topic(contract.dead_letter_topic, 1),
        },
    }  # fmt: skip


def _topic(topic: str, partitions: int) -> Schema:
    return {"kafka": {"topic": topic, "partitions": partitions, "bindingVersion": BINDING}}


def _operations(contract: FeedContract, both: Bilingual) -> dict[str, Schema]:
    """What the centre does: it receives events, and sends what it refuses to the dead letters."""
    feed = contract.feed
    return {
        f"receive_{feed}": {"action": "receive", "channel": {"$ref": f"#/channels/{feed}"}},
        f"refuse_{feed}": {"action": "send", "channel": {"$ref": f"#/channels/{feed}_dlq"}},
    }


def _messages(contract: FeedContract, both: Bilingual) -> dict[str, Schema]:
    feed, title = contract.feed, both.text(contract.title)
    return {
        f"{feed}_event": _message(f"vn.ioc.{feed}.v1", title, f"{feed}_event", both),
        f"{feed}_heartbeat": _message(HEARTBEAT, both("heartbeat.title"), f"{feed}_heartbeat", both),
        f"{feed}_dead_letter": {
            "name": f"{feed}_dead_letter", "title": title, "summary": both("dead_letters", topic=contract.topic),
            "contentType": "application/octet-stream", "headers": _letter_headers(both),
            "payload": {"description": both("dead_letter.payload")},
            "bindings": _key(both("dead_letter.key")),
        },
    }  # fmt: skip


def _message(name: str, title: str, schema: str, both: Bilingual) -> Schema:
    return {
        "name": name,
        "title": title,
        "contentType": "application/cloudevents+json",
        "headers": {"type": "object", "description": both("headers", most=LARGEST_HEADERS)},
        "payload": {"$ref": f"{_SCHEMAS}{schema}"},
        "description": both("limits", most=LARGEST),
        "bindings": _key(both("record_key")),
    }


def _key(description: str) -> Schema:
    return {"kafka": {"key": {"type": "string", "description": description}, "bindingVersion": BINDING}}


def _letter_headers(both: Bilingual) -> Schema:
    properties: dict[str, Any] = {
        "outcome": {"type": "string", "enum": [QUARANTINED, REJECTED]},
        "reason": {"type": "string", "enum": [*QUARANTINE_REASONS, *REJECT_REASONS]},
        "detail": {"type": "string", "description": both("dead_letter.detail")},
        "source": {"type": "string"},
        "received": {"type": "string", "description": both("dead_letter.received")},
    }
    return {"type": "object", "properties": properties, "required": list(properties)}
