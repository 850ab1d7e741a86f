"""The hub: one channel for each page and language that somebody looks at."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass, field

from ioc.live.channel import Channel
from ioc.live.mailbox import Mailbox
from ioc.live.site import LiveSite
from ioc.live.view import FindView, Part, View

LANGUAGES = ("vi", "en")


@dataclass(frozen=True)
class Plain:
    """A page without live parts: it hears the clock and that the connection lives."""

    name: str = ""
    parts: list[Part] = field(default_factory=list)
    rate: float = 1.0


class Hub:
    """Finds views with ``find_view(profile, name)``; the site gives scenes."""

    def __init__(self, site: LiveSite, find_view: FindView) -> None:
        self._site = site
        self._find = find_view
        self._channels: dict[tuple[str, str], Channel] = {}
        self._frames = 0

    def join(self, client: Mailbox, name: str, language: str) -> Channel:
        """The channel of a page's path (``wall/<id>``); addresses without a view share one channel."""
        language = language if language in LANGUAGES else self._site.profile.head.default_language
        view = self._view(name)
        channel = self._channels.get((view.name, language))
        if channel is None:
            channel = Channel(
                view,
                functools.partial(self._site.scene, language),
                self._site.build,
                self._site.words(language)("live.part_failed"),
                lambda: len(self._channels),
            )
            self._channels[view.name, language] = channel
        channel.join(client)
        return channel

    def leave(self, client: Mailbox, channel: Channel) -> None:
        """The client is gone from the page; the last one closes the channel."""
        channel.leave(client)
        if channel.clients:
            return
        channel.close()
        for key in [key for key, held in self._channels.items() if held is channel]:
            self._frames += channel.frames
            del self._channels[key]

    def notify(self, feeds: Iterable[str]) -> None:
        """Some feeds changed."""
        changed = set(feeds)
        for channel in self._channels.values():
            channel.notify(changed)

    def redraw(self) -> None:
        """The profile, or what is wrong with it, changed: every page is drawn again."""
        for (name, _), channel in self._channels.items():
            channel.use(self._view(name, name))

    def close(self) -> None:
        for channel in self._channels.values():
            channel.close()

    @property
    def clients(self) -> int:
        return sum(len(channel.clients) for channel in self._channels.values())

    @property
    def frames(self) -> int:
        """Frames made since the start, before they were handed to clients."""
        return self._frames + sum(channel.frames for channel in self._channels.values())

    def _view(self, name: str, otherwise: str = "") -> View:
        return self._find(self._site.profile, name) or Plain(otherwise)
