"""The producer guide works: its examples run as they stand, against real engines and the web process."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from ioc.api.events import STATUS
from ioc.cli import main
from ioc.core.outcome import OUTCOMES
from tests.centre import ROOT, Centre

GUIDE = (ROOT / "docs" / "producer-guide.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
RUN = [(kind, text) for kind, text in BLOCKS if kind in ("bash", "python")]


def test_the_guide_names_what_there_is() -> None:
    assert {kind for kind, _ in BLOCKS} == {"sh", "bash", "python", "json"}
    for outcome in OUTCOMES:
        assert f"`{outcome}`" in GUIDE
    for status in {str(status) for status in STATUS.values()} - {"400", "408"} | {
        "202",
        "401",
        "403",
        "422",
        "429",
        "503",
    }:
        assert status in GUIDE
    assert GUIDE.count("Ví dụ ") == len(re.findall(r"Ví dụ (\d+)\.|Ví dụ (\d+):", GUIDE)) == len(RUN)


@pytest.fixture
def token(centre: Centre, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """A token made as the guide says, for two feeds."""
    monkeypatch.setenv("DATABASE_URL", centre.settings.database_url)
    monkeypatch.setenv("IOC_PROFILE", centre.settings.profile)
    sources = ["--source", "urn:vn:hai-duong:y-te", "--source", "urn:vn:hai-duong:pctt"]
    feeds = ["--feed", "hospital_status", "--feed", "cap_alert"]
    assert main(["source", "token", "create", "--organisation", "so-yt", *feeds, *sources]) == 0
    return capsys.readouterr().out.split()[-1]


@pytest.fixture
def centre(tmp_path: Path) -> Any:
    with Centre(tmp_path) as running:
        running.run("consume", "consume")
        running.run("web", "web")
        running.ready()
        yield running


@pytest.mark.engines
def test_every_example_runs(centre: Centre, token: str, tmp_path: Path) -> None:
    if shutil.which("kcat") is None:
        assert not os.environ.get("CI"), "CI runs the guide; it needs kcat"
        pytest.skip("kcat isn't here: the producer guide isn't run")
    folder = tmp_path / "guide"
    folder.mkdir()
    environment = {
        **os.environ, "IOC_URL": centre.url, "IOC_TOKEN": token, "TZ": "Asia/Ho_Chi_Minh",
        "KAFKA_BOOTSTRAP_SERVERS": centre.settings.kafka_bootstrap,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }  # fmt: skip
    answers = [_run(kind, text, folder, environment) for kind, text in RUN]
    assert [answer.count('"outcome":"accepted"') for answer in answers] == [1, 1, 3, 0, 1, 0, 0, 0, 0]
    assert answers[3].splitlines()[0] == "422"
    assert answers[3].splitlines()[1].startswith("wrong_type beds_used ")
    assert '"outcome":"heartbeat"' in answers[8]
    counted = _counted(centre, {"hospital_status": 9, "cap_alert": 1})
    # Examples 1, 3 (three), 7 and 8 (three); example 2 sent the first again; heartbeats are counted apart.
    assert counted["hospital_status"] == {"accepted": 8, "duplicate": 1}
    assert counted["cap_alert"] == {"accepted": 1}


def _run(kind: str, text: str, folder: Path, environment: dict[str, str]) -> str:
    command = ["bash", "-euo", "pipefail", "-c", text]
    if kind == "python":
        script = folder / text.splitlines()[0].removeprefix("# ")
        script.write_text(text, "utf-8")
        command = [sys.executable, str(script)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _counted(centre: Centre, wanted: dict[str, int]) -> dict[str, dict[str, int]]:
    """Events by outcome as the API tells them, once there are as many as wanted."""
    until = time.monotonic() + 20
    while True:
        feeds = {feed["id"]: feed["pulse"]["outcomes"] for feed in httpx.get(f"{centre.url}/api/v1/feeds").json()}
        counted = {
            name: {outcome: feeds[name][outcome] for outcome in OUTCOMES if feeds[name].get(outcome)} for name in wanted
        }
        if time.monotonic() > until or all(sum(counted[name].values()) >= wanted[name] for name in wanted):
            return counted
        time.sleep(0.1)
