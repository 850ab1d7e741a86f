"""Dossiers of the one-stop shops: received, examined, sometimes supplemented or extended, returned before or after due.

Working days and hours rule: a dossier received at night is examined in the morning; its due time is 17:00 of the
working day that the procedure allows (the day itself, or the next when received after 15:00, where it allows none).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from ioc.core.area import Area
from ioc.core.contract import seconds
from streams.simulator.choice import Choice
from streams.simulator.draft import Draft, Life, lives, open_at
from streams.simulator.models import Dossiers, Procedure
from streams.simulator.workday import CLOSING
from streams.simulator.world import World

FEED = "dossier"
CLOSED = frozenset({"DA_TRA", "TU_CHOI", "RUT"})
AFTERNOON_ENDS = 15 * 3600


def drafts(world: World) -> Iterator[Draft]:
    model = world.scenario.dossier
    if model is None:
        return iter(())
    counters = _Counters(world, model)
    before = world.begin - seconds(model.backlog)
    arrivals = world.arrivals(FEED, before, counters.rng)
    return open_at(lives(arrivals, counters.live), world.begin, _closed)


def _closed(draft: Draft) -> bool:
    return isinstance(draft.data, dict) and draft.data["new_status"] in CLOSED


class _Counters:
    """All one-stop shops of the province."""

    def __init__(self, world: World, model: Dossiers) -> None:
        self.world = world
        self.model = model
        self.rng = world.rng(FEED)
        self.procedures = Choice((procedure, procedure.weight) for procedure in model.procedures)
        self.number = itertools.count(1)
        self._shops: dict[tuple[str, str], tuple[str, str, str]] = {}

    def live(self, at: float) -> Life:
        """The whole life of one dossier received at ``at``."""
        rng, calendar = self.rng, self.world.calendar
        at = float(int(at))
        procedure = self.procedures.draw(rng)
        agency, organisation, area = self._shop(procedure, self.world.place(FEED, at, rng))
        number = next(self.number)
        due = self._due(at, procedure.days)
        path = self._path(at, due)
        if path[-1][0] < self.world.begin:
            return []
        dossier = f"{self.model.prefix}-{calendar.local(at):%y%m%d}-{self.world.tag}{number:06d}"
        name, phone = self.world.person(rng)
        common: dict[str, Any] = {
            "dossier_id": dossier, "procedure": procedure.name, "procedure_code": procedure.code,
            "sector": procedure.sector, "agency": agency, "level": procedure.level,
            "channel": self._channel(), "received_at": calendar.text(at), "due_at": calendar.text(due),
            "digitised": rng.random() < self.model.digitised, "applicant_name": name, "applicant_phone": phone,
        }  # fmt: skip
        life, old = [], ""
        for moment, status in path:
            data = {**common, "new_status": status}
            if old:
                data["old_status"] = old
            if status == "DA_TRA":
                data |= self._returned(moment)
            life.append(self.world.draft(FEED, dossier, moment, data, area=area, organisation=organisation))
            old = status
        return life

    def _path(self, at: float, due: float) -> list[tuple[float, str]]:
        """Times and statuses from receipt to the end."""
        rng, calendar, model = self.rng, self.world.calendar, self.model
        path = [(at, "TIEP_NHAN")]
        end = self._end(at, due)
        examined = min(calendar.office(at + 300 + rng.random() * 5400), at + (end - at) * 0.5)
        path.append((_second(examined), "DANG_XU_LY"))
        draw = rng.random()
        if draw < model.supplement:
            path.append((_second(examined + (end - examined) * 0.3), "BO_SUNG"))
            path.append((_second(examined + (end - examined) * 0.7), "DANG_XU_LY"))
        elif draw < model.supplement + model.extend:
            path.append((_second(examined + (end - examined) * 0.8), "GIA_HAN"))
        draw = rng.random()
        last = "TU_CHOI" if draw < model.refuse else "DA_TRA"
        if last == "DA_TRA" and draw > 1 - model.withdraw and path[-1][1] == "DANG_XU_LY":
            last = "RUT"
        path.append((_second(max(end, path[-1][0] + 1)), last))
        return path

    def _end(self, at: float, due: float) -> float:
        """When the dossier is returned: in office hours, before ``due`` for the share that is on time."""
        rng, calendar = self.rng, self.world.calendar
        if rng.random() >= self.model.on_time:
            late = calendar.workday(calendar.day(due), 1 + int(rng.expovariate(0.6)))
            return calendar.moment(late, rng)
        wanted = calendar.moment(calendar.workday(calendar.day(at + (due - at) * (0.35 + 0.6 * rng.random()))), rng)
        if at + 900 < wanted < due:
            return wanted
        first = calendar.office(at)
        return first + (due - first) * (0.2 + 0.75 * rng.random())

    def _due(self, at: float, days: int) -> float:
        calendar = self.world.calendar
        day = calendar.day(at)
        late = calendar.works(day) and at - calendar.midnight(day) > AFTERNOON_ENDS
        first = calendar.workday(day)
        return calendar.midnight(calendar.workday(first, days or int(late))) + CLOSING

    def _channel(self) -> str:
        draw = self.rng.random()
        if draw < self.model.online:
            return "online"
        return "post" if draw > 0.985 else "counter"

    def _returned(self, at: float) -> dict[str, Any]:
        rng, model = self.rng, self.model
        data: dict[str, Any] = {"returned_at": self.world.calendar.text(at)}
        data["paid_online"] = rng.random() < model.paid_online
        if rng.random() < model.rated:
            data["rating"] = 5 if rng.random() < 0.8 else 4 if rng.random() < 0.7 else rng.randint(1, 3)
        return data

    def _shop(self, procedure: Procedure, place: Area) -> tuple[str, str, str]:
        """Agency name, organisation code and area code of the shop that serves ``place``."""
        found = self._shops.get((procedure.code, place.code))
        if found is None:
            found = self._shops[procedure.code, place.code] = self._find_shop(procedure, place)
        return found

    def _find_shop(self, procedure: Procedure, place: Area) -> tuple[str, str, str]:
        world = self.world
        if procedure.level == "province":
            named = world.profile.organisations.get(procedure.agency)
            if named is not None:
                return world.name(named), named.code, named.area or world.province
        served = world.of_level(procedure.level, place)
        area = place.code if procedure.level == "commune" else place.parent
        if served is not None:
            return world.name(served), served.code, area
        unit = world.areas.get(area, place)
        return self.model.agencies.get(unit.kind, "{name}").format(name=unit.name), "", area


def _second(at: float) -> float:
    return float(int(at))
