"""Passwords, tokens and certificates: each a file of one folder, never in the profile."""

from __future__ import annotations

from pathlib import Path

from ioc.core.errors import SourceError

LARGEST = 65_536


class Secrets:
    """The files of ``IOC_SECRETS_DIR``; read anew each time, so that a changed password needs no restart."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def text(self, name: str) -> str:
        """The secret without the line break at its end. Raises :class:`SourceError`, which never tells it."""
        path = self.path(name)
        try:
            with path.open("rb") as file:
                return file.read(LARGEST).decode("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise SourceError(
                f"the secret '{name}' can't be read from IOC_SECRETS_DIR ({type(error).__name__})"
            ) from None

    def path(self, name: str) -> Path:
        """Where the file of a secret lies. Raises :class:`SourceError`."""
        if not self._folder:
            raise SourceError(f"the secret '{name}' is needed; set IOC_SECRETS_DIR to the folder of its file")
        if not name or name != Path(name).name or name.startswith("."):
            raise SourceError("a secret's name is that of a file in IOC_SECRETS_DIR")
        return Path(self._folder) / name
