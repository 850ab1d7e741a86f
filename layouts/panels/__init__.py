"""Panel types: one file each, and one line here."""

from __future__ import annotations

from layouts.panels import alerts, feeds, map, ranking, table, tasks, tile, trend
from layouts.panels.kind import PanelType

PANELS: dict[str, PanelType] = {
    "tile": tile.PANEL,
    "trend": trend.PANEL,
    "ranking": ranking.PANEL,
    "table": table.PANEL,
    "map": map.PANEL,
    "alerts": alerts.PANEL,
    "tasks": tasks.PANEL,
    "feeds": feeds.PANEL,
}
