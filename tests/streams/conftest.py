"""Engines of a test's own: what befalls them is nobody else's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ioc.store.connect import Redis, connect
from tests.engines import Engines, running


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Engines]:
    with running(tmp_path) as started:
        yield started


@pytest.fixture
async def client(fresh: Engines) -> AsyncIterator[Redis]:
    opened = connect(fresh.redis_url)
    yield opened
    await opened.aclose()
