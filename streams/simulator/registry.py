"""Which generator draws which feed: one line each. A feed that isn't here is drawn from its contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from streams.simulator.draft import Draft
from streams.simulator.feeds import (
    cap_alert,
    citizen_report,
    digital_identity,
    document,
    dossier,
    generic,
    hospital_status,
    indicator,
    integration_call,
    media_item,
    open_dataset,
    security_alert,
    station_reading,
    task,
    traffic_event,
)
from streams.simulator.world import World

GENERATORS: dict[str, Callable[[World], Iterator[Draft]]] = {
    "dossier": dossier.drafts,
    "citizen_report": citizen_report.drafts,
    "station_reading": station_reading.drafts,
    "cap_alert": cap_alert.drafts,
    "security_alert": security_alert.drafts,
    "indicator": indicator.drafts,
    "task": task.drafts,
    "hospital_status": hospital_status.drafts,
    "traffic_event": traffic_event.drafts,
    "document": document.drafts,
    "integration_call": integration_call.drafts,
    "open_dataset": open_dataset.drafts,
    "digital_identity": digital_identity.drafts,
    "media_item": media_item.drafts,
}


def drafts(world: World, feed: str) -> Iterator[Draft]:
    """What happens in one feed, in order of time."""
    generator = GENERATORS.get(feed)
    return generator(world) if generator else generic.drafts(world, feed)
