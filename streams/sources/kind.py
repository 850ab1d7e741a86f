"""What one kind of source is: its options, and the function that reads it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from ioc.core.source import SourceOptions
from streams.sources.line import Line


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """``run(line)`` reads until the process stops; an exception means: try again later."""

    options: type[SourceOptions]
    run: Callable[[Line], Awaitable[None]]
