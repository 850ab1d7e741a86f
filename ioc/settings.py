"""The settings of a process, and the only reader of the environment. Each is documented in docs/settings.md."""

from __future__ import annotations

import ipaddress
import os
import platform
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from ioc.core.errors import SettingsError

MOST = 1_000_000
LOG_LEVELS = ("debug", "info", "warning", "error")
_TRUTH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
_ADDRESSES = re.compile(r"[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*|\[[0-9a-fA-F:]+\]:\d{1,5}")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a process needs to know of its surroundings. An empty engine address means the embedded engine.

    ``profile`` and ``data_dir`` are paths of folders; ``production`` refuses embedded engines; ``consumer_id`` names a
    consumer process and must be its own; ``language`` is that of messages in the terminal. ``webhook_rate`` (events a
    second) and ``webhook_burst`` (events) are what one token may send.
    consumer process and must be its own; ``language`` is that of messages in the terminal; ``secrets_dir`` is the
    folder of the files with passwords and tokens of the sources.
    """

    kafka_bootstrap: str = ""
    redis_url: str = ""
    database_url: str = ""
    profile: str
    host: str = "127.0.0.1"
    port: int = 8050
    data_dir: str = "var"
    production: bool = False
    log_level: str = "info"
    consumer_id: str
    language: str = "vi"
    webhook_rate: int = 200
    webhook_burst: int = 2000
    secrets_dir: str = ""


def _text(name: str, value: str) -> str:
    return value


def _kafka(name: str, value: str) -> str:
    if not _ADDRESSES.fullmatch(value):
        raise SettingsError(f"{name}: '{value}' is no list of addresses; write host:port[,host:port…]")
    return value


def _url(*schemes: str) -> Callable[[str, str], str]:
    wanted = " or ".join(f"{scheme}://" for scheme in schemes)

    def read(name: str, value: str) -> str:
        scheme, mark, _ = value.partition("://")
        if not mark or scheme.partition("+")[0] not in schemes:
            # The value may hold a password, so the message doesn't repeat it.
            raise SettingsError(f"{name}: not an address; it begins with {wanted}")
        return value

    return read


def _host(name: str, value: str) -> str:
    try:
        loopback = value == "localhost" or ipaddress.ip_address(value).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise SettingsError(
            f"{name}: '{value}' would open the centre to the network, and there are no user accounts yet: "
            "anybody could read everything; use 127.0.0.1"
        )
    return value


def _port(name: str, value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 65_535:
        raise SettingsError(f"{name}: '{value}' is no port; write a number from 1 to 65535")
    return int(value)


def _count(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= MOST):
        raise SettingsError(f"{name}: '{value}' is no count; write a number from 1 to {MOST}")
    return int(value)


def _truth(name: str, value: str) -> bool:
    if value.lower() not in _TRUTH:
        raise SettingsError(f"{name}: '{value}' is neither yes nor no; write 1 or 0")
    return _TRUTH[value.lower()]


def _level(name: str, value: str) -> str:
    if value.lower() not in LOG_LEVELS:
        raise SettingsError(f"{name}: '{value}' is no level; one of {', '.join(LOG_LEVELS)}")
    return value.lower()


def _name(name: str, value: str) -> str:
    if not _NAME.fullmatch(value):
        raise SettingsError(f"{name}: '{value}' is no name; use up to 64 letters, digits and . _ -")
    return value


def _profile(name: str, value: str) -> str:
    """A folder, or the name of a profile that comes with the program."""
    shipped = profiles_folder() / value
    return str(shipped) if not Path(value).is_dir() and shipped.is_dir() else value


VARIABLES: dict[str, tuple[str, Callable[[str, str], str | int | bool]]] = {
    "KAFKA_BOOTSTRAP_SERVERS": ("kafka_bootstrap", _kafka),
    "REDIS_URL": ("redis_url", _url("redis", "rediss", "unix")),
    "DATABASE_URL": ("database_url", _url("sqlite", "postgresql")),
    "IOC_PROFILE": ("profile", _profile),
    "IOC_HOST": ("host", _host),
    "IOC_PORT": ("port", _port),
    "IOC_DATA_DIR": ("data_dir", _text),
    "IOC_PRODUCTION": ("production", _truth),
    "IOC_LOG_LEVEL": ("log_level", _level),
    "IOC_CONSUMER_ID": ("consumer_id", _name),
    "IOC_LANGUAGE": ("language", _name),
    "IOC_WEBHOOK_RATE": ("webhook_rate", _count),
    "IOC_WEBHOOK_BURST": ("webhook_burst", _count),
    "IOC_SECRETS_DIR": ("secrets_dir", _text),
}


def read(environ: Mapping[str, str]) -> Settings:
    """The settings that the variables name; an empty variable counts as absent.

    Raises :class:`SettingsError` with every variable that can't be used, one a line.
    """
    values: dict[str, str | int | bool] = {}
    problems: list[str] = []
    for name, (field, convert) in VARIABLES.items():
        if text := environ.get(name, "").strip():
            try:
                values[field] = convert(name, text)
            except SettingsError as error:
                problems.append(str(error))
    problems += _missing_in_production(values, environ)
    if problems:
        raise SettingsError("\n".join(problems))
    values.setdefault("consumer_id", "consume-" + re.sub(r"[^A-Za-z0-9._-]", "-", platform.node())[:48])
    if "profile" not in values:
        values["profile"] = str(_default_profile())
    return msgspec.convert(values, Settings)


def from_environment() -> Settings:
    """The settings of this process."""
    return read(os.environ)


def child_environment(settings: Settings, **changes: str | int | bool) -> dict[str, str]:
    """This process's environment with ``settings`` (and ``changes`` to them), for a child process."""
    changed = msgspec.structs.replace(settings, **changes)
    variables = {name: _written(getattr(changed, field)) for name, (field, _) in VARIABLES.items()}
    return {**os.environ, **variables}


def profiles_folder() -> Path:
    """The profiles beside the sources, or those packed into the installed program."""
    here = Path(__file__).parent
    beside = here.parent / "profiles"
    return beside if (beside / "default").is_file() else here / "_profiles"


def _default_profile() -> Path:
    folder = profiles_folder()
    if not (folder / "default").is_file():
        raise SettingsError("IOC_PROFILE: no profile comes with this program; name the folder of yours")
    return folder / (folder / "default").read_text("utf-8").strip()


def _missing_in_production(values: Mapping[str, str | int | bool], environ: Mapping[str, str]) -> list[str]:
    if not values.get("production"):
        return []
    needed = ("KAFKA_BOOTSTRAP_SERVERS", "REDIS_URL", "DATABASE_URL")
    return [
        f"{name}: production doesn't use embedded engines; name yours, or unset IOC_PRODUCTION"
        for name in needed
        if not environ.get(name, "").strip()
    ]


def _written(value: str | int | bool) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)
