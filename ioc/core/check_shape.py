"""Whether a value has the shape of a struct: every mistake at once, where the decoder would stop at the first.

What passes here decodes with :func:`msgspec.convert` into the struct.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable
from typing import Any, TypeVar, cast

import msgspec
from msgspec import inspect

from ioc.core.check_document import Path, Place, guess
from ioc.core.words import Words

LANGUAGES = ("vi", "en")

T = TypeVar("T")

_SCALARS: dict[type, tuple[tuple[type, ...], str]] = {
    inspect.StrType: ((str,), "text"),
    inspect.IntType: ((int,), "integer"),
    inspect.FloatType: ((int, float), "number"),
    inspect.BoolType: ((bool,), "truth"),
    inspect.NoneType: ((type(None),), "nothing"),
}


def decode(value: Any, kind: type[T], place: Place, words: Words) -> T | None:
    """The struct, or None after saying everything that is wrong."""
    if not conforms(value, kind, place, words):
        return None
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:  # a limit that a struct declares beyond its types
        place((), "refused", why=error)
        return None


def conforms(value: Any, kind: type, place: Place, words: Words, partial: bool = False) -> bool:
    """Whether the value has the shape; says everything that is wrong.

    A ``partial`` value is laid over another one, mapping by mapping: keys may be missing, but not within a list.
    """
    shape = _Shape(place, words, partial)
    shape.check(value, type_of(cast("Any", kind)), ())
    return not shape.wrong


@functools.cache
def type_of(kind: Hashable) -> inspect.Type:
    """How msgspec sees a type."""
    return inspect.type_info(kind)


class _Shape:
    def __init__(self, place: Place, words: Words, partial: bool) -> None:
        self._place = place
        self._words = words
        self._partial = partial
        self.wrong = False

    def _say(self, path: Path, key: str, /, **values: object) -> None:
        self.wrong = True
        self._place(path, key, **values)

    def check(self, value: Any, kind: inspect.Type, path: Path) -> None:
        match kind:
            case inspect.AnyType():
                pass
            case inspect.UnionType():
                self._union(value, kind, path)
            case inspect.LiteralType():
                self._literal(value, kind, path)
            case inspect.StructType():
                self._struct(value, kind, path)
            case inspect.DictType():
                self._dict(value, kind, path)
            case inspect.ListType():
                self._list(value, kind, path)
            case inspect.TupleType():
                self._tuple(value, kind, path)
            case _:
                self._scalar(value, kind, path)

    def _wanted(self, path: Path, value: Any, wanted: str) -> None:
        given = self._words(f"check.types.{_named(value)}")
        mend = self._words(f"check.write.{wanted}") if wanted != "text" else self._as_text(value)
        self._say(path, "wrong_type", given=given, wanted=self._words(f"check.types.{wanted}"), how=mend)

    def _as_text(self, value: Any) -> str:
        if value is None or isinstance(value, dict | list):
            return self._words("check.write.text")
        written = str(value).lower() if isinstance(value, bool) else str(value)
        return self._words("check.write.quoted", text=f'"{written}"')

    def _scalar(self, value: Any, kind: inspect.Type, path: Path) -> None:
        accepted, name = _SCALARS[type(kind)]
        if not isinstance(value, accepted) or (isinstance(value, bool) and bool not in accepted):
            self._wanted(path, value, name)

    def _union(self, value: Any, kind: inspect.UnionType, path: Path) -> None:
        if value is None and kind.includes_none:
            return
        inner = [member for member in kind.types if not isinstance(member, inspect.NoneType)]
        for member in inner:
            accepted = _SCALARS.get(type(member))
            if len(inner) > 1 and accepted and isinstance(value, accepted[0]):
                return
        struct = next((member for member in inner if isinstance(member, inspect.StructType)), inner[0])
        self.check(value, struct if isinstance(value, dict) else inner[0], path)

    def _literal(self, value: Any, kind: inspect.LiteralType, path: Path) -> None:
        if value not in kind.values:
            names = [str(name) for name in kind.values]
            self._say(path, "wrong_choice", given=value, guess=guess(self._words, str(value), names))

    def _struct(self, value: Any, kind: inspect.StructType, path: Path) -> None:
        if not isinstance(value, dict):
            self._wanted(path, value, "mapping")
            return
        fields = {field.encode_name: field for field in kind.fields}
        for key in value:
            if key not in fields:
                self._say((*path, key), "unknown_key", key=key, guess=guess(self._words, key, fields))
        for name, field in fields.items():
            if name in value:
                self._field(value[name], field, (*path, name))
            elif field.required and not self._inherits(path):
                self._say(path, "missing_key", key=name)

    def _inherits(self, path: Path) -> bool:
        """Whether the value below may have the rest of what stands here."""
        return self._partial and not any(isinstance(part, int) for part in path)

    def _field(self, value: Any, field: inspect.Field, path: Path) -> None:
        self.check(value, field.type, path)
        if is_text(field.type) and isinstance(value, dict) and (value or field.required) and not self._inherits(path):
            for language in LANGUAGES:
                if not value.get(language):
                    self._say(path, "missing_language", language=language)

    def _dict(self, value: Any, kind: inspect.DictType, path: Path) -> None:
        if not isinstance(value, dict):
            self._wanted(path, value, "mapping")
            return
        for key, inner in value.items():
            self.check(inner, kind.value_type, (*path, key))

    def _list(self, value: Any, kind: inspect.ListType, path: Path) -> None:
        if not isinstance(value, list):
            self._wanted(path, value, "list")
            return
        for at, inner in enumerate(value):
            self.check(inner, kind.item_type, (*path, at))

    def _tuple(self, value: Any, kind: inspect.TupleType, path: Path) -> None:
        if not isinstance(value, list):
            self._wanted(path, value, "list")
        elif len(value) != len(kind.item_types):
            self._say(path, "wrong_length", given=len(value), wanted=len(kind.item_types))
        else:
            for at, (inner, item) in enumerate(zip(value, kind.item_types, strict=True)):
                self.check(inner, item, (*path, at))


def is_text(kind: inspect.Type) -> bool:
    """Whether the type is language → sentence. Names of another kind have a limit: ``ioc.core.contract.Name``."""
    if not isinstance(kind, inspect.DictType) or not isinstance(kind.value_type, inspect.StrType):
        return False
    return isinstance(kind.key_type, inspect.StrType) and kind.key_type.min_length is None


def _named(value: Any) -> str:
    """The key of ``check.types`` for what was given."""
    for kind, name in ((bool, "truth"), (int, "integer"), (float, "number"), (str, "text"), (list, "list")):
        if isinstance(value, kind):
            return name
    return "mapping" if isinstance(value, dict) else "nothing"
