"""Panel types: one file each, and one line here."""

from __future__ import annotations

from layouts.panels import alerts, tile
from layouts.panels.kind import PanelType

PANELS: dict[str, PanelType] = {
    "tile": tile.PANEL,
    "alerts": alerts.PANEL,
}
