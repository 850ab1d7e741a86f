"""Alerts that the security centre lets through: opened, worked on, resolved or found false."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from ioc.core.contract import seconds
from streams.simulator.choice import Choice
from streams.simulator.draft import Draft, Life, lives, open_at
from streams.simulator.models import Security
from streams.simulator.world import World

FEED = "security_alert"
CLOSED = frozenset({"resolved", "false_positive", "suppressed"})
FIRST_WITHIN = {"critical": 900.0, "high": 1800.0, "medium": 7200.0, "low": 21_600.0, "info": 43_200.0}


def drafts(world: World) -> Iterator[Draft]:
    model = world.scenario.security_alert
    if model is None:
        return iter(())
    centre = _Centre(world, model)
    arrivals = world.arrivals(FEED, world.begin - seconds(model.backlog), centre.rng)
    return open_at(lives(arrivals, centre.live), world.begin, _closed)


def _closed(draft: Draft) -> bool:
    return isinstance(draft.data, dict) and draft.data["status"] in CLOSED


class _Centre:
    def __init__(self, world: World, model: Security) -> None:
        self.world = world
        self.model = model
        self.rng = world.rng(FEED)
        self.number = itertools.count(1)
        self.rules = Choice((rule, rule.weight) for rule in model.rules)
        self.severities = {rule.rule: Choice(rule.severities.items()) for rule in model.rules}
        self.offices = world.offices()

    def live(self, at: float) -> Life:
        world, rng, model = self.world, self.rng, self.model
        rule = self.rules.draw(rng)
        severity = self.severities[rule.rule].draw(rng)
        alert = f"{model.prefix}-{world.tag}{next(self.number):05d}"
        office = rng.choice(self.offices) if self.offices else None
        data: dict[str, Any] = {
            "alert_id": alert, "title": rule.title, "severity": severity, "asset": rng.choice(model.assets),
            "src_ip": f"203.0.113.{rng.randint(1, 254)}", "rule": rule.rule, "technique": rule.technique,
            "count": 1 + int(rng.expovariate(0.15)), "first_seen": world.calendar.text(float(int(at - 300))),
        }  # fmt: skip
        if model.url:
            data["url"] = model.url.format(id=alert)
        if office is not None:
            data["agency"] = world.name(office)
        organisation = office.code if office is not None else ""
        return [
            world.draft(FEED, alert, moment, {**data, "status": status, "last_seen": world.calendar.text(moment)},
                        organisation=organisation)
            for moment, status in self._path(at, severity)
        ]  # fmt: skip

    def _path(self, at: float, severity: str) -> list[tuple[float, str]]:
        rng = self.rng
        taken = at + 60 + rng.random() * FIRST_WITHIN[severity]
        ended = taken + 600 + rng.expovariate(1 / (4 * FIRST_WITHIN[severity]))
        draw = rng.random()
        false = draw < self.model.false_positive
        end = "false_positive" if false else "suppressed" if draw > 0.95 and severity in ("info", "low") else "resolved"
        return [(at, "open"), (taken, "in_progress"), (ended, end)]
