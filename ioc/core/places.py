"""Areas, organisations and coordinates of a profile, found from what events say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ioc.core.area import Area
from ioc.core.profile import Profile
from ioc.core.text import bare_key, tone_key


class Names:
    """Names → codes. A spelling that fits several codes fits none; exact marks are tried before bare letters."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._by_tone: dict[str, str | None] = {}
        self._by_letters: dict[str, str | None] = {}
        for name, code in pairs:
            for index, key in ((self._by_tone, tone_key(name)), (self._by_letters, bare_key(name))):
                index[key] = code if index.get(key, code) == code else None

    def find(self, name: str) -> str:
        """The code, or empty."""
        key = tone_key(name)
        if key in self._by_tone:
            return self._by_tone[key] or ""
        return self._by_letters.get(bare_key(name)) or ""


class Places:
    """Looks up one profile's areas, organisations, stations and outline."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._as_of = profile.head.as_of
        self._current = profile.current_areas()
        self._ever: dict[str, list[Area]] = {}
        for area in profile.areas:
            self._ever.setdefault(area.code, []).append(area)
        self._organisations = Names(_organisation_names(profile))
        areas = list(_area_names(profile.head.area_words, self._current.values()))
        self._areas = Names(areas)
        self._written = {name for name, _ in (*_organisation_names(profile), *areas)}
        self._written |= {*profile.stations, *self._current}
        self.west, self.south, self.east, self.north = profile.head.bbox

    def area(self, code: str, as_of: str | None) -> str:
        """The unit of the shown hierarchy for a reported code; empty when the code was never a unit.

        ``as_of`` (YYYY-MM-DD) tells which hierarchy the code belongs to: codes are reused after a merger. A unit of
        another period is carried over to the unit that took or gave its greatest share; without one it stays.
        """
        known = self._ever.get(code, [])
        if as_of:
            known = [
                area for area in known if area.valid_from <= as_of and (not area.valid_to or as_of <= area.valid_to)
            ]
        if not known:
            return ""
        if self._current.get(code) in known:
            return code
        return self._carried(known[-1])

    def _carried(self, area: Area) -> str:
        shares = [
            (step.weight, step.new)
            for step in self._profile.crosswalk
            if (step.old, step.old_valid_from) == (area.code, area.valid_from) and step.new in self._current
        ] + [
            (step.weight, step.old)
            for step in self._profile.crosswalk
            if (step.new, step.new_valid_from) == (area.code, area.valid_from) and step.old in self._current
        ]
        return max(shares)[1] if shares else area.code

    def organisation(self, text: str) -> str:
        """The code of an organisation named by code or by any of its names; empty when unknown."""
        if text in self._profile.organisations:
            return text
        return self._organisations.find(text)

    def area_by(self, text: str) -> str:
        """The area of a station, an organisation or a unit that is named; empty when unknown."""
        station = self._profile.stations.get(text)
        if station is not None:
            return station.area
        organisation = self._profile.organisations.get(self.organisation(text))
        if organisation is not None and organisation.area:
            return organisation.area
        return text if text in self._current else self._areas.find(text.replace(".", ". "))

    def written(self, text: str) -> bool:
        """Whether it is a station, an organisation or an area, letter by letter as the profile writes it.

        The word for its kind may begin with a capital: Phường, phường."""
        return text in self._written or text[:1].lower() + text[1:] in self._written

    def coordinates(self, lat: float, lon: float) -> str:
        """What is wrong with a point (a quarantine reason), or empty."""
        if self.south <= lat <= self.north and self.west <= lon <= self.east:
            return ""
        if lat == 0 and lon == 0:
            return "coord_null_island"
        if self.south <= lon <= self.north and self.west <= lat <= self.east:
            return "coord_swapped"
        return "coord_outside"


def _area_names(words: Mapping[str, list[str]], areas: Iterable[Area]) -> Iterable[tuple[str, str]]:
    """A name alone, and behind each word for its kind: two units of one name can be of different kinds."""
    for area in areas:
        yield area.name, area.code
        for word in words.get(area.kind, ()):
            yield f"{word} {area.name}", area.code


def _organisation_names(profile: Profile) -> Iterable[tuple[str, str]]:
    for code, organisation in profile.organisations.items():
        for name in (code, *organisation.name.values(), *organisation.short.values(), *organisation.names):
            yield name, code
