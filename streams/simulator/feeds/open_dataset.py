"""The catalogue of open data: every dataset once a day, early in the morning, updated at its own pace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ioc.core.contract import seconds
from streams.simulator.draft import Draft, merged
from streams.simulator.models import Dataset
from streams.simulator.workday import DAY
from streams.simulator.world import World

FEED = "open_dataset"
HARVEST = 5 * 3600.0
FIRST = 1200.0


def drafts(world: World) -> Iterator[Draft]:
    datasets = world.scenario.open_dataset
    return merged(*(_dataset(world, number, dataset) for number, dataset in enumerate(datasets)))


def _dataset(world: World, number: int, dataset: Dataset) -> Iterator[Draft]:
    rng, offices = world.rng(f"{FEED}/{dataset.id}"), world.offices()
    known = dataset.agency in world.profile.organisations
    agency = dataset.agency if known or not offices else offices[number % len(offices)].code
    updated = float(int(world.begin - seconds(dataset.age)))
    downloads = dataset.downloads
    at = world.begin - FIRST + number
    midnight = world.calendar.midnight(world.calendar.day(world.begin))
    while True:
        if at - updated > seconds(dataset.accrual) and rng.random() < 0.8:
            updated = float(int(at - 3600 * (1 + 8 * rng.random())))
        data: dict[str, Any] = {
            "dataset_id": dataset.id, "title": dataset.title, "agency": agency,
            "updated_at": world.calendar.text(updated), "accrual": dataset.accrual, "formats": dataset.formats,
            "downloads": downloads,
        }  # fmt: skip
        if dataset.licence:
            data["licence"] = dataset.licence
        yield world.draft(FEED, dataset.id, at, data, organisation=agency)
        downloads += int(rng.random() * 12)
        midnight = world.calendar.midnight(world.calendar.day(midnight + 1.5 * DAY))
        at = midnight + HARVEST + number
