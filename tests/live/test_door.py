"""Only this machine's names, only pages of the same origin."""

from __future__ import annotations

import pytest

from ioc.live.door import welcome


@pytest.mark.parametrize("host", ["localhost:8050", "127.0.0.1:8050", "[::1]:8050", "127.8.8.8"])
def test_loopback_is_welcome(host: str) -> None:
    assert welcome({b"host": host.encode()})
    assert welcome({b"host": host.encode(), b"origin": f"http://{host}".encode()})


@pytest.mark.parametrize("host", ["", "ioc.example", "10.0.0.1:8050", "localhost.evil.example", "[::"])
def test_others_are_not(host: str) -> None:
    assert not welcome({b"host": host.encode()})


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:9999", ""])
def test_other_origins_are_not(origin: str) -> None:
    assert not welcome({b"host": b"localhost:8050", b"origin": origin.encode()})
