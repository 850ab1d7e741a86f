"""What a source must hold to beyond its shape: its feed, its name there, its options and its mapping."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ioc.core.check_context import Context
from ioc.core.check_document import Path, Place
from ioc.core.check_indicator import check_id
from ioc.core.check_shape import decode
from ioc.core.contract import FeedContract, Field
from ioc.core.foreign_time import is_format
from ioc.core.mapping import FIGURES, MOMENTS, PART, as_text
from ioc.core.source import Mapping, Rule, Source, SourceOptions, Written
from ioc.core.words import Words

ORIGINS = ("path", "const", "template")
TIMES, FACTORS = ("format", "zone"), ("scale", "offset", "decimal")


def check_source(source: Source, place: Place, context: Context, words: Words) -> None:
    check_id(source.id, ("id",), place)
    context.organisation(source.organisation, ("organisation",), place)
    if context.named("feeds", source.feed, ("feed",), place) and source.feed in context.feeds:
        facts = context.feeds[source.feed]
        if source.source not in facts.contract.source:
            place.unknown(("source",), "source", source.source, facts.contract.source)
        if source.mapping is not None:
            _mapping(source.mapping, facts.contract, facts.fields, place.below("mapping"))
    options = _options(source, place, context, words)
    if options is not None:
        _kind(source, options, place, context)


def check_lines(sources: list[tuple[Place, Source]]) -> None:
    """Two sources under one name would hide each other's silence."""
    first: dict[tuple[str, str], str] = {}
    for place, source in sources:
        if source.enabled:
            other = first.setdefault((source.feed, source.source), source.id)
            if other != source.id:
                place(("source",), "same_line", given=source.source, other=other)


def _options(source: Source, place: Place, context: Context, words: Words) -> SourceOptions | None:
    if context.source_types is None:
        return None
    if source.kind not in context.source_types:
        place.unknown(("kind",), "source_kind", source.kind, context.source_types)
        return None
    return decode(source.options, context.source_types[source.kind], place.below("options"), words)


def _kind(source: Source, options: SourceOptions, place: Place, context: Context) -> None:
    for path, key, values in options.faults():
        place(("options", *path), key, **values)
    if options.maps == "always" and source.mapping is None:
        place((), "needs", kind=source.kind, name="mapping")
    if options.maps == "never" and source.mapping is not None:
        place(("mapping",), "no_mapping", kind=source.kind)
    facts = context.feeds.get(source.feed)
    if facts is not None and facts.contract.payload != options.fills:
        place(("feed",), "payload", kind=source.kind, feed=source.feed, payload=facts.contract.payload)


def _mapping(mapping: Mapping, contract: FeedContract, fields: dict[str, Field], place: Place) -> None:
    known = {name.removesuffix("?") for name in contract.fields}
    for name, written in mapping.fields.items():
        if name not in known:
            place.unknown(("fields", name), "field", name, known)
        _written(written, fields.get(name), place.below("fields", name))
    for name, field in fields.items():
        if field.required and name not in mapping.fields:
            place(("fields",), "unmapped", name=name, feed=contract.feed)
    if mapping.time is not None:
        _written(mapping.time, Field(name="time", type="time"), place.below("time"))
    for name in ("area", "organisation"):
        if (code := getattr(mapping, name)) is not None:
            _written(code, None, place.below(name))
    if mapping.id:
        _template(mapping.id, ("id",), place)


def _written(written: Written, field: Field | None, place: Place) -> None:
    if isinstance(written, str):
        _path(written, (), place)
        return
    given = [name for name in ORIGINS if getattr(written, name) not in ("", None)]
    if len(given) != 1:
        place((), "one_origin", names=", ".join(ORIGINS))
    if written.path:
        _path(written.path, ("path",), place)
    if written.template:
        _template(written.template, ("template",), place)
    _times(written, place)
    if field is not None:
        _fits(written, field, place)


def _path(path: str, at: Path, place: Place) -> None:
    if path != "." and not all(path.split(".")):
        place(at, "data_path", given=path)


def _template(text: str, at: Path, place: Place) -> None:
    paths = PART.findall(text)
    if not paths or set("{}") & set(PART.sub("", text)) or not all(part for path in paths for part in path.split(".")):
        place(at, "template", given=text)


def _times(rule: Rule, place: Place) -> None:
    if not is_format(rule.format):
        place(("format",), "time_format", given=rule.format)
    try:
        if rule.zone:
            ZoneInfo(rule.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        place(("zone",), "timezone", given=rule.zone)


def _fits(rule: Rule, field: Field, place: Place) -> None:
    """What the rule makes can be a value of the field."""
    for names, kinds in ((FACTORS, FIGURES), (TIMES, MOMENTS)):
        for name in names:
            if getattr(rule, name) != _UNCHANGED[name] and field.type not in kinds:
                place((name,), "field_type", given=field.name, type=field.type, wanted="/".join(kinds))
    for path, value in _codes(rule):
        if field.codes and value not in field.codes:
            place.unknown(path, "code", value, field.codes)


def _codes(rule: Rule) -> Iterator[tuple[Path, str]]:
    for name in ("const", "default"):
        if (value := getattr(rule, name)) is not None:
            yield (name,), as_text(value)
    for code, value in rule.map.items():
        yield ("map", code), as_text(value)


_UNCHANGED: dict[str, object] = {"format": "", "zone": "", "scale": 1.0, "offset": 0.0, "decimal": "."}
