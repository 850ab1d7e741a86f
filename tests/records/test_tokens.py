"""Tokens in SQL, and the command that makes, lists and revokes them."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from ioc.access.tokens import SEND_EVENTS, make
from ioc.cli import main
from ioc.records.database import default_url
from ioc.records.tokens import USED_EVERY, connect

NOW = 1_800_000_000.0


async def test_a_token_is_kept_without_its_secret(tmp_path: Path) -> None:
    token, shown = make("so-yt", "webhook", [SEND_EVENTS], ["task", "dossier"], [], NOW, 30)
    assert re.fullmatch(r"ioc_[0-9a-f]{12}_[A-Za-z0-9_-]{43}", shown)
    async with await connect(default_url(str(tmp_path))) as tokens:
        await tokens.add(token)
        assert await tokens.find(token.id) == token
        assert await tokens.find("nothing") is None
        assert await tokens.all("so-yt") == await tokens.all() == [token]
        assert await tokens.all("so-nv") == []
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())  # noqa: ASYNC240
    assert shown.split("_", 2)[2].encode() not in kept
    assert token.expires == NOW + 30 * 86_400


async def test_use_is_noted_once_a_minute(tmp_path: Path) -> None:
    token, _ = make("so-yt", "webhook", [SEND_EVENTS], [], [], NOW, 30)
    async with await connect(default_url(str(tmp_path))) as tokens:
        await tokens.add(token)
        for at, noted in ((0, 0), (USED_EVERY - 1, 0), (USED_EVERY, USED_EVERY)):
            await tokens.used(token.id, NOW + at)
            found = await tokens.find(token.id)
            assert found == msgspec.structs.replace(token, last_used=int(NOW) + noted)


async def test_a_token_is_revoked_once(tmp_path: Path) -> None:
    token, _ = make("so-yt", "webhook", [SEND_EVENTS], [], [], NOW, 30)
    async with await connect(default_url(str(tmp_path))) as tokens:
        await tokens.add(token)
        assert [await tokens.revoke(token.id, NOW + 5), await tokens.revoke(token.id, NOW + 9)] == [True, False]
        found = await tokens.find(token.id)
        assert found == msgspec.structs.replace(token, revoked=int(NOW) + 5)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_DATA_DIR", str(tmp_path))


@pytest.mark.usefixtures("here")
def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["source", "token", "create", "--organisation", "so-yt", "--feed", "hospital_status"]) == 0
    said, shown = capsys.readouterr().out.splitlines()
    name = shown.split("_")[1]
    assert name in said
    assert main(["--language", "en", "source", "token", "list"]) == 0
    row = capsys.readouterr().out
    assert all(text in row for text in (name, "so-yt", "hospital_status", "sources all", "never", "holds"))
    assert shown.split("_", 2)[2] not in row
    assert main(["source", "token", "revoke", name]) == 0
    assert main(["source", "token", "revoke", name]) == 2
    capsys.readouterr()
    assert main(["--language", "en", "source", "token", "list", "--organisation", "so-yt"]) == 0
    assert "revoked" in capsys.readouterr().out


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "given",
    [
        ["--organisation", "so-nothing"],
        ["--organisation", "so-yt", "--feed", "nothing"],
        ["--organisation", "so-yt", "--feed", "task", "--source", "urn:vn:hai-duong:y-te"],
        ["--organisation", "so-yt", "--days", "0"],
    ],
)
def test_the_command_says_what_is_wrong(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["source", "token", "create", *given]) == 2
    assert given[-2] in capsys.readouterr().err
