"""The environment is read once, completely and with clear errors; every setting is documented."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from ioc.core.errors import SettingsError
from ioc.settings import VARIABLES, Settings, child_environment, profiles_folder, read

ROOT = Path(__file__).parent.parent
ENGINES = {
    "KAFKA_BOOTSTRAP_SERVERS": "a:9092,b:9092",
    "REDIS_URL": "rediss://:secret@cache:6379/0",
    "DATABASE_URL": "postgresql+asyncpg://ioc@db/ioc",
}


def test_an_empty_environment_means_the_embedded_engines() -> None:
    settings = read({})
    assert (settings.kafka_bootstrap, settings.redis_url, settings.database_url) == ("", "", "")
    assert (settings.host, settings.port, settings.data_dir) == ("127.0.0.1", 8050, "var")
    assert not settings.production
    assert settings.language == "vi"
    assert Path(settings.profile).parent == profiles_folder()


def test_empty_variables_count_as_absent() -> None:
    assert read(dict.fromkeys(VARIABLES, " ")) == read({})


def test_every_variable_reaches_its_field() -> None:
    settings = read(
        {
            **ENGINES,
            "IOC_PROFILE": "/srv/profile",
            "IOC_HOST": "::1",
            "IOC_PORT": "9000",
            "IOC_DATA_DIR": "/srv/data",
            "IOC_PRODUCTION": "yes",
            "IOC_LOG_LEVEL": "DEBUG",
            "IOC_CONSUMER_ID": "consume-7",
            "IOC_LANGUAGE": "en",
            "IOC_SECRETS_DIR": "/srv/secrets",
        }
    )
    assert settings == Settings(
        kafka_bootstrap="a:9092,b:9092",
        redis_url="rediss://:secret@cache:6379/0",
        database_url="postgresql+asyncpg://ioc@db/ioc",
        profile="/srv/profile",
        host="::1",
        port=9000,
        data_dir="/srv/data",
        production=True,
        log_level="debug",
        consumer_id="consume-7",
        language="en",
        secrets_dir="/srv/secrets",
    )


@pytest.mark.parametrize(
    ("name", "value", "mend"),
    [
        ("KAFKA_BOOTSTRAP_SERVERS", "localhost", "host:port"),
        ("KAFKA_BOOTSTRAP_SERVERS", "kafka://a:9092", "host:port"),
        ("REDIS_URL", "127.0.0.1:6379", "redis://"),
        ("DATABASE_URL", "mysql://db", "postgresql://"),
        ("IOC_HOST", "0.0.0.0", "no user accounts yet"),
        ("IOC_HOST", "centre.example", "use 127.0.0.1"),
        ("IOC_PORT", "http", "1 to 65535"),
        ("IOC_PORT", "70000", "1 to 65535"),
        ("IOC_PRODUCTION", "maybe", "1 or 0"),
        ("IOC_LOG_LEVEL", "loud", "debug, info"),
        ("IOC_CONSUMER_ID", "a b", "letters"),
    ],
)
def test_a_bad_value_names_variable_and_mend(name: str, value: str, mend: str) -> None:
    with pytest.raises(SettingsError, match=mend) as caught:
        read({name: value})
    assert str(caught.value).startswith(f"{name}: ")


def test_all_bad_values_are_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        read({"IOC_PORT": "x", "IOC_HOST": "8.8.8.8"})
    assert len(str(caught.value).splitlines()) == 2


def test_a_password_is_never_repeated() -> None:
    with pytest.raises(SettingsError) as caught:
        read({"DATABASE_URL": "mysql://ioc:hunter2@db/ioc"})
    assert "hunter2" not in str(caught.value)


def test_production_needs_every_engine() -> None:
    assert read({**ENGINES, "IOC_PRODUCTION": "1"}).production
    with pytest.raises(SettingsError, match="REDIS_URL: production"):
        read({**ENGINES, "IOC_PRODUCTION": "1", "REDIS_URL": ""})


def test_a_profile_is_found_by_name() -> None:
    name = (profiles_folder() / "default").read_text("utf-8").strip()
    assert read({"IOC_PROFILE": name}).profile == read({}).profile


def test_a_child_gets_the_same_settings() -> None:
    settings = read({**ENGINES, "IOC_PRODUCTION": "1", "IOC_LANGUAGE": "en"})
    environment = child_environment(settings, consumer_id="other")
    assert "PATH" in environment
    assert read(environment) == msgspec.structs.replace(settings, consumer_id="other")


def test_every_setting_is_documented_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (.+?) \|", (ROOT / "docs/settings.md").read_text("utf-8"), re.M))
    assert sorted(rows) == sorted(VARIABLES)
    defaults = read({})
    for name in ("IOC_HOST", "IOC_PORT", "IOC_DATA_DIR", "IOC_LOG_LEVEL", "IOC_LANGUAGE"):
        assert rows[name] == f"`{getattr(defaults, VARIABLES[name][0])}`"


def test_the_environment_has_one_reader() -> None:
    """``os.environ`` and ``getenv`` stand nowhere else in the program."""
    found = [
        path
        for part in ("ioc", "streams", "layouts")
        for path in (ROOT / part).rglob("*.py")
        if re.search(r"os\.environ|getenv|from os import .*environ", path.read_text("utf-8"))
    ]
    assert [path.relative_to(ROOT).as_posix() for path in found] == ["ioc/settings.py"]
