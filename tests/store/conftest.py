"""Real servers for the store's tests: Valkey from its wheel, and Debian's Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from ioc.store.connect import Redis, connect
from tests.engines import STATES, running


@pytest.fixture(scope="package", params=STATES)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server of its own."""
    with running(tmp_path_factory.mktemp(request.param), "valkey", state=request.param) as started:
        yield started.redis_url


@pytest.fixture
async def client(server: str) -> AsyncIterator[Redis]:
    """A client of an empty server that doesn't know the functions."""
    opened = connect(server)
    await opened.flushall()
    await opened.function_flush()
    yield opened
    await opened.aclose()
