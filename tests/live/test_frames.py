"""A client that applies frames, whatever was merged or dropped on the way, ends with the server's state."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ioc.live.frames import Frame, Moment, State, difference, encoded, merge, merged

PROPS = st.dictionaries(
    st.sampled_from("pq"), st.none() | st.integers(0, 2) | st.lists(st.text(max_size=2), max_size=2)
)
UPDATES = st.lists(st.tuples(st.sampled_from("abc"), PROPS), max_size=4)
FATES = st.sampled_from(["deliver", "wait", "drop"])
MOMENT = Moment(0, 0)


class Page:
    """What ``assets/live.js`` does with a frame: true when it must ask for a full one."""

    def __init__(self) -> None:
        self.seq: int | None = None
        self.shown: dict[str, dict[str, Any]] = {}

    def hear(self, text: str) -> bool:
        frame = json.loads(text)
        if "prev" in frame and frame["prev"] != self.seq:
            return True
        if "prev" not in frame:
            self.shown = {}
        self.seq = frame["seq"]
        for name, props in frame["u"]:
            self.shown.setdefault(name, {}).update(props)
        return False


def _plain(state: State) -> dict[str, dict[str, Any]]:
    return {name: {prop: json.loads(value) for prop, value in props.items()} for name, props in state.items() if props}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
@given(st.lists(st.tuples(UPDATES, FATES), max_size=20))
def test_client_ends_equal(steps: list[tuple[list[tuple[str, dict[str, Any]]], str]]) -> None:
    state: State = {}
    page, waiting, seq = Page(), Frame(0, None, MOMENT), 0
    box: Frame | None = waiting
    for updates, fate in [*steps, ([], "deliver")]:
        changed = difference(state, encoded(updates))
        merge(state, changed)
        frame = Frame(seq + 1, seq, MOMENT, changed)
        seq += 1
        box = frame if box is None else merged(box, frame)
        if fate == "wait":
            continue
        if fate == "deliver" and page.hear(box.text):
            page.hear(Frame(seq, None, MOMENT, {name: dict(props) for name, props in state.items()}).text)
        box = None
    assert page.shown == _plain(state)


def test_reload_outlives_later_frames() -> None:
    again = Frame(3, None, MOMENT, reload=True)
    assert json.loads(merged(again, Frame(4, 3, MOMENT)).text) == {"reload": True}


def test_not_a_number_becomes_null() -> None:
    assert encoded([("a", {"p": float("nan")})]) == {"a": {"p": b"null"}}
