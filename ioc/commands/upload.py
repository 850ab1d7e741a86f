"""``ioc upload``: a CSV or Excel file into a feed, as on the page ``/upload``."""

from __future__ import annotations

import argparse
import asyncio
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from ioc.core.clock import REAL, Clock
from ioc.core.entry_mapping import Mapping
from ioc.core.entry_value import moment
from ioc.core.errors import IocError, SettingsError
from ioc.core.moments import Calendar
from ioc.core.profile import Profile
from ioc.core.sheet import SheetError
from ioc.core.words import Words
from ioc.locales import load as load_words
from ioc.profile_files import load as load_profile
from ioc.records import database, mappings
from ioc.settings import Settings
from ioc.store.clock import read_clock
from ioc.store.connect import connect
from layouts.upload.desk import spoken
from layouts.upload.reasons import REFUSED, reason
from streams.delivery import Delivery
from streams.sources.upload import Desk, Held

HELP = "hand in a CSV or Excel file to a feed"
MOST_TOLD = 50


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a CSV or .xlsx file")
    parser.add_argument("--feed", required=True, help="the feed's id")
    parser.add_argument("--organisation", required=True, help="code of the organisation that sends")
    parser.add_argument("--mapping", type=Path, help="JSON as --dry-run prints it; default: as kept, else as proposed")
    parser.add_argument("--sheet", default="", help="name of the sheet; default: the first with rows")
    parser.add_argument("--at", default="", help="time of the figures, 31/12/2025 17:30; default: as today began")
    parser.add_argument("--quarantined", action="store_true", help="send the doubtful rows as well")
    parser.add_argument("--dry-run", action="store_true", help="only tell what would become of the rows")


def run(settings: Settings, options: argparse.Namespace) -> int:
    words = load_words(settings.language)
    try:
        return asyncio.run(_run(settings, options, words))
    except SheetError as error:
        raise IocError(words(f"upload.error.{error.reason}", **error.values)) from None


async def _run(settings: Settings, options: argparse.Namespace, words: Words) -> int:
    profile, clock = load_profile(Path(settings.profile)), await _clock(settings)
    content, mapping = await asyncio.to_thread(_read, options, words)
    delivery = Delivery(settings.kafka_bootstrap)
    now = clock.now(time.time())
    url = settings.database_url or database.default_url(settings.data_dir)
    async with await mappings.connect(url) as kept:
        desk = Desk(lambda: profile, lambda: (min(now, time.time()), clock.mode), kept,
                    delivery if delivery.possible else None)  # fmt: skip
        try:
            token = await desk.take(options.file.name, content, options.feed, options.organisation)
            if options.sheet:
                await desk.turn_to(token, options.sheet)
            proposed = await desk.propose(token, spoken(words, "names"))
            held = await desk.judge(token, mapping or proposed, await _at(desk, token, profile, options.at, now))
            _tell(words, profile, held)
            return 0 if options.dry_run else await _send(desk, token, options.quarantined, words)
        finally:
            await delivery.stop()


async def _clock(settings: Settings) -> Clock:
    """The installation's clock, where there is one."""
    if not settings.redis_url:
        return REAL
    client = connect(settings.redis_url)
    try:
        return await read_clock(client)
    finally:
        await client.aclose()


def _read(options: argparse.Namespace, words: Words) -> tuple[bytes, Mapping | None]:
    try:
        content = options.file.read_bytes()
        text = options.mapping.read_bytes() if options.mapping else None
    except OSError as error:
        raise SettingsError(words("upload.cli.unread", file=error.filename, why=error.strerror)) from None
    try:
        mapping = msgspec.json.decode(text, type=Mapping) if text is not None else None
    except msgspec.MsgspecError as error:
        raise SettingsError(words("upload.cli.mapping", file=options.mapping, why=error)) from None
    if mapping is not None:
        mapping = msgspec.structs.replace(mapping, feed=options.feed, organisation=options.organisation)
    return content, mapping


async def _at(desk: Desk, token: str, profile: Profile, text: str, now: float) -> float:
    """The time that the form speaks of: as told, as the very same file was sent, or the beginning of today."""
    zone = profile.head.timezone
    if text:
        read = moment(text, ZoneInfo(zone))
        if not read:
            raise SheetError("at")
        return datetime.fromisoformat(read).timestamp()
    before = await desk.sent_before(token)
    return float(before.at) if before is not None else Calendar(zone).day(now)


def _tell(words: Words, profile: Profile, held: Held) -> None:
    """How columns are matched, each refused row with its reason, and the counts."""
    print(words("upload.cli.columns", mapping=msgspec.json.encode(held.mapping).decode()))
    contract = profile.feeds[held.feed]
    for verdict in [verdict for verdict in held.verdicts if verdict.outcome in REFUSED][:MOST_TOLD]:
        outcome = words(f"upload.outcomes.{verdict.outcome}")
        row = held.sheet.numbers[verdict.row]
        print(words("upload.cli.row", row=row, outcome=outcome, why=reason(words, contract, verdict)))
    for outcome, count in sorted(held.counts.items()):
        print(words("upload.cli.counts", n=words.number(count), outcome=words(f"upload.outcomes.{outcome}")))


async def _send(desk: Desk, token: str, quarantined: bool, words: Words) -> int:
    held = await desk.send(token, quarantined)
    if held.sending is not None:
        await held.sending
    progress = held.progress
    if progress is None or progress.failed:
        sent, every = (progress.sent, progress.all) if progress else (0, 0)
        raise IocError(words("upload.cli.failed", sent=sent, all=every))
    print(words("upload.cli.sent", n=words.number(progress.sent), feed=held.feed))
    return 0
