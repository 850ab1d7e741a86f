"""Text that came in an event is text and nothing else."""

from __future__ import annotations

import re
import unicodedata

# C0/C1 controls, bidirectional controls, invisible joiners and separators, tags, and lone surrogates.
_UNWANTED = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)
_SPACES = re.compile(r"\s+")


def inert(text: object, limit: int = 300) -> str:
    """``text`` in one line, NFC, without control and bidirectional characters, at most ``limit`` characters."""
    plain = unicodedata.normalize("NFC", _SPACES.sub(" ", _UNWANTED.sub("", str(text)))).strip()
    return plain if len(plain) <= limit else plain[: limit - 1].rstrip() + "…"
