"""Whether a scenario fits its profile: every feed, station, area and organisation it names is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ioc.core.errors import Problem
from ioc.core.profile import Profile
from streams.simulator.scenario import Scenario

Named = Iterable[tuple[str, str]]  # where in the scenario, what it names; an empty name names nothing


def dangling(file: str, scenario: Scenario, profile: Profile) -> list[Problem]:
    """Every name of the scenario that the profile doesn't know."""
    kinds = (
        ("feed", _feeds(scenario), profile.feeds),
        ("station", _stations(scenario), profile.stations),
        ("area", _areas(scenario), profile.current_areas()),
        ("organisation", _organisations(scenario), profile.organisations),
    )
    return [
        Problem(file=file, line=0, path=path, message=f"'{name}' is no {kind} of the profile", mend=_mend(kind, known))
        for kind, named, known in kinds
        for path, name in named
        if name and name not in known
    ]


def _mend(kind: str, known: Iterable[str]) -> str:
    names = sorted(known)
    return f"name one of its {kind}s: {', '.join(names[:12])}{' …' if len(names) > 12 else ''}"


def _feeds(scenario: Scenario) -> Iterator[tuple[str, str]]:
    yield from ((f"phases[{n}].feed", phase.feed) for n, phase in enumerate(scenario.phases))
    yield from ((f"interruptions[{n}].feed", cut.feed) for n, cut in enumerate(scenario.interruptions))


def _stations(scenario: Scenario) -> Iterator[tuple[str, str]]:
    if scenario.station_reading is None:
        return
    for course in scenario.station_reading.courses:
        if course.station != "*":
            yield "station_reading.courses", course.station
    for key in scenario.station_reading.bases:
        yield "station_reading.bases", key.partition("/")[0]
    for n, cut in enumerate(scenario.interruptions):
        if cut.feed == "station_reading":
            yield from ((f"interruptions[{n}].places", place) for place in cut.places)


def _areas(scenario: Scenario) -> Iterator[tuple[str, str]]:
    for n, phase in enumerate(scenario.phases):
        yield from ((f"phases[{n}].areas", code) for code in phase.areas)
    for n, cut in enumerate(scenario.interruptions):
        yield from ((f"interruptions[{n}].areas", code) for code in cut.areas)
    for bulletin in scenario.cap_alert.bulletins if scenario.cap_alert else []:
        yield from ((f"cap_alert.bulletins[{bulletin.id}].areas", code) for code in bulletin.areas)
    for facility in scenario.hospital_status.facilities if scenario.hospital_status else []:
        yield f"hospital_status.facilities[{facility.id}].area", facility.area
    yield from ((f"indicator[{figure.code}].area", figure.area) for figure in scenario.indicator)


def _organisations(scenario: Scenario) -> Iterator[tuple[str, str]]:
    for procedure in scenario.dossier.procedures if scenario.dossier else []:
        yield f"dossier.procedures[{procedure.code}].agency", procedure.agency
    for task in scenario.task.plan_tasks if scenario.task else []:
        yield from (("task.plan_tasks", code) for code in (task.lead, *task.supporting))
    for service in scenario.integration_call:
        yield from ((f"integration_call[{service.service}]", code) for code in (service.provider, service.consumer))
    yield from ((f"open_dataset[{dataset.id}].agency", dataset.agency) for dataset in scenario.open_dataset)
    yield from ((f"indicator[{figure.code}].organisation", figure.organisation) for figure in scenario.indicator)
