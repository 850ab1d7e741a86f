"""The running process as the pages see it: profile, board, sentences."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from ioc.core.profile import Profile
from ioc.core.reading import Scene
from ioc.core.words import Words
from ioc.live.follower import Follower
from ioc.live.workbench import Workbench


class LiveSite:
    """What ``layouts`` and the API ask of the process. ``engines``: a sentence on engines for trial only, or empty.

    ``uploads`` is the desk that takes files, once the process runs.
    """

    def __init__(self, follower: Follower, words: Mapping[str, Words], history: Any = None, engines: str = "") -> None:
        self.follower = follower
        self.history = history
        self.engines = engines
        self.workbench: Workbench | None = None  # for the feeds' refused events
        self.uploads: Any = None
        self._words = words

    @property
    def profile(self) -> Profile:
        return self.follower.profile

    def scene(self, language: str) -> Scene:
        """The board now."""
        return self.follower.scene(language)

    def words(self, language: str) -> Words:
        return self._words[language]

    def problems(self) -> list[Any]:
        return list(self.follower.problems)

    def build(self) -> str:
        """A short name that changes with the profile and with what is wrong with its files."""
        told = "\n".join([self.profile.digest, *(str(problem) for problem in self.follower.problems)])
        return hashlib.sha256(told.encode()).hexdigest()[:12]
