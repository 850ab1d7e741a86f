"""How a reading is written: value, unit, age, comparison, target; and the class that colours it."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from ioc.core.contract import Text
from ioc.core.freshness import ORDER as ORDER
from ioc.core.freshness import worst as worst
from ioc.core.indicator import Indicator, Threshold
from ioc.core.profile import Profile
from ioc.core.reading import Freshness, Reading, Scene
from ioc.core.words import NOTHING, Words
from ioc.locales import languages, load
from layouts.inert import inert

MARKS = {"critical": "■", "high": "▲", "low": "◆"}
SIGNS: dict[Freshness, str] = {"live": "●", "late": "◐", "stale": "◔", "offline": "○", "none": "○"}


def words_of(scene: Scene) -> Words:
    """The words of the scene's language."""
    return load(scene.language)


def known(reading: Reading) -> bool:
    """Whether a number may be shown: an offline feed's last number isn't the present."""
    return reading.value is not None and reading.freshness not in ("offline", "none")


def entry_mark(words: Words, scene: Scene, reading: Reading) -> str:
    """That a number was typed in, and that it no longer holds; empty for one that a system sent."""
    if not reading.manual:
        return ""
    expired = reading.expires is not None and scene.now >= reading.expires
    return words("states.entry.expired" if expired else "states.entry.manual")


def value_text(words: Words, indicator: Indicator, value: float | None) -> str:
    """The number alone, without unit."""
    return words.number(value, indicator.decimals) if value is not None else NOTHING


def with_unit(words: Words, indicator: Indicator, value: float | None) -> str:
    """Number and unit: ``97,4 %``."""
    text = value_text(words, indicator, value)
    return text if text == NOTHING else f"{text} {words.text(indicator.unit)}".rstrip()


def title(words: Words, indicator: Indicator) -> str:
    """The short title where there is one."""
    return words.text(indicator.short) or words.text(indicator.title)


def state_class(freshness: Freshness, priority: str | None = None) -> str:
    """What isn't current shows no priority: grey means that we do not know."""
    if freshness in ("stale", "offline", "none"):
        return f"is-{freshness}"
    return f"is-{priority}" if priority else ""


def sign_props(words: Words, freshness: Freshness, priority: str | None) -> dict[str, Any]:
    """Props of the shape that stands for the state, so that colour is never alone; the style sheet draws it."""
    if freshness in ("stale", "offline", "none"):
        return _sign(freshness, SIGNS[freshness], words(f"states.freshness.{freshness}"))
    if priority:
        return _sign(priority, MARKS[priority], words(f"states.priority.{priority}"))
    return _sign("", "", words("panels.table.normal"))


def _sign(kind: str, shape: str, spoken: str) -> dict[str, Any]:
    return {"children": shape, "className": f"sign sign-{kind or 'calm'}", "role": "img", "aria-label": spoken}


def priority_sign(words: Words, priority: str) -> Component:
    """The shape of a priority: square, triangle or diamond."""
    return html.Span(**sign_props(words, "live", priority))


def age_props(scene: Scene, at: float | None, freshness: Freshness, since: float | None = None) -> dict[str, Any]:
    """Props of an age: ``assets/age.js`` writes the text and lets it run. ``data-note`` stands in place of the age."""
    words = words_of(scene)
    note = ""
    if freshness in ("stale", "offline") and since is not None:
        note = words("units.since", time=moment(scene, since))
    return {
        "data-at": "" if at is None else f"{at:.0f}",
        "data-sign": SIGNS[freshness],
        "data-note": note,
        "title": words(f"states.freshness.{freshness}"),
    }


def moment(scene: Scene, at: float) -> str:
    """The time, with the date unless it is today."""
    words, zone = words_of(scene), scene.profile.head.timezone
    same_day = words.date(at, zone) == words.date(scene.now, zone)
    return words.time(at, zone) if same_day else words.moment(at, zone)


