"""Whether the files of a profile make a usable province: every mistake with file, line and mend, or the profile.

Pure: the bytes of the files are passed in (``ioc.profile_files`` reads them). Files by their path in the folder:
``profile.yaml``, ``feeds/*.yaml``, ``indicators/*.yaml``, ``walls/*.yaml``, ``layers/*.yaml``, ``areas.csv``,
``crosswalk.csv``, ``organisations.yaml``, ``stations.yaml``, ``holidays.csv``, ``geo/*.geojson``, ``sources/*.yaml``
(a connection belongs to one province: it isn't inherited from a base); ``scenarios/*.yaml`` belong to no province in
service: they are checked where they are passed in, and are no part of the profile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import msgspec

from ioc.core.area import Area, Crosswalk, Organisation, Station
from ioc.core.check_context import Context
from ioc.core.check_document import Document, File, Findings, Place, read_json, read_yaml
from ioc.core.check_feed import check_feed
from ioc.core.check_indicator import check_indicator
from ioc.core.check_place import (
    check_areas,
    check_crosswalk,
    check_geo,
    check_head,
    check_holidays,
    check_organisations,
    check_stations,
)
from ioc.core.check_scenario import check_scenario
from ioc.core.check_shape import decode
from ioc.core.check_source import check_lines, check_source
from ioc.core.check_table import read_table
from ioc.core.check_wall import check_layer, check_wall
from ioc.core.contract import FeedContract
from ioc.core.errors import Problem
from ioc.core.indicator import Indicator
from ioc.core.profile import Holiday, Profile, ProfileHead
from ioc.core.source import Source, SourceOptions
from ioc.core.wall import Layer, Wall
from ioc.core.words import Words

T = TypeVar("T")

HEAD = "profile.yaml"
FOLDERS: dict[str, tuple[type, str]] = {
    "feeds": (FeedContract, "feed"),
    "indicators": (Indicator, "id"),
    "layers": (Layer, "id"),
    "walls": (Wall, "id"),
    "sources": (Source, "id"),
}
SCENARIOS = "scenarios"
GEO, GEO_ENDING, YAML_ENDING = "geo/", ".geojson", ".yaml"
INHERITED = ("feeds/", "indicators/", "walls/", "layers/", GEO, "organisations.yaml", "stations.yaml", "holidays.csv")


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """The profile, or None where ``problems`` is not empty; these are sorted by file and line."""

    profile: Profile | None
    problems: list[Problem]


def base_of(head: bytes) -> str:
    """The ``base`` that a ``profile.yaml`` names; empty when it names none or can't be read."""
    document = read_yaml(File(name=HEAD, content=head), Findings(Words("", _Silent())))
    value = document.value if document is not None else None
    base = value.get("base") if isinstance(value, dict) else None
    return base if isinstance(base, str) else ""


class _Silent(dict[str, str]):
    """Sentences for one who doesn't listen."""

    def __missing__(self, key: str) -> str:
        return ""


def check(
    folder: str,
    files: Mapping[str, File],
    words: Words,
    panel_types: Mapping[str, type] | None = None,
    base_areas: File | None = None,
    scenario_type: type | None = None,
    source_types: Mapping[str, type[SourceOptions]] | None = None,
) -> Checked:
    """Check the files of the profile ``folder``.

    ``panel_types`` maps a panel type to the struct of its options (None: types and options aren't checked);
    ``base_areas`` is ``areas.csv`` of the base profile, whose units a crosswalk may start from;
    ``scenario_type`` is the struct of a scenario (None: keys and types of scenarios aren't checked);
    ``source_types`` maps a kind of source to its options, as ``panel_types`` does. ``words`` gives the language of the
    problems.
    """
    findings = Findings(words)
    checker = _Checker(folder, files, findings, panel_types, scenario_type, source_types)
    if base_areas is not None:
        former, _ = read_table(base_areas, Area, Findings(words))
        checker.context.former = {(area.code, area.valid_from) for area in former}
    profile = checker.run()
    problems = findings.sorted()
    return Checked(profile=None if problems else profile, problems=problems)


