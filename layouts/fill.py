"""Drawing is filling: a panel draws a skeleton with ids, and the first update gives it its values.

So what the server renders and what a frame sends later can't differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from dash.development.base_component import Component

Update = tuple[str, dict[str, Any]]


def fill(tree: Component, updates: list[Update]) -> Component:
    """Set the props of each update on the component of that id in ``tree``. Raises KeyError for an unknown id."""
    parts = identified(tree)
    for component, props in updates:
        for name, value in props.items():
            setattr(parts[component], name, value)
    return tree


def attrs(values: dict[str, object]) -> Any:
    """``data-`` and ``aria-`` attributes, which are no Python names, as keyword arguments of a component."""
    return values


def identified(tree: Component) -> dict[str, Component]:
    """Every component of the tree that has an id of its own; those of a pattern are for callbacks."""
    parts: list[Any] = [tree, *(part for part in _inside(tree) if isinstance(part, Component))]
    return {part.id: part for part in parts if isinstance(getattr(part, "id", None), str)}


def _inside(tree: Any) -> Iterable[Any]:
    return cast("Iterable[Any]", tree._traverse())


def wire(content: Any) -> Any:
    """Components as the plain lists and dicts a frame carries."""
    if isinstance(content, Component):
        return wire(cast("Any", content).to_plotly_json())
    if isinstance(content, dict):
        return {key: wire(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [wire(value) for value in content]
    return content
