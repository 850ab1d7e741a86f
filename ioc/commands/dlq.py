"""``ioc dlq``: a feed's refused events on the terminal: list, show, replay, discard, restore."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path

from ioc.core.clock import REAL
from ioc.core.deadletter import STATES, WAITING, Letter
from ioc.core.errors import SettingsError
from ioc.core.mask import masked
from ioc.core.profile import Profile
from ioc.core.replay import foretold, reason_name, told
from ioc.core.words import NOTHING, Words
from ioc.live.workbench import Workbench
from ioc.locales import load
from ioc.profile_files import load as load_profile
from ioc.records import database
from ioc.records.dead_letters import Filter, LateDeadLetters
from ioc.settings import Settings
from ioc.store.clock import read_clock
from ioc.store.connect import connect
from streams.delivery import Delivery

HELP = "list, show, replay, discard and restore refused events"
BY = "dlq"
ANY = "any"


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = _action(actions, "list", "the letters of a feed, the newest first")
    listed.add_argument("--state", choices=(*STATES, ANY), default=WAITING)
    listed.add_argument("--limit", type=int, default=20, help="at most so many lines (1 to 200)")
    _action(actions, "show", "one letter, its personal data hidden")
    replay = _action(actions, "replay", "send letters again, once their cause is mended")
    replay.add_argument("--dry-run", action="store_true", help="judge only, send nothing")
    replay.add_argument("--mend", action="store_true", help="mend as proposed before sending")
    replay.add_argument("--force", action="store_true", help="send those too that would be refused again")
    discard = _action(actions, "discard", "put letters aside")
    discard.add_argument("--note", required=True, help="why, in words")
    _action(actions, "restore", "let discarded letters wait again")


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, says: str
) -> argparse.ArgumentParser:
    action = actions.add_parser(name, help=says, description=says)
    action.add_argument("--feed", required=True)
    action.add_argument("--id", action="append", default=[], help="this letter; may be repeated")
    action.add_argument("--reason", default="", help="only letters of this reason code")
    action.add_argument("--source", default=None, help="only letters of this source")
    action.add_argument("--all", action="store_true", help="every letter of the feed")
    return action


def run(settings: Settings, options: argparse.Namespace) -> int:
    return asyncio.run(_run(settings, options))


async def _run(settings: Settings, options: argparse.Namespace) -> int:
    words = load(settings.language)
    profile = load_profile(Path(settings.profile), words)
    if options.feed not in profile.feeds:
        raise SettingsError(words("letters.cli.unknown_feed", feed=options.feed, feeds=", ".join(profile.feeds)))
    chosen = options.id or options.reason or options.source is not None or options.all
    if options.action != "list" and not chosen:
        raise SettingsError(words("letters.cli.choose"))
    letters = LateDeadLetters(settings.database_url or database.default_url(settings.data_dir))
    delivery = Delivery(settings.kafka_bootstrap)
    now = await _now(settings)
    bench = Workbench(lambda: profile, lambda: now, letters, delivery)
    try:
        return await _ACTIONS[options.action](_Desk(bench, profile, words), options)
    finally:
        await delivery.stop()
        await letters.close()


async def _now(settings: Settings) -> float:
    """The installation's time; real where no Redis is named."""
    if not settings.redis_url:
        return REAL.now(time.time())
    client = connect(settings.redis_url)
    try:
        return min(time.time(), (await read_clock(client)).now(time.time()))
    finally:
        await client.aclose()


class _Desk:
    """What every action needs."""

    def __init__(self, bench: Workbench, profile: Profile, words: Words) -> None:
        self.bench = bench
        self.words = words
        self._zone = profile.head.timezone

    def moment(self, at: float | None) -> str:
        return self.words.moment(at, self._zone)

    def row(self, letter: Letter) -> str:
        """A letter on one line; its id comes first, for copying."""
        texts = (
            letter.id, self.moment(letter.received), reason_name(self.words, letter.reason),
            masked(letter.source) or NOTHING, masked(letter.event_id) or NOTHING, masked(letter.detail),
        )  # fmt: skip
        return "  ".join(texts)


def _filter(options: argparse.Namespace, state: str = WAITING) -> Filter:
    return Filter(
        feed=options.feed, reason=options.reason, source=options.source, state=state, ids=tuple(options.id)
    )  # fmt: skip


async def _list(desk: _Desk, options: argparse.Namespace) -> int:
    wanted = _filter(options, "" if options.state == ANY else options.state)
    letters = await desk.bench.letters.opened()
    found, _ = await letters.page(wanted, limit=max(1, min(options.limit, 200)))
    for letter in found:
        print(desk.row(letter))
    print(desk.words("letters.cli.total", n=desk.words.number((await letters.counts(wanted)).total)))
    return 0


async def _show(desk: _Desk, options: argparse.Namespace) -> int:
    for name in options.id:
        found = await desk.bench.look(options.feed, name)
        if found is None:
            print(desk.words("letters.cli.unknown_letter", id=name, feed=options.feed), file=sys.stderr)
            return 1
        letter, words = found.letter, desk.words
        print(desk.row(letter), words(f"letters.state.{letter.state}"), letter.note, sep="\n")
        print(words(f"letters.verdict.{found.verdict.kind}"), masked(found.verdict.detail), sep="\n")
        for change in found.verdict.mend.changes if found.verdict.mend else ():
            print(f"{change.field}: {masked(change.before)} → {masked(change.after)}")
        print(found.sample.text)
    return 0


async def _replay(desk: _Desk, options: argparse.Namespace) -> int:
    wanted = _filter(options)
    checked = await desk.bench.check(wanted)
    print(*foretold(desk.words, checked), sep="\n")
    if options.dry_run or not checked.total:
        return 0
    done = await desk.bench.replay(wanted, BY, mend=options.mend, force=options.force)
    print(*told(desk.words, done), sep="\n")
    return 0 if done.sent else 1


async def _discard(desk: _Desk, options: argparse.Namespace) -> int:
    note = masked(" ".join(options.note.split()))
    if not note:
        raise SettingsError(desk.words("letters.problem.note"))
    gone = await desk.bench.discard(_filter(options), note, BY)
    print(desk.words("letters.done_discard", n=gone))
    return 0 if gone else 1


async def _restore(desk: _Desk, options: argparse.Namespace) -> int:
    back = await desk.bench.restore(_filter(options), BY)
    print(desk.words("letters.done_restore", n=back))
    return 0 if back else 1


_ACTIONS = {"list": _list, "show": _show, "replay": _replay, "discard": _discard, "restore": _restore}
