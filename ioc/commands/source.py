"""``ioc source``: where events come from. One line of :data:`ACTIONS` and one module make an action."""

from __future__ import annotations

import argparse
from types import ModuleType

from ioc.commands import source_token
from ioc.settings import Settings

HELP = "manage the sources of events and their tokens"

ACTIONS: dict[str, ModuleType] = {
    "token": source_token,
}


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, module in ACTIONS.items():
        module.arguments(actions.add_parser(name, help=module.HELP))


def run(settings: Settings, options: argparse.Namespace) -> int:
    code: int = ACTIONS[options.action].run(settings, options)
    return code
