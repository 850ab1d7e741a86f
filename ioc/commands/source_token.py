"""``ioc source token``: make, list and revoke the tokens with which organisations send events."""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path

from ioc.access.tokens import SEND_EVENTS, make
from ioc.core.errors import SettingsError
from ioc.core.profile import Profile
from ioc.core.words import Words
from ioc.locales import load
from ioc.profile_files import load as load_profile
from ioc.records import database
from ioc.records.tokens import Token, Tokens, connect
from ioc.settings import Settings

HELP = "make, list and revoke tokens"
LONGEST = 3650  # days


def arguments(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(dest="step", metavar="STEP", required=True)
    create = steps.add_parser("create", help="make a token; it is printed this once")
    create.add_argument("--organisation", required=True, help="code of the organisation")
    create.add_argument("--feed", action="append", default=[], help="a feed it may send to (default: all)")
    create.add_argument("--source", action="append", default=[], help="a source it may be (default: all of the feeds)")
    create.add_argument("--purpose", default="webhook", help="what it is for")
    create.add_argument("--days", type=int, default=365, help="how long it holds")
    listed = steps.add_parser("list", help="the tokens, never their secrets")
    listed.add_argument("--organisation", default="", help="only those of an organisation")
    revoke = steps.add_parser("revoke", help="end a token")
    revoke.add_argument("id", help="the token's id")


def run(settings: Settings, options: argparse.Namespace) -> int:
    return asyncio.run(_run(settings, options))


async def _run(settings: Settings, options: argparse.Namespace) -> int:
    words = load(settings.language)
    profile = load_profile(Path(settings.profile), words)
    if options.step == "create":
        _check(profile, options, words)
    async with await connect(settings.database_url or database.default_url(settings.data_dir)) as tokens:
        if options.step == "create":
            return await _create(tokens, options, words, profile.head.timezone)
        if options.step == "revoke":
            return await _revoke(tokens, options.id, words)
        return await _list(tokens, options.organisation, words, profile.head.timezone)


def _check(profile: Profile, options: argparse.Namespace, words: Words) -> None:
    """Raises SettingsError for what the profile doesn't have."""
    if options.organisation not in profile.organisations:
        raise _unknown(words, "no_organisation", options.organisation, list(profile.organisations))
    for feed in options.feed:
        if feed not in profile.feeds:
            raise _unknown(words, "no_feed", feed, list(profile.feeds))
    sources = [source for feed in options.feed or profile.feeds for source in profile.feeds[feed].source]
    for source in options.source:
        if source not in sources:
            raise _unknown(words, "no_source", source, sources)
    if not 1 <= options.days <= LONGEST:
        raise SettingsError(words("source.token.days", given=options.days, most=LONGEST))


def _unknown(words: Words, key: str, given: str, known: list[str]) -> SettingsError:
    return SettingsError(words(f"source.token.{key}", given=given, known=", ".join(known)))


async def _create(tokens: Tokens, options: argparse.Namespace, words: Words, zone: str) -> int:
    token, shown = make(
        options.organisation, " ".join(options.purpose.split())[:200], (SEND_EVENTS,), dict.fromkeys(options.feed),
        dict.fromkeys(options.source), time.time(), options.days,
    )  # fmt: skip
    await tokens.add(token)
    until = words.date(token.expires, zone)
    print(words("source.token.made", id=token.id, organisation=token.organisation, expires=until))
    print(shown)
    return 0


async def _list(tokens: Tokens, organisation: str, words: Words, zone: str) -> int:
    found = await tokens.all(organisation)
    for token in found:
        print(_row(token, words, zone, time.time()))
    if not found:
        print(words("source.token.none"))
    return 0


async def _revoke(tokens: Tokens, name: str, words: Words) -> int:
    if not await tokens.revoke(name, time.time()):
        raise SettingsError(words("source.token.unknown", id=name))
    print(words("source.token.revoked", id=name))
    return 0


def _row(token: Token, words: Words, zone: str, now: float) -> str:
    every = words("source.token.every")
    state = "revoked" if token.revoked is not None else "expired" if token.expires <= now else "holds"
    used = words("source.token.never") if token.last_used is None else words.date(token.last_used, zone)
    return words(
        "source.token.row", id=token.id, organisation=token.organisation, purpose=token.purpose,
        feeds=",".join(token.feeds) or every, sources=",".join(token.sources) or every,
        expires=words.date(token.expires, zone), used=used, state=words(f"source.token.states.{state}"),
    )  # fmt: skip
