"""Fixtures that more than one part of the tests needs."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

from ioc.core.profile import Profile
from ioc.profile_files import load
from tests.engines import LOGS, STATES, Engines, running

PROFILE = Path(__file__).parent.parent / "profiles" / "hai-duong"


@functools.cache
def hai_duong() -> Profile:
    """The first province's profile, read once."""
    return load(PROFILE)


@pytest.fixture(scope="session")
def profile() -> Profile:
    return hai_duong()


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """Event log and Valkey, shared by the tests of one module."""
    with running(tmp_path_factory.mktemp("engines")) as started:
        yield started


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """Valkey alone."""
    with running(tmp_path_factory.mktemp("valkey"), "valkey") as started:
        yield started


@pytest.fixture(scope="module", params=[(log, state) for log in LOGS for state in STATES], ids="-".join)
def matrix(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """Every event log with every live state, one pair after the other, shared by the tests of one module."""
    log, state = request.param
    with running(tmp_path_factory.mktemp(f"{log}-{state}"), log=log, state=state) as started:
        yield started
