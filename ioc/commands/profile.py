"""``ioc profile show`` and ``ioc profile asyncapi``: what the profile in use comes to, for people and for machines."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ioc.core.asyncapi import asyncapi
from ioc.core.check import summary
from ioc.core.json_schema import Bilingual
from ioc.core.profile import Profile
from ioc.core.words import Words
from ioc.locales import languages, load
from ioc.profile_files import load as load_profile
from ioc.settings import Settings

HELP = "what a profile holds"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["show", "asyncapi"], help="print the summary, or the AsyncAPI document")
    parser.add_argument("folder", nargs="?", help="folder of a profile (default: IOC_PROFILE)")


def run(settings: Settings, options: argparse.Namespace) -> int:
    words = load(settings.language)
    folder = Path(options.folder or settings.profile)
    profile = load_profile(folder, words)
    if options.action == "asyncapi":
        both = Bilingual({language: load(language) for language in languages()})
        print(msgspec.json.format(msgspec.json.encode(asyncapi(profile, both))).decode())
        return 0
    for line in lines(profile, folder, words):
        print(line)
    return 0


def lines(profile: Profile, folder: Path, words: Words) -> Iterator[str]:
    """The summary, one line a thing."""
    title = words.text(profile.head.title)
    yield words("cli.profile.title", id=profile.head.id, title=title, folder=folder, digest=profile.digest)
    yield words("cli.summary", **summary(profile))
    for level, count in sorted(Counter(area.level for area in profile.current_areas().values()).items()):
        yield words("cli.profile.level", level=level, count=count)
    for name, feed in profile.feeds.items():
        yield words(
            "cli.profile.feed", id=name, title=words.text(feed.title), owner=feed.owner,
            cadence=feed.cadence or words("cli.profile.on_event"), partitions=feed.partitions,
        )  # fmt: skip
    members = Counter(indicator.group for indicator in profile.indicators.values())
    for group in sorted(profile.head.groups, key=lambda group: group.order):
        yield words("cli.profile.group", id=group.id, title=words.text(group.title), count=members[group.id])
    for name, wall in profile.walls.items():
        yield words("cli.profile.wall", id=name, title=words.text(wall.title), count=len(wall.panels))
    for name, layer in profile.layers.items():
        yield words("cli.profile.layer", id=name, title=words.text(layer.title), kind=layer.kind)