def comparison(words: Words, indicator: Indicator, reading: Reading) -> str:
    """``▲ 0,6 so với hôm qua``; empty when there is nothing to compare with."""
    found = reading.comparison
    if found is None or not known(reading):
        return ""
    against = next((words(key) for key in (f"panels.versus.{found.versus}", found.versus) if words.has(key)), "")
    size = words.number(abs(found.delta), indicator.decimals)
    if size == words.number(0, indicator.decimals):
        return words("panels.unchanged", against=against)
    return f"{'▲' if found.delta > 0 else '▼'} {size} {against}".rstrip()


def bound(words: Words, indicator: Indicator, value: float | None) -> str:
    """A limit or target as people write it: ``95``, not ``95,0``."""
    whole = value is not None and float(value).is_integer()
    return words.number(value, 0 if whole else indicator.decimals)


def limit_text(words: Words, indicator: Indicator, threshold: Threshold) -> str:
    """The side of the threshold that is in order: ``≤ 100``."""
    if threshold.above is not None:
        return f"≤ {bound(words, indicator, threshold.above)}"
    return f"≥ {bound(words, indicator, threshold.below)}"


def goal(words: Words, indicator: Indicator, reading: Reading) -> str:
    """The breached threshold, else the target, else the first threshold."""
    breached = [limit for limit in indicator.thresholds if reading.priority == limit.priority]
    if breached:
        return words("panels.threshold", limit=limit_text(words, indicator, breached[0]))
    target = indicator.target
    if target is not None and (target.at_least is not None or target.at_most is not None):
        sign, value = ("≥", target.at_least) if target.at_least is not None else ("≤", target.at_most)
        return words("panels.target", limit=f"{sign} {bound(words, indicator, value)}")
    if indicator.thresholds:
        return words("panels.threshold", limit=limit_text(words, indicator, indicator.thresholds[0]))
    return ""


def priority_of(indicator: Indicator, value: float | None) -> str | None:
    """The worst threshold that ``value`` breaches (for one area or unit of a breakdown)."""
    if value is None:
        return None
    holding = {
        limit.priority
        for limit in indicator.thresholds
        if (limit.above is not None and value > limit.above) or (limit.below is not None and value < limit.below)
    }
    return next((priority for priority in MARKS if priority in holding), None)


def feeds_of(indicator: Indicator) -> frozenset[str]:
    """The feeds an indicator rests on."""
    return frozenset({indicator.measure.feed} | ({indicator.base.feed} if indicator.base else set()))


def compact(value: float | None) -> str:
    """A number for a line in the page: six figures are more than a pixel shows."""
    return "" if value is None else f"{value:.6g}"


def organisation(profile: Profile, words: Words, code: str) -> str:
    """An organisation's short name, or what the event called it."""
    found = profile.organisations.get(code)
    return (words.text(found.short) or words.text(found.name)) if found else inert(code, 80)


def label(profile: Profile, words: Words, dimension: str, code: str) -> str:
    """What a person calls a value of a dimension: an area, an organisation, a code of a contract."""
    if dimension == "area" or dimension.startswith("area"):
        area = profile.current_areas().get(code)
        return area.name if area else inert(code, 40)
    if code in profile.organisations:
        return organisation(profile, words, code)
    if not code:
        return words("panels.unnamed")
    key = f"panels.codes.{code}"
    return words(key) if words.has(key) else inert(code, 60)


def text_or(words: Words, text: Text, other: str) -> str:
    """A text of the profile, or ``other`` when it is empty."""
    return words.text(text) or other


def both(key: str, /, **named: tuple[str, str]) -> Text:
    """A sentence in every language, as a panel's title; each placeholder is given as (key of its words, other text)."""
    titles = {}
    for language in languages():
        words = load(language)
        values = {name: words(word) if words.has(word) else other for name, (word, other) in named.items()}
        titles[language] = words(key, **values)
    return titles
