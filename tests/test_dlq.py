"""``ioc dlq`` on a database alone: list, show, judge, discard, restore."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ioc import cli
from ioc.records.dead_letters import connect
from tests.api.test_dead_letters import FEED, letter


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite+aiosqlite:///{tmp_path / 'records.sqlite'}"
    monkeypatch.setenv("DATABASE_URL", url)
    for name in ("REDIS_URL", "KAFKA_BOOTSTRAP_SERVERS", "IOC_PROFILE"):
        monkeypatch.delenv(name, raising=False)

    async def fill() -> None:
        async with await connect(url) as kept:
            await kept.keep([letter(1), letter(2, lat=106.33, lon=20.94), letter(3, raw=b"{")], {})

    asyncio.run(fill())
    return url


def _said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = cli.main(["dlq", *arguments, "--feed", FEED])
    said = capsys.readouterr()
    return code, said.out + said.err


def test_a_feed_owner_works_on_the_terminal(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, listed = _said(capsys, "list")
    assert code == 0
    assert listed.count(f"ioc.{FEED}-2-") == 3
    assert "0912345678" not in listed
    assert "3 bản tin" in listed
    _, shown = _said(capsys, "show", "--id", f"ioc.{FEED}-2-2")
    assert "data.lat: 106.33 → 20.94" in shown
    assert "0977000222" not in shown
    code, judged = _said(capsys, "replay", "--all", "--dry-run")
    assert code == 0
    assert "1 của 3 bản tin sẽ được nhận" in judged
    code, refused = _said(capsys, "replay", "--all")
    assert code == 2
    assert "KAFKA_BOOTSTRAP_SERVERS" in refused
    assert _said(capsys, "discard", "--id", f"ioc.{FEED}-2-3", "--note", "thử")[1].strip() == "Đã bỏ qua 1 bản tin."
    assert "1 bản tin" in _said(capsys, "list", "--state", "discarded")[1]
    assert _said(capsys, "restore", "--id", f"ioc.{FEED}-2-3")[0] == 0
    assert _said(capsys, "restore", "--all")[0] == 1


def test_what_cannot_be_asked(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _said(capsys, "replay")[0] == 2
    assert _said(capsys, "discard", "--all", "--note", " ")[0] == 2
    assert _said(capsys, "show", "--id", "ioc.x-0-1")[0] == 1
    assert cli.main(["dlq", "list", "--feed", "nothing"]) == 2