def digest(files: Mapping[str, File]) -> str:
    """Changes with any byte or name of the files (SHA-256, 16 hexadecimal digits)."""
    total = hashlib.sha256()
    for name in sorted(files):
        total.update(f"{name}\0{len(files[name].content)}\0".encode())
        total.update(files[name].content)
    return total.hexdigest()[:16]


def summary(profile: Profile) -> dict[str, object]:
    """How many things of each kind a profile holds; the values of the sentence ``cli.summary``."""
    kinds = ("feeds", "indicators", "walls", "layers", "areas", "organisations", "stations", "holidays")
    counts: dict[str, object] = {kind: len(getattr(profile, kind)) for kind in kinds}
    return {**counts, "current": len(profile.current_areas()), "as_of": profile.head.as_of}


class _Checker:
    """Decodes everything first, so that references look forward as well as back, and then applies the rules."""

    def __init__(
        self, folder: str, files: Mapping[str, File], findings: Findings, panel_types: Mapping[str, type] | None,
        scenario_type: type | None, source_types: Mapping[str, type[SourceOptions]] | None,
    ) -> None:  # fmt: skip
        self._folder = folder
        self._shown = files[HEAD].name.removesuffix(HEAD) if HEAD in files else f"{folder}/"
        self._files = files
        self._findings = findings
        self._scenario_type = scenario_type
        names: dict[str, set[str]] = {kind: {stem for stem, _ in self._stems(kind)} for kind in (*FOLDERS, SCENARIOS)}
        names["geo"] = {name.removeprefix(GEO) for name in files if name.startswith(GEO) and name.endswith(GEO_ENDING)}
        self._names = names
        self.context = Context(names, panel_types, source_types)

    def run(self) -> Profile | None:
        context = self.context
        head = self._head()
        feeds, indicators = self._folder_of(FeedContract, "feeds"), self._folder_of(Indicator, "indicators")
        walls, layers = self._folder_of(Wall, "walls"), self._folder_of(Layer, "layers")
        before = len(self._findings.problems)
        areas_at, context.areas = self._table("areas.csv", Area, needed=True)
        if len(self._findings.problems) == before:
            context.area_codes = {area.code for area in context.areas} | {code for code, _ in context.former}
        organisations_at, organisations = self._list("organisations.yaml", Organisation)
        context.organisations = {item.code: item for item in organisations} if organisations_at else None
        stations_at, stations = self._list("stations.yaml", Station)
        context.stations = {station.id: station for station in stations}
        context.indicators = {name: indicator for name, (_, indicator) in indicators.items()}
        context.layers = {name: layer for name, (_, layer) in layers.items()}
        context.walls = {name: wall for name, (_, wall) in walls.items()}
        crosswalk_at, crosswalk = self._table("crosswalk.csv", Crosswalk)
        holidays_at, holidays = self._table("holidays.csv", Holiday)
        self._declarations(feeds, indicators, walls, layers)
        check_areas(context.areas, areas_at, context)
        check_crosswalk(crosswalk, crosswalk_at, context)
        check_holidays(holidays, holidays_at)
        if organisations_at:
            check_organisations(organisations, organisations_at, context)
        if stations_at:
            check_stations(stations, stations_at, context)
        sources = self._sources()
        geo = self._geo()
        self._scenarios()
        return self._profile(head, crosswalk, holidays, geo, sources) if head is not None else None

    def _declarations(
        self,
        feeds: dict[str, tuple[Place, FeedContract]],
        indicators: dict[str, tuple[Place, Indicator]],
        walls: dict[str, tuple[Place, Wall]],
        layers: dict[str, tuple[Place, Layer]],
    ) -> None:
        for name, (place, contract) in feeds.items():
            self.context.feeds[name] = check_feed(contract, place, self.context)
        for place, indicator in indicators.values():
            check_indicator(indicator, place, self.context)
        for place, layer in layers.values():
            check_layer(layer, place, self.context)
        for place, wall in walls.values():
            check_wall(wall, place, self.context, self._findings.words)

    def _sources(self) -> dict[str, Source]:
        found = self._folder_of(Source, "sources")
        for place, source in found.values():
            check_source(source, place, self.context, self._findings.words)
        check_lines(list(found.values()))
        return {name: source for name, (_, source) in found.items()}

    def _profile(
        self, head: ProfileHead, crosswalk: list[Crosswalk], holidays: list[Holiday], geo: dict[str, Any],
        sources: dict[str, Source],
    ) -> Profile:  # fmt: skip
        context = self.context
        return Profile(
            head=head,
            feeds={name: facts.contract for name, facts in context.feeds.items()},
            indicators=context.indicators,
            walls=context.walls,
            layers=context.layers,
            areas=context.areas,
            crosswalk=crosswalk,
            organisations=context.organisations or {},
            stations=context.stations,
            holidays={holiday.date: holiday for holiday in holidays},
            geo=geo,
            sources=sources,
            digest=digest(self._files),
        )

    def _place(self, document: Document) -> Place:
        return Place(self._findings, document)

    def _missing(self, name: str) -> None:
        self._place(Document(name=self._shown + name))((), "missing_file", name=name)

    def _head(self) -> ProfileHead | None:
        if HEAD not in self._files:
            self._names["groups"] = set()
            self._missing(HEAD)
            return None
        document = read_yaml(self._files[HEAD], self._findings)
        value = document.value if document is not None else None
        groups = value.get("groups") if isinstance(value, dict) else None
        self._names["groups"] = {
            group["id"]
            for group in (groups if isinstance(groups, list) else [])
            if isinstance(group, dict) and isinstance(group.get("id"), str)
        }
        if document is None:
            return None
        head = decode(value, ProfileHead, self._place(document), self._findings.words)
        self.context.head = head
        if head is not None:
            check_head(head, self._folder, self._place(document), self.context)
        return head

    def _stems(self, kind: str) -> Iterator[tuple[str, File]]:
        prefix = f"{kind}/"
        for name in sorted(self._files):
            if name.startswith(prefix) and name.endswith(YAML_ENDING):
                yield name.removeprefix(prefix).removesuffix(YAML_ENDING), self._files[name]

    def _folder_of(self, kind: type[T], folder: str) -> dict[str, tuple[Place, T]]:
        """The files of a folder that have the right shape, by their names."""
        identity = FOLDERS[folder][1]
        found: dict[str, tuple[Place, T]] = {}
        for stem, file in self._stems(folder):
            document = read_yaml(file, self._findings)
            if document is None:
                continue
            place = self._place(document)
            self._named_as(stem, document, identity)
            value = decode(document.value, kind, place, self._findings.words)
            if value is not None:
                found[stem] = (place, value)
        return found

    def _named_as(self, stem: str, document: Document, identity: str) -> None:
        declared = document.value.get(identity) if isinstance(document.value, dict) else None
        if isinstance(declared, str) and declared != stem:
            self._place(document)((identity,), "id_is_not_name", given=declared, name=stem)

    def _scenarios(self) -> None:
        for stem, file in self._stems(SCENARIOS):
            document = read_yaml(file, self._findings)
            if document is not None:
                self._named_as(stem, document, "id")
                place, words = self._place(document), self._findings.words
                check_scenario(document.value, self._scenario_type, place, self.context, words)

    def _list(self, name: str, kind: type[T]) -> tuple[Place | None, list[T]]:
        """A file that holds a list; no place when it is missing or of the wrong shape."""
        if name not in self._files:
            self._missing(name)
            return None, []
        document = read_yaml(self._files[name], self._findings)
        if document is None:
            return None, []
        place = self._place(document)
        items = decode([] if document.value is None else document.value, list[kind], place, self._findings.words)  # type: ignore[valid-type]
        return (None, []) if items is None else (place, items)

    def _table(self, name: str, kind: type[T], needed: bool = False) -> tuple[Place, list[T]]:
        if name not in self._files:
            if needed:
                self._missing(name)
            return self._place(Document(name=self._shown + name)), []
        values, document = read_table(self._files[name], kind, self._findings)
        return self._place(document), values

    def _geo(self) -> dict[str, Any]:
        maps: dict[str, Any] = {}
        for name in sorted(self._names["geo"]):
            document = read_json(self._files[GEO + name], self._findings)
            if document is not None:
                check_geo(document.value, self._place(document), self.context, not document.inherited)
                maps[name] = document.value
        return maps
