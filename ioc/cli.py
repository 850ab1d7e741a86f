"""The command ``ioc``. One line of :data:`COMMANDS` and one file of ``ioc/commands`` make a command.

A command's module has ``HELP``, ``arguments(parser)`` and ``run(settings, options) -> int``; only the chosen one is
imported. Exit codes: 0 done, 1 the answer is no, 2 it can't be done as asked, 130 interrupted.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import importlib.util
import logging
import sys
from collections.abc import Sequence
from types import ModuleType

import msgspec

from ioc.core.errors import IocError, SettingsError
from ioc.core.words import Words
from ioc.locales import languages, load
from ioc.settings import Settings, from_environment

DISTRIBUTION = "ioc-dashboard"

COMMANDS: dict[str, str] = {
    "demo": "ioc.commands.demo",
    "check": "ioc.commands.check",
    "profile": "ioc.commands.profile",
    "geo": "ioc.commands.geo",
    "doctor": "ioc.commands.doctor",
    "web": "ioc.commands.web",
    "consume": "ioc.commands.consume",
    "historian": "ioc.commands.historian",
    "collect": "ioc.commands.collect",
    "simulate": "ioc.commands.simulate",
    "replay": "ioc.commands.replay",
    "dlq": "ioc.commands.dlq",
    "rebuild": "ioc.commands.rebuild",
    "source": "ioc.commands.source",
    "upload": "ioc.commands.upload",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command of ``arguments`` (default: the process's own); the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(given)
    except IocError as error:
        print(f"ioc: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of the output (head, less) has enough. Nothing is left to say, not even at exit.
        sys.stderr.close()
        return 0


def _run(given: list[str]) -> int:
    settings = from_environment()
    language = _language(given) or settings.language
    words = load(language)
    name, module = _chosen(given)
    options = _parser(words, name, module).parse_args(given)
    _log(settings)
    if module is None:
        _parser(words, None, None).print_help()
        return 2
    code: int = module.run(msgspec.structs.replace(settings, language=language), options)
    return code


def _chosen(given: list[str]) -> tuple[str | None, ModuleType | None]:
    """The command that is asked for, and its module; both None when there is none."""
    name = next((word for word in _without_language(given) if not word.startswith("-")), None)
    if name not in COMMANDS:
        return None, None
    if importlib.util.find_spec(COMMANDS[name]) is None:
        raise SettingsError(f"the command '{name}' isn't part of this installation")
    return name, importlib.import_module(COMMANDS[name])


def _parser(words: Words, chosen: str | None, module: ModuleType | None) -> argparse.ArgumentParser:
    """The parser of all commands; only the chosen one has its arguments, because only it is imported."""
    parser = argparse.ArgumentParser(prog="ioc", description=words("cli.description"), epilog=words("cli.epilog"))
    parser.add_argument("--version", action="version", version=f"ioc {importlib.metadata.version(DISTRIBUTION)}")
    parser.add_argument("--language", choices=languages(), help=words("cli.language"))
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name in COMMANDS:
        says = words(f"cli.commands.{name}")
        command = commands.add_parser(name, help=says, description=says)
        if module is not None and name == chosen:
            module.arguments(command)
    return parser


def _language(given: list[str]) -> str:
    """The language asked for before the command; needed before the parser speaks."""
    early = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    early.add_argument("--language", default="")
    try:
        asked: str = early.parse_known_args(given)[0].language
    except argparse.ArgumentError:
        return ""  # the full parser says what is wrong
    return asked if asked in languages() else ""


def _without_language(given: list[str]) -> list[str]:
    if "--language" not in given:
        return given
    at = given.index("--language")
    return given[:at] + given[at + 2 :]


def _log(settings: Settings) -> None:
    """Logs are plain text on stderr, in English; the one place where logging is set up."""
    logging.basicConfig(
        level=settings.log_level.upper(), stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )


if __name__ == "__main__":
    sys.exit(main())
