"""A consumer judges by a saved profile at once: what was refused is taken when it is sent again."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from ioc.store.connect import connect
from streams.producer import EventSender
from tests.centre import PROFILE, Centre
from tests.streams.one_feed import state
from tests.streams.records import reading
from tests.streams.test_topics_real import totals

pytestmark = pytest.mark.engines
URN = "urn:vn:hai-duong:quan-trac"


async def test_a_mended_allow_list_holds_without_a_restart(tmp_path: Path) -> None:
    profile = tmp_path / "hai-duong"
    shutil.copytree(PROFILE, profile, ignore=shutil.ignore_patterns("sources"))
    contract = profile / "feeds" / "station_reading.yaml"
    good = contract.read_text("utf-8")
    contract.write_text(good.replace(URN, "urn:vn:hai-duong:another"), "utf-8")
    with Centre(tmp_path, profile) as centre:
        centre.run("consume", "consume", "--feeds", "station_reading")
        client = connect(centre.settings.redis_url)
        await told(centre, client, 1, {"quarantined": 1})
        contract.write_text("feed: [", "utf-8")  # a broken one changes nothing
        await told(centre, client, 2, {"quarantined": 2})
        contract.write_text(good, "utf-8")
        until = time.monotonic() + 10
        while "the profile has changed" not in centre.log("consume") and time.monotonic() < until:
            time.sleep(0.1)  # noqa: ASYNC251 - it is another process that is waited for
        await told(centre, client, 3, {"quarantined": 2, "accepted": 1})
        await client.aclose()


async def told(centre: Centre, client: object, number: int, wanted: dict[str, int]) -> None:
    """Send one reading and wait for its outcome."""
    for _ in range(100):
        if "is ours" in centre.log("consume"):
            break
        time.sleep(0.1)  # noqa: ASYNC251
    async with EventSender(centre.settings.kafka_bootstrap) as sender:
        await sender.send("station_reading", "S1", reading(number, time.time()))
        await sender.flush()
    found: dict[str, int] = {}
    for _ in range(100):
        found = dict(totals([await state(client, "station_reading", place) for place in range(4)]))  # type: ignore[arg-type]
        if found == wanted:
            return
        time.sleep(0.1)  # noqa: ASYNC251
    assert found == wanted, centre.log("consume")[-2000:]
