"""``ioc check``: every mistake of the profiles with file, line and mend, or what they hold."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from ioc.core.check import summary
from ioc.core.errors import SettingsError
from ioc.core.words import Words
from ioc.locales import load
from ioc.profile_files import examine, profiles_in
from ioc.settings import Settings, profiles_folder
from layouts.panels import PANELS
from streams.simulator.scenario import Scenario
from streams.sources.registry import source_types

HELP = "check profiles; every mistake with file, line and mend"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", nargs="*", help="folder of a profile (default: all in profiles/)")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """0 when every profile is good, 1 when one isn't. Raises :class:`SettingsError` when there is none."""
    words = load(settings.language)
    folders = [Path(folder) for folder in options.folder] or [_near(path) for path in profiles_in(profiles_folder())]
    if not folders:
        raise SettingsError(words("cli.check.nothing", folder=profiles_folder()))
    return max([_check(folder, words) for folder in folders])


def panel_types() -> Mapping[str, type]:
    """The options of each panel type."""
    return {name: kind.options for name, kind in PANELS.items()}


def _near(folder: Path) -> Path:
    """The path as one would type it here."""
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder


def _check(folder: Path, words: Words) -> int:
    checked = examine(folder, words, panel_types(), Scenario, source_types())
    for problem in checked.problems:
        print(problem)
    if checked.profile is None:
        print(words("cli.check.failed", folder=folder, count=len(checked.problems)))
        return 1
    print(words("cli.check.ok", folder=folder, summary=words("cli.summary", **summary(checked.profile))))
    return 0
