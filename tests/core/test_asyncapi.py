"""The AsyncAPI document against the official schema of AsyncAPI 3.0, and what that schema can't see."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from ioc.cli import main
from ioc.core.asyncapi import asyncapi
from ioc.core.json_schema import Bilingual
from ioc.locales import load
from tests.conftest import hai_duong

SPECS = "@asyncapi/specs@6.11.1"
INTEGRITY = "A3WBLqAKGoJ2+6FWFtpjBlCQ1oFCcs4GxF7zsIGvNqp/klGUHjlA3aAcZ9XMMpLGE8zPeYDz2x9FmO6DSuKraQ=="  # SHA-512
BOTH = Bilingual({language: load(language) for language in ("vi", "en")})
Document = dict[str, Any]


@pytest.fixture(scope="module")
def document() -> Document:
    found: Document = json.loads(json.dumps(asyncapi(hai_duong(), BOTH)))
    return found


@pytest.fixture(scope="module")
def official(request: pytest.FixtureRequest) -> Document:
    """The official schema, from its npm package; kept in pytest's cache."""
    npm = shutil.which("npm")
    if npm is None and not os.environ.get("CI"):
        pytest.skip("npm isn't here: the official schema of AsyncAPI isn't checked")
    assert npm, "CI checks the official schema of AsyncAPI; it needs npm"
    assert request.config.cache
    folder = request.config.cache.mkdir("asyncapi")
    packed = folder / "asyncapi-specs-6.11.1.tgz"
    if not packed.exists():
        command = [npm, "pack", SPECS, "--silent", "--ignore-scripts", "--pack-destination", str(folder)]
        fetched = subprocess.run(command, check=False, timeout=120, capture_output=True, text=True)
        if fetched.returncode and not os.environ.get("CI"):
            pytest.skip("npm reaches no registry: the official schema of AsyncAPI isn't checked")
        assert fetched.returncode == 0, fetched.stderr
    assert base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode() == INTEGRITY
    with tarfile.open(packed) as archive:
        content = archive.extractfile("package/schemas/3.0.0-without-$id.json")
        assert content
        found: Document = json.load(content)
    return found


def test_the_official_schema_takes_it(document: Document, official: Document) -> None:
    errors = sorted(Draft7Validator(official).iter_errors(document), key=lambda error: len(error.path))
    assert [f"{error.json_path}: {error.message}"[:300] for error in errors[:3]] == []


def test_the_official_schema_can_refuse(document: Document, official: Document) -> None:
    for broken in (
        {"asyncapi": "2.6.0"},
        {"channels": {"a": {"address": 5}}},
        {"operations": {"x": {}}},
        {"channels": {"a": {"bindings": {"kafka": {"partitions": 0, "bindingVersion": "0.5.0"}}}}},
        {"components": {"schemas": {"a": {"type": "text"}}}},
    ):
        assert not Draft7Validator(official).is_valid(document | broken)


def _references(found: Any) -> Iterator[str]:
    if isinstance(found, dict):
        if isinstance(found.get("$ref"), str):
            yield found["$ref"]
        for value in found.values():
            yield from _references(value)
    elif isinstance(found, list):
        for value in found:
            yield from _references(value)


def test_every_reference_leads_somewhere(document: Document) -> None:
    references = set(_references(document))
    assert references
    for reference in references:
        found: Any = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        assert found, reference


def test_every_feed_has_its_channels(document: Document) -> None:
    assert document["asyncapi"] == "3.0.0"
    for feed, contract in hai_duong().feeds.items():
        channel, letters = document["channels"][feed], document["channels"][f"{feed}_dlq"]
        assert (channel["address"], letters["address"]) == (f"ioc.{feed}", f"ioc.{feed}.dlq")
        assert channel["bindings"]["kafka"]["partitions"] == contract.partitions
        assert set(channel["messages"]) == {"event", "heartbeat"}
        message = document["components"]["messages"][f"{feed}_event"]
        assert message["bindings"]["kafka"]["key"]["type"] == "string"
        assert message["payload"] == {"$ref": f"#/components/schemas/{feed}_event"}
        for schema in (name for name in document["components"]["schemas"] if name.startswith(feed)):
            Draft7Validator.check_schema(document["components"]["schemas"][schema])


def test_both_languages(document: Document) -> None:
    assert document["channels"]["task"]["title"] == "Nhiệm vụ / Tasks"
    assert len(document["info"]["description"].split("\n\n")) == 2


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str], document: Document) -> None:
    assert main(["profile", "asyncapi"]) == 0
    assert json.loads(capsys.readouterr().out) == document


def test_it_names_no_province_in_code() -> None:
    other = asyncapi(hai_duong(), BOTH)
    assert other["id"] == "urn:vn:hai-duong:ioc"
    assert Path("ioc/core/asyncapi.py").read_text("utf-8").find("hai-duong") == -1
