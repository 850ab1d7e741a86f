"""The one clock of an installation: real time, or the time of an exercise.

An exercise (a replayed flood) runs on a clock of its own, faster or slower than real time, so that every age,
window and deadline is computed exactly as in service. The clock is a value: processes share it through Redis.
"""

from __future__ import annotations

import msgspec


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """Maps real POSIX seconds to the installation's ``now``, in POSIX seconds.

    ``label`` holds one sentence for each language and is shown in every header while the clock isn't real.
    """

    anchor_real: float = 0.0
    anchor: float = 0.0
    speed: float = 1.0
    mode: str = "actual"
    label: dict[str, str] = {}

    @property
    def real(self) -> bool:
        return self.mode == "actual"

    def now(self, real: float) -> float:
        """Now, POSIX seconds, at the real time ``real``."""
        return self.anchor + (real - self.anchor_real) * self.speed

    def slack(self, seconds: float) -> float:
        """How much of the installation's time passes in ``seconds`` of real time."""
        return seconds * max(self.speed, 1.0)


REAL = Clock()
