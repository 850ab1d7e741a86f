"""Python's cycle collector in processes that hold much for long."""

from __future__ import annotations

import gc


def tune_collector() -> None:
    """Long-lived state isn't searched for cycles again and again: there are none in it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
