"""The state machine of ISA-18.2: every state with every transition, and what holds on any way through them."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.core.alert import Alert, Kind, Refused, Transition, after, rebuilt

NEW = Alert(id="a", source="rule", rule="r", subject="s", priority="high", since=0.0, title={"vi": "a", "en": "a"})
KINDS: tuple[Kind, ...] = get_args(Kind)


def step(kind: Kind, at: float = 10.0, **more: object) -> Transition:
    fields = {"text": "vì", "to": "trực ban", "until": at + 3600, "by": "b"} | more
    return msgspec.convert({"id": f"{kind}-{at}", "alert": "a", "kind": kind, "at": at, **fields}, Transition)


def on_the_way(*kinds: Kind) -> Alert:
    return rebuilt(NEW, [step(kind, at) for at, kind in enumerate(kinds)])


STATES = {
    "unacknowledged": on_the_way("raised"),
    "acknowledged": on_the_way("raised", "acknowledged"),
    "returned": on_the_way("raised", "cleared"),
    "normal": on_the_way("raised", "acknowledged", "cleared"),
    "shelved": on_the_way("raised", "shelved"),
    "suppressed": on_the_way("raised", "suppressed"),
    "out_of_service": on_the_way("raised", "out_of_service"),
}
# state → transition → the state after it; what isn't named is refused. Notes, steps and names change no state.
GIVES = {
    "unacknowledged": {
        "cleared": "returned", "acknowledged": "acknowledged", "shelved": "shelved", "suppressed": "suppressed",
        "out_of_service": "out_of_service",
    },
    "acknowledged": {
        "cleared": "normal", "shelved": "shelved", "suppressed": "suppressed", "out_of_service": "out_of_service",
    },
    "returned": {"acknowledged": "normal", "closed": "normal", "out_of_service": "out_of_service"},
    "normal": {"out_of_service": "out_of_service"},
    "shelved": {
        "cleared": "shelved", "acknowledged": "acknowledged", "shelved": "shelved", "unshelved": "unacknowledged",
        "suppressed": "suppressed", "out_of_service": "out_of_service",
    },
    "suppressed": {
        "cleared": "returned", "unsuppressed": "unacknowledged", "shelved": "suppressed",
        "out_of_service": "out_of_service",
    },
    "out_of_service": {"cleared": "out_of_service", "suppressed": "out_of_service", "in_service": "unacknowledged"},
}  # fmt: skip
QUIET = ("noted", "step_done", "assigned")
WHILE_ACTIVE = ("changed", "escalated")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("state", STATES)
def test_every_state_with_every_transition(state: str, kind: Kind) -> None:
    alert = STATES[state]
    assert alert.state == state
    expected = GIVES[state].get(kind)
    if kind in QUIET or (kind in WHILE_ACTIVE and alert.active):
        expected = state
    if expected is None:
        with pytest.raises(Refused):
            after(alert, step(kind))
    else:
        assert after(alert, step(kind)).state == expected


def test_a_worse_level_has_to_be_seen_again_and_a_better_one_hasnt() -> None:
    seen = STATES["acknowledged"]
    assert after(seen, step("changed", priority="critical")).state == "unacknowledged"
    assert after(seen, step("changed", priority="low")).state == "acknowledged"


@pytest.mark.parametrize("kind", ["shelved", "out_of_service", "noted", "closed"])
def test_setting_aside_and_closing_need_a_reason(kind: Kind) -> None:
    with pytest.raises(Refused, match="needs_reason"):
        after(STATES["returned"], step(kind, text="  "))


@pytest.mark.parametrize("until", [None, 10.0, 9.0, 10.0 + 24 * 3600 + 1])
def test_a_shelf_ends_within_a_day(until: float | None) -> None:
    with pytest.raises(Refused, match="shelf_too_long"):
        after(STATES["unacknowledged"], step("shelved", until=until))


def test_a_persons_word_ends_a_security_alert_but_not_what_a_station_measures() -> None:
    with pytest.raises(Refused, match="still_active"):
        after(STATES["acknowledged"], step("closed"))
    security = msgspec.structs.replace(NEW, source="security")
    assert after(after(security, step("raised")), step("closed")).state == "normal"


@given(st.lists(st.sampled_from(KINDS), max_size=30))
def test_on_any_way_silence_and_setting_aside_never_end_an_alert(kinds: list[Kind]) -> None:
    alert, done = NEW, []
    for at, kind in enumerate(["raised", *kinds]):
        try:
            alert = after(alert, step(kind, at))  # type: ignore[arg-type]
        except Refused:
            continue
        done.append(step(kind, at))  # type: ignore[arg-type]
    assert alert.version == len(done)
    assert alert == rebuilt(NEW, done)
    if alert.state == "normal":
        ended = {each.kind for each in done}
        assert ended & {"cleared", "closed"}
        assert ended & {"acknowledged", "closed"}
