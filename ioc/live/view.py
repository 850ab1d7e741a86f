"""What the hub needs of a page: parts that depend on feeds and give the props of components."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from ioc.core.profile import Profile
from ioc.core.reading import Scene

Update = tuple[str, dict[str, Any]]


class Part(Protocol):
    """``update`` gives ``(component id, props)`` at the moment of a scene; it changes with ``feeds`` and time."""

    @property
    def id(self) -> str: ...

    @property
    def feeds(self) -> frozenset[str]: ...

    @property
    def update(self) -> Callable[[Scene], list[Update]]: ...


class View(Protocol):
    """A page's parts; ``rate`` is the most frames a second."""

    @property
    def name(self) -> str: ...

    @property
    def parts(self) -> Sequence[Part]: ...

    @property
    def rate(self) -> float: ...


FindView = Callable[[Profile, str], View | None]
