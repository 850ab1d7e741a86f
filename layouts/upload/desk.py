"""What the page asks of the desk that holds files (see ``streams.sources.upload``), and the names of its components."""

from __future__ import annotations

from collections.abc import Mapping as Names
from collections.abc import Sequence
from typing import Any, Protocol

from ioc.core.entry_mapping import Mapping
from ioc.core.words import Words

FILE, FEED, ORGANISATION = "upload-file", "upload-feed", "upload-organisation"
BUSY, TOLD, TOKEN = "upload-busy", "upload-told", "upload-token"
COLUMNS, LOOKED, RESULT = "upload-columns", "upload-looked", "upload-result"
SHEET, HEADER, AT = "upload-sheet", "upload-header", "upload-at"
HOLDS, SOURCE, MARK = "upload-holds", "upload-source", "upload-mark"
LOOK, ONLY, ROWS, SAVE, SAVED = "upload-look", "upload-only", "upload-rows", "upload-save", "upload-saved"
QUARANTINED, UNDERSTOOD, SEND, POLL = "upload-quarantined", "upload-understood", "upload-send", "upload-poll"


class Uploads(Protocol):
    """Raises :class:`ioc.core.sheet.SheetError` for what a person can mend, EngineError when SQL is away."""

    async def take(self, name: str, content: bytes, feed: str, organisation: str) -> str:
        """Read a file; the token under which it is held."""

    def held(self, token: str) -> Any:
        """The file: ``sheet``, ``proposed``, ``mapping``, ``at``, ``verdicts``, ``counts``, ``progress``."""

    async def turn_to(self, token: str, sheet: str) -> Any: ...

    async def propose(self, token: str, spoken: Names[str, Sequence[str]], header: int | None = None) -> Mapping: ...

    async def sent_before(self, token: str) -> Any: ...

    async def judge(self, token: str, mapping: Mapping, at: float) -> Any: ...

    async def send(self, token: str, quarantined: bool) -> Any: ...


def spoken(words: Words, part: str) -> dict[str, list[str]]:
    """The words of ``upload.<part>``, several with ``|`` between."""
    start = f"upload.{part}."
    return {
        key.removeprefix(start): text.split("|") for key, text in words.sentences.items() if key.startswith(start)
    }  # fmt: skip
