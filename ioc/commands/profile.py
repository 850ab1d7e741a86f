"""``ioc profile show``: what the profile in use comes to, with everything it takes from its base."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ioc.core.check import summary
from ioc.core.profile import Profile
from ioc.core.words import Words
from ioc.locales import load
from ioc.profile_files import load as load_profile
from ioc.settings import Settings

HELP = "what a profile holds"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["show"], help="show: print the summary")
    parser.add_argument("folder", nargs="?", help="folder of a profile (default: IOC_PROFILE)")


def run(settings: Settings, options: argparse.Namespace) -> int:
    words = load(settings.language)
    folder = Path(options.folder or settings.profile)
    for line in lines(load_profile(folder, words), folder, words):
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
