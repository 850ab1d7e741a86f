"""Tasks: those of the plan, known at the start, and the ones assigned day by day, each with an accountable head."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from streams.simulator.draft import Draft, Life, lives, merged
from streams.simulator.models import Tasks
from streams.simulator.world import World

FEED = "task"
PLAN_LEAD = 1800.0


def drafts(world: World) -> Iterator[Draft]:
    model = world.scenario.task
    if model is None:
        return iter(())
    office = _Office(world, model)
    plan = [draft for number in range(model.plan) for draft in office.planned(number)]
    return merged(
        sorted(plan, key=lambda draft: draft.at),
        lives(world.arrivals(FEED, world.begin, office.rng), office.assigned),
    )


class _Office:
    """The people's committee's office that follows the tasks."""

    def __init__(self, world: World, model: Tasks) -> None:
        self.world = world
        self.model = model
        self.rng = world.rng(FEED)
        self.number = itertools.count(1)
        self.leads = world.offices()
        self.today = world.calendar.day(world.begin)

    def planned(self, number: int) -> Life:
        """A task of the plan as it stands at the start, and its progress from then on."""
        rng, model = Random(f"{self.world.seed}/plan/{number}"), self.model
        task = model.plan_tasks[number % len(model.plan_tasks)]
        assigned = self.today - timedelta(days=60 + rng.randint(0, 120))
        due = self.today + timedelta(days=rng.choice((-20, -9, -3, 1, 3, 5, 6, 12, 20, 33, 47, 60, 75, 90, 110, 140)))
        lead = task.lead if task.lead in self.world.profile.organisations else self._lead(rng)
        data = self._data(f"{model.prefix}-{number + 1:03d}", task.title, lead, assigned, due, rng)
        data |= {"pillar": task.pillar, "basis": model.basis}
        data["supporting"] = [code for code in task.supporting if code in self.world.profile.organisations]
        done = rng.random() < (0.88 if due < self.today else 0.12)
        progress = 100 if done else self._progress(assigned, due, rng)
        data |= {"progress": progress, "status": "DONE" if done else "OPEN"}
        if not done and (due < self.today or rng.random() < 0.08):
            data["blocker"] = task.blocker or rng.choice(model.blockers)
        at = self.world.begin - PLAN_LEAD + number
        return [self._draft(data, at), *([] if done else self._work(data, at, due, rng))]

    def assigned(self, at: float) -> Life:
        """A task assigned at ``at``."""
        rng, today = self.rng, self.world.calendar.day(at)
        due = self.world.calendar.workday(today, rng.choice((2, 3, 5, 5, 7, 10, 15)))
        identifier = f"{self.model.prefix}-{self.world.tag}{next(self.number):04d}"
        data = self._data(identifier, rng.choice(self.model.titles), self._lead(rng), today, due, rng)
        data |= {"progress": 0, "status": "OPEN"}
        return [self._draft(data, at), *self._work(data, at, due, rng)]

    def _work(self, data: dict[str, Any], at: float, due: date, rng: Random) -> Life:
        """Reports of progress until the task is done, on time for the usual share."""
        calendar = self.world.calendar
        late = rng.random() >= self.model.on_time
        last = calendar.workday(max(due, calendar.day(at)), rng.randint(1, 6)) if late else due
        end = calendar.moment(calendar.workday(last - timedelta(days=rng.randint(0, 1))), rng)
        life, progress = [], int(data["progress"])
        for share in sorted(rng.random() for _ in range(rng.randint(1, 4))):
            moment = calendar.office(float(int(at + (end - at) * share)))
            if at < moment < end and progress < 95:
                progress = min(95, progress + rng.randint(5, 30))
                life.append(self._draft({**data, "progress": progress}, moment))
        if end <= at:
            return life
        done = {key: value for key, value in data.items() if key != "blocker"} | {"progress": 100, "status": "DONE"}
        if self.model.evidence:
            done["evidence_url"] = self.model.evidence.format(id=data["task_id"])
        life.append(self._draft(done, end))
        if rng.random() < 0.7:
            confirmed = calendar.moment(calendar.workday(calendar.day(end), 1), rng)
            life.append(self._draft({**done, "status": "CONFIRMED"}, confirmed))
        return sorted(life, key=lambda draft: draft.at)

    def _data(self, identifier: str, title: str, lead: str, assigned: date, due: date, rng: Random) -> dict[str, Any]:
        organisation = self.world.profile.organisations.get(lead)
        language = self.world.profile.head.default_language
        head = organisation.head.get(language, "") if organisation else ""
        name = self.world.name(organisation) if organisation else lead
        return {
            "task_id": identifier, "title": title, "lead": lead,
            "accountable": head or self.model.accountable.format(name=name),
            "assigned_at": assigned.isoformat(), "due_at": due.isoformat(),
        }  # fmt: skip

    def _lead(self, rng: Random) -> str:
        return rng.choice(self.leads).code if self.leads else ""

    def _progress(self, assigned: date, due: date, rng: Random) -> int:
        share = (self.today - assigned) / max(due - assigned, timedelta(days=1))
        return max(0, min(95, int(100 * share * (0.6 + 0.5 * rng.random()))))

    def _draft(self, data: dict[str, Any], at: float) -> Draft:
        return self.world.draft(FEED, data["task_id"], at, data, organisation=data["lead"])
