"""Every error of the project.

IocError
├── SettingsError       a setting of the environment can't be used; names the variable and the mend
├── ProfileError        the profile can't be used; carries every Problem, each with file, line and mend
├── RecordingError      a recorded event can't be read; names the line and what would be right
├── SourceError         a foreign system doesn't answer as it should; says why, and when to ask again
├── EngineError         Kafka, Redis or SQL can't be reached or refuses; says what to do
│   └── DeliveryError   Kafka doesn't take events; says whether some may be in the log
├── FencedError         another claim owns the partition: stop writing, claim again
├── ShapeError          what is kept of a feed has the form of another contract: rebuild it
├── OffsetError         the stored offset differs from the batch's first: read it again and seek
└── LostLogError        the event log lost events that weren't read, and the contract says to stop then
"""

from __future__ import annotations

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One mistake in a profile: where it is, what is wrong, what would be right."""

    file: str
    line: int
    path: str
    message: str
    mend: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.path}: {self.message} → {self.mend}"


class IocError(Exception):
    """Root of all errors raised on purpose."""


class SettingsError(IocError):
    """A setting can't be used; the message names it and says what would be right."""


class ProfileError(IocError):
    """The profile has mistakes; ``problems`` lists them all."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class RecordingError(IocError):
    """A recording of events has a line that can't be read."""


class SourceError(IocError):
    """A foreign system can't be read now. ``retry_after``: seconds it asks to be left alone, 0 when it said nothing."""

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class EngineError(IocError):
    """An engine is missing, unreachable or too old."""


class DeliveryError(EngineError):
    """Kafka doesn't take events. ``begun`` tells whether some may be in the log all the same."""

    def __init__(self, message: str, *, begun: bool) -> None:
        super().__init__(message)
        self.begun = begun


class FencedError(IocError):
    """A newer claim owns the partition; nothing was written."""


class ShapeError(IocError):
    """The state was built under a contract with other dimensions, numbers or entities; nothing was claimed."""


class OffsetError(IocError):
    """The batch doesn't start where the stored state ends; nothing was written."""

    def __init__(self, stored: int) -> None:
        super().__init__(f"stored offset is {stored}")
        self.stored = stored


class LostLogError(IocError):
    """The event log doesn't give what comes next; the partition stands until its feed is rebuilt."""
