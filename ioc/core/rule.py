"""Alert rules, declared in ``profiles/<province>/rules/*.yaml``: when a number asks for attention, and what to do then.

=============  ====================================================================================================
threshold      the value is ``above`` or ``below``; or has reached the station's own alarm level of ``at_level``
rate           the value changed by more than ``above`` (rose) or ``below`` (fell, a negative number) within ``over``
deviation      the value differs from the usual one of this hour of the week by more than ``above`` per cent
absence        a feed has been silent for more than ``above`` cadences: for its owner, not for the operator
combination    ``need`` all or any of the alerts of ``rules`` are active for the same subject
=============  ====================================================================================================

What is watched: an ``indicator`` (whole, or each value of ``by``: area, organisation …), a ``metric`` of the stations,
or a ``feed``. Each of these is a subject, with alerts of its own. The words are those of ISA-18.2 / IEC 62682: every
alert has a cause, a consequence, an operator action, a time to respond and an owner, or it isn't an alert.
"""

from __future__ import annotations

from typing import Literal

from ioc.core.contract import Strict, Text
from ioc.core.reading import Priority

RuleKind = Literal["threshold", "rate", "deviation", "absence", "combination"]


class AlertRule(Strict, frozen=True, kw_only=True):
    """One rule. Durations as in contracts (``10m``); ``dead_band`` in the value's unit; dates YYYY-MM-DD.

    ``on_delay``: how long the condition holds before the alert is raised; ``off_delay``: how long the value is back
    before it is cleared. ``respond_within`` is the time the operator has. ``procedure`` names the steps (SOP).
    ``inhibited_by`` names rules whose active alert for the same subject suppresses this one by design.
    """

    id: str
    title: Text
    kind: RuleKind
    priority: Priority
    indicator: str = ""
    by: str = ""
    metric: str = ""
    feed: str = ""
    rules: list[str] = []
    need: Literal["all", "any"] = "all"
    above: float | None = None
    below: float | None = None
    at_level: Priority | None = None
    over: str = "1h"
    dead_band: float = 0.0
    on_delay: str = ""
    off_delay: str = ""
    cause: Text
    consequence: Text
    action: Text
    respond_within: str
    owner: str
    procedure: str = ""
    inhibited_by: list[str] = []
    basis: str
    valid_from: str
    valid_to: str = ""

    def holds_on(self, date: str) -> bool:
        """Whether the rule is in force on a date (YYYY-MM-DD)."""
        return self.valid_from <= date and (not self.valid_to or date <= self.valid_to)
