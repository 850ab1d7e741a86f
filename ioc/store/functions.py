"""The fenced functions (``functions/*.lua``): loaded when a server doesn't know them yet."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from ioc.store.connect import Redis, ResponseError, as_ioc_error


def source() -> str:
    """The library's text."""
    return files("ioc.store").joinpath("functions", "partition.lua").read_text("utf-8")


async def load(client: Redis) -> None:
    """Load the library, or replace an older one."""
    await client.function_load(source(), replace=True)


async def call(client: Redis, name: str, keys: list[str], arguments: list[Any]) -> Any:
    """Call a function once. Raises FencedError or OffsetError; nothing was written then.

    An unknown function (the server is new, or lost its data) is loaded and called again: nothing had been executed.
    """
    try:
        return await _fcall(client, name, keys, arguments)
    except ResponseError as error:
        if "Function not found" not in str(error):
            raise as_ioc_error(error) from error
    await load(client)
    try:
        return await _fcall(client, name, keys, arguments)
    except ResponseError as error:
        raise as_ioc_error(error) from error


async def _fcall(client: Redis, name: str, keys: list[str], arguments: list[Any]) -> Any:
    execute: Any = client.execute_command
    return await execute("FCALL", name, len(keys), *keys, *arguments)
