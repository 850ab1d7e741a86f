"""The databases that the SQL suite runs on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ioc.records.database import default_url
from tests import postgres


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    with postgres.running() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return default_url(str(tmp_path))
    url: str = request.getfixturevalue("postgresql")
    postgres.empty(url)
    return url
