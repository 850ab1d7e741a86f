"""Bodies are read to their limit and not further, compressed or not."""

from __future__ import annotations

import asyncio
import gzip
import os
import time
import zlib
from collections.abc import AsyncIterator

import pytest

from ioc.api import body as bodies
from ioc.core.intake import BodyError

MOST = 100_000


async def pieces(body: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for at in range(0, len(body), size):
        yield body[at : at + size]
    yield b""


async def reason(body: bytes, encoding: str = "", length: str = "") -> str:
    with pytest.raises(BodyError) as caught:
        await bodies.read(pieces(body), encoding, length, MOST)
    return caught.value.reason


@pytest.mark.parametrize("size", [0, 1, MOST])
async def test_a_body_within_the_limit(size: int) -> None:
    body = os.urandom(size // 2) + b"a" * (size - size // 2)
    packed = [("", body), ("identity", body), ("gzip", gzip.compress(body)), (" GZIP ", gzip.compress(body))]
    for encoding, sent in [*packed, ("deflate", zlib.compress(body))]:
        assert await bodies.read(pieces(sent, 7), encoding, "", MOST) == body


async def test_a_body_beyond_the_limit() -> None:
    assert await reason(b"x" * (MOST + 1)) == "body_too_large"
    assert await reason(b"", length=str(MOST + 1)) == "body_too_large"
    assert await reason(b"", length="9" * 5000) == "body_too_large"
    assert await reason(gzip.compress(b"x" * (MOST + 1)), "gzip") == "body_too_large"
    assert await reason(gzip.compress(os.urandom(2 * MOST)), "gzip") == "body_too_large"


async def test_a_bomb_is_never_inflated() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(100)), packer.flush()])
    begin = time.process_time()
    assert await reason(bomb, "gzip") == "body_too_large"
    twice = gzip.compress(bomb)
    assert len(await bodies.read(pieces(twice), "gzip", "", len(bomb))) == len(bomb)  # one layer only
    assert time.process_time() - begin < 1.0


@pytest.mark.parametrize(
    ("body", "encoding", "expected"),
    [
        (b"{}", "gzip", "bad_compression"),
        (gzip.compress(b"{}" * 99)[:-9], "gzip", "bad_compression"),
        (gzip.compress(b"{}") + b"x", "gzip", "bad_compression"),
        (gzip.compress(b"{}") + gzip.compress(b"{}"), "gzip", "bad_compression"),
        (gzip.compress(b"{}")[:-5] + b"12345", "gzip", "bad_compression"),
        (gzip.compress(b"{}"), "deflate", "bad_compression"),
        (b"{}", "br", "unsupported_encoding"),
        (gzip.compress(b"{}"), "gzip, gzip", "unsupported_encoding"),
    ],
)
async def test_compression_that_is_none(body: bytes, encoding: str, expected: str) -> None:
    assert await reason(body, encoding) == expected


async def test_a_body_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "PATIENCE", 0.05)

    async def trickle() -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0.01)
            yield b"x"

    with pytest.raises(BodyError) as caught:
        await bodies.read(trickle(), "", "")
    assert caught.value.reason == "body_slow"
