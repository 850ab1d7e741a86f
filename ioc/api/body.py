"""The body of a request, read as it comes: it ends at the limit; what is compressed is never inflated whole first."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator
from typing import Any

from ioc.core.intake import BodyError

LARGEST = 4 * 1024 * 1024
PATIENCE = 30.0  # seconds for a whole body
_FORMS = {"gzip": 31, "x-gzip": 31, "deflate": 15}  # wbits of zlib: RFC 1952, RFC 1950


async def read(chunks: AsyncIterator[bytes], encoding: str, length: str, largest: int = LARGEST) -> bytes:
    """The body, inflated where ``encoding`` says so. ``length`` is what Content-Length claims, or empty.

    Raises :class:`BodyError`: ``body_too_large``, ``body_slow``, ``unsupported_encoding``, ``bad_compression``.
    """
    if length.isascii() and length.isdigit() and (len(length) > 15 or int(length) > largest):
        raise BodyError("body_too_large", most=largest)
    body = _Body(_inflater(encoding.strip().lower()), largest)
    try:
        async with asyncio.timeout(PATIENCE):
            async for chunk in chunks:
                body.take(chunk)
    except TimeoutError:
        raise BodyError("body_slow", most=int(PATIENCE)) from None
    return body.whole()


def _inflater(encoding: str) -> Any:
    if encoding in ("", "identity"):
        return None
    if encoding not in _FORMS:
        raise BodyError("unsupported_encoding", given=encoding[:40], known="gzip, deflate")
    return zlib.decompressobj(_FORMS[encoding])


class _Body:
    def __init__(self, inflater: Any, largest: int) -> None:
        self._inflater = inflater
        self._largest = largest
        self._came = 0
        self._parts: list[bytes] = []
        self._size = 0

    def take(self, chunk: bytes) -> None:
        """One piece more, as it came."""
        self._came += len(chunk)
        part = chunk if self._inflater is None or not chunk else self._inflated(chunk)
        self._size += len(part)
        if self._came > self._largest or self._size > self._largest:
            raise BodyError("body_too_large", most=self._largest)
        self._parts.append(part)

    def _inflated(self, chunk: bytes) -> bytes:
        try:
            part: bytes = self._inflater.decompress(chunk, self._largest + 1 - self._size)
        except zlib.error:
            raise BodyError("bad_compression") from None
        if self._inflater.unused_data:
            raise BodyError("bad_compression")
        return part

    def whole(self) -> bytes:
        if self._inflater is not None and self._came and not self._inflater.eof:
            raise BodyError("bad_compression")
        return b"".join(self._parts)
