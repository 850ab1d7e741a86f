"""What every screen must say of its own installation: a broken profile, engines for trial only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ioc.core.words import Words
from layouts.inert import inert

if TYPE_CHECKING:
    from layouts.site import Site


def notices(site: Site, words: Words) -> list[str]:
    """Sentences for the header, the most urgent first."""
    found = []
    problems = site.problems()
    if problems:
        found.append(words("wall.profile_problem", n=len(problems), first=inert(problems[0], 160)))
    engines = getattr(site, "engines", "")
    if engines:
        found.append(inert(engines, 160))
    return found
