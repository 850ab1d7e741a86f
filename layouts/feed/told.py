"""The figures of quality in sentences: what each rests on, and what brought it down."""

from __future__ import annotations

from ioc.core.feed_quality import Quality
from ioc.core.profile import Profile
from ioc.core.reading import Scene
from ioc.core.words import Words
from layouts import figures

MOST_NAMED = 5
MOST_CAUSES = 4


def sentences(scene: Scene, feed: str, figure: str, quality: Quality) -> list[str]:
    """What is to be said of one figure."""
    words = figures.words_of(scene)
    if figure == "liveness":
        return _liveness(words, scene, quality)
    if figure == "completeness":
        return _completeness(words, scene.profile, feed, quality)
    tally = quality.tally
    if not tally.total:
        return [words("quality.no_events")]
    faults = tally.invalid() if figure == "validity" else tally.unclean()
    key = "quality.valid" if figure == "validity" else "quality.clean"
    passed = words(key, n=words.number(max(0, tally.total - sum(faults.values()))), total=words.number(tally.total))
    return [passed, words("quality.causes", list=causes(words, faults)) if faults else words("quality.no_cause")]


def causes(words: Words, faults: dict[str, int], most: int = MOST_CAUSES) -> str:
    """``mã ngoài danh mục 12, trùng lặp 3``, the most frequent first."""
    first = sorted(faults.items(), key=lambda pair: (-pair[1], pair[0]))[:most]
    return ", ".join(f"{_cause(words, cause)} {words.number(number)}" for cause, number in first)


def _cause(words: Words, cause: str) -> str:
    keys = (f"states.reason.{cause}", f"states.outcome.{cause}", f"quality.{cause}")
    return next((words(key) for key in keys if words.has(key)), cause)


def _liveness(words: Words, scene: Scene, quality: Quality) -> list[str]:
    signs = quality.signs
    told = [words(f"quality.situation.{quality.situation}")]
    if signs.event is not None:
        told.append(words("quality.newest", time=figures.moment(scene, signs.event)))
    if signs.heartbeat is not None:
        told.append(words("quality.heartbeat", time=figures.moment(scene, signs.heartbeat)))
    return [f"{sentence}." for sentence in told]


def _completeness(words: Words, profile: Profile, feed: str, quality: Quality) -> list[str]:
    parts = quality.completeness
    if parts.expected is None:
        told = [words("quality.arrived.none")]
    else:
        expected = words.number(round(parts.expected))
        key = f"quality.arrived.{parts.basis}"
        told = [words(key, received=words.number(parts.received), expected=expected)]
    if parts.filled is not None:
        told.append(words("quality.filled", share=words.share(parts.filled, 1)))
    if parts.reported is not None:
        reported = parts.reported
        told.append(words("quality.reported", reported=words.number(reported.reported), due=words.number(reported.due)))
        if reported.missing:
            told.append(_missing(words, profile, feed, reported.missing))
    return told


def _missing(words: Words, profile: Profile, feed: str, codes: list[str]) -> str:
    declared = profile.feeds[feed].reporting
    dimension = declared.dimension if declared else ""
    named = ", ".join(_unit(words, profile, dimension, code) for code in codes[:MOST_NAMED])
    more = len(codes) - MOST_NAMED
    if more <= 0:
        return words("quality.missing", list=named)
    return words("quality.missing_more", list=named, n=words.number(more))


def _unit(words: Words, profile: Profile, dimension: str, code: str) -> str:
    station = profile.stations.get(code)
    return station.name if station else figures.label(profile, words, dimension, code)
