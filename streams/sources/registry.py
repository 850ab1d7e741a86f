"""The kinds of sources: one file and one line each."""

from __future__ import annotations

from collections.abc import Mapping

from ioc.core.source import SourceOptions
from streams.sources import cap_feed, eve, mqtt, rest
from streams.sources.kind import Kind

KINDS: dict[str, Kind] = {
    "mqtt": mqtt.KIND,
    "cap": cap_feed.KIND,
    "eve": eve.KIND,
    "rest": rest.KIND,
}


def source_types() -> Mapping[str, type[SourceOptions]]:
    """The options of each kind."""
    return {name: kind.options for name, kind in KINDS.items()}
