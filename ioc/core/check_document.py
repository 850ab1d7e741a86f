"""One file of a profile as values with the line of each: YAML and GeoJSON. Pure; takes the bytes.

YAML is read plainly: ``true``/``false``, decimal numbers and ``null`` have a type, everything else is text. So dates,
``no`` and ``17:30`` stay as they are written, unlike in YAML 1.1.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any

import msgspec
import yaml

from ioc.core.errors import Problem
from ioc.core.words import Words

Path = tuple[str | int, ...]

DEEPEST = 40
MOST_NODES = 300_000
LONGEST_NUMBER = 18  # characters; a longer figure is an identifier and stays text

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?(0|[1-9]\d*)")
_NUMBER = re.compile(r"[-+]?(0|[1-9]\d*)(\.\d*)?([eE][-+]?\d+)?")
_PLAIN: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}


class File(msgspec.Struct, frozen=True, kw_only=True):
    """One file as it was read: ``name`` is shown to people; ``inherited`` came from the base profile."""

    name: str
    content: bytes
    inherited: bool = False


class Document(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The values of a file; ``lines`` maps a path to its line, counted from 1."""

    name: str
    value: Any = None
    lines: dict[Path, int] = {}
    inherited: bool = False

    def line(self, path: Path) -> int:
        """The line of a path, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class Findings:
    """Collects problems; the sentences are ``check.<key>.is`` and ``check.<key>.mend`` of ``words``."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.problems: list[Problem] = []

    def add(self, document: Document, path: Path, key: str, /, **values: object) -> None:
        self.problems.append(
            Problem(
                file=document.name,
                line=document.line(path),
                path=path_text(path),
                message=self.words(f"check.{key}.is", **values),
                mend=self.words(f"check.{key}.mend", **values),
            )
        )

    def sorted(self) -> list[Problem]:
        """Each problem once, by file and line."""
        seen = {(problem.file, problem.line, problem.path, problem.message): problem for problem in self.problems}
        return [seen[key] for key in sorted(seen)]


class Place:
    """Says what is wrong in one document."""

    def __init__(self, findings: Findings, document: Document, root: Path = ()) -> None:
        self._findings = findings
        self.document = document
        self._root = root

    def __call__(self, path: Path, key: str, /, **values: object) -> None:
        self._findings.add(self.document, (*self._root, *path), key, **values)

    def below(self, *path: str | int) -> Place:
        """The same document, seen from a part of it."""
        return Place(self._findings, self.document, (*self._root, *path))

    def unknown(self, path: Path, what: str, given: str, known: Iterable[str]) -> None:
        """A name that refers to nothing; ``what`` is a key of ``check.kinds``."""
        names = sorted(known)
        kind = self._findings.words(f"check.kinds.{what}")
        self(path, "unknown_name", what=kind, given=given, guess=guess(self._findings.words, given, names))


def guess(words: Words, given: str, known: Iterable[str]) -> str:
    """``did you mean 'x'?``, or the names there are."""
    names = list(known)
    near = difflib.get_close_matches(given, names, 1, 0.6)
    if near:
        return words("check.did_you_mean", name=near[0])
    if not names:
        return words("check.none_known")
    more = "…" if len(names) > 12 else ""
    return words("check.one_of", names=", ".join(names[:12]) + more)


def path_text(path: Path) -> str:
    """``panels[2].at``; ``.`` for the whole file."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "."


def read_yaml(file: File, findings: Findings) -> Document | None:
    """The document, or None when its syntax is broken."""
    text = decoded(file, findings)
    if text is None:
        return None
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        # The parser may notice only after the end of the text.
        line = max(min(mark.line + 1, len(text.splitlines())), 1) if mark else 1
        why = getattr(error, "problem", None) or getattr(error, "reason", None) or type(error).__name__
        findings.add(Document(name=file.name, lines={(): line}), (), "yaml_syntax", why=why)
        return None
    return _Composer(file, findings).document(node)


class _Composer:
    def __init__(self, file: File, findings: Findings) -> None:
        self._lines: dict[Path, int] = {}
        self._findings = findings
        self._nodes = 0
        self._shell = Document(name=file.name, lines=self._lines, inherited=file.inherited)

    def document(self, node: yaml.Node | None) -> Document:
        self._lines[()] = 1
        return msgspec.structs.replace(self._shell, value=None if node is None else self._value(node, ()))

    def _value(self, node: yaml.Node, path: Path) -> Any:
        self._nodes += 1
        if len(path) > DEEPEST or self._nodes > MOST_NODES:
            if self._nodes <= MOST_NODES + 1 or len(path) == DEEPEST + 1:
                self._findings.add(self._shell, path, "too_deep", deepest=DEEPEST)
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._item(item, (*path, at)) for at, item in enumerate(node.value)]
        return _scalar(node)

    def _item(self, node: yaml.Node, path: Path) -> Any:
        self._lines[path] = node.start_mark.line + 1
        return self._value(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
            inner = (*path, key)
            if key in result:
                first = self._lines[inner]
                self._lines[inner] = key_node.start_mark.line + 1
                self._findings.add(self._shell, inner, "duplicate_key", key=key, first=first)
                continue
            self._lines[inner] = key_node.start_mark.line + 1
            result[key] = self._value(value_node, inner)
        return result


def _scalar(node: yaml.Node) -> Any:
    text: str = node.value
    if getattr(node, "style", None) in ("'", '"', "|", ">") or len(text) > LONGEST_NUMBER:
        return text
    if text in _PLAIN:
        return _PLAIN[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text


def read_json(file: File, findings: Findings) -> Document | None:
    """A GeoJSON document; its paths have no lines but that of a syntax error."""
    try:
        value = msgspec.json.decode(file.content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        found = re.search(r"byte (\d+)", str(error))
        line = file.content[: int(found[1])].count(b"\n") + 1 if found else 1
        findings.add(Document(name=file.name, lines={(): line}), (), "json_syntax", why=error)
        return None
    return Document(name=file.name, value=value, lines={(): 1}, inherited=file.inherited)


def decoded(file: File, findings: Findings) -> str | None:
    """The text of a UTF-8 file, or None after saying that it isn't one."""
    try:
        return file.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = file.content[: error.start].count(b"\n") + 1
        findings.add(Document(name=file.name, lines={(): line}), (), "not_utf8")
        return None
