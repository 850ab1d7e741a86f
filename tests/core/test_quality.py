"""Four figures: what counts for which, the same for any order, split and number of partitions, each judged alone."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.core.baseline import Expected, of_past
from ioc.core.board import Board
from ioc.core.cell import SEPARATOR
from ioc.core.change import Change
from ioc.core.clock import REAL
from ioc.core.entity import Heartbeat
from ioc.core.event import Compiled
from ioc.core.feed_quality import Quality
from ioc.core.freshness import worst
from ioc.core.grade import Ages, QualityLimits
from ioc.core.hourly import counts, inflows
from ioc.core.inflow import GREATEST, Inflow, arrived, of_numbers
from ioc.core.quality import Completeness, Signs, Tallied, arrivals, situation, tallied
from ioc.core.reporting import Reported
from tests.conftest import hai_duong
from tests.core.test_board import MIDNIGHT, NOON, board
from tests.streams.records import event

MINUTE = int(NOON) // 60
SOURCE = "urn:vn:hai-duong:mot-cua"
LIMITS = QualityLimits()
encode = msgspec.msgpack.encode


def count(
    minute: int, outcome: str, number: int, reason: str = "", organisation: str = "", area: str = ""
) -> tuple[str, int]:
    return SEPARATOR.join((str(minute), outcome, reason, organisation, area)), number


def apply(
    shown: Board, *cells: tuple[str, Any], kind: str = "quality", partition: int = 0, feed: str = "dossier"
) -> None:
    for field, value in cells:
        hour = int(field.partition(SEPARATOR)[0]) // 60
        shown.apply(feed, partition, Change(sets=[(f"{kind}:{hour}", 0, [field, encode(value)])]))


def beat(shown: Board, at: float, feed: str = "dossier") -> None:
    shown.apply(feed, 0, Change(sets=[("pulse", 0, [f"heartbeat:{SOURCE}", encode(Heartbeat(at=at))])]))


def quality(shown: Board, span: Any = "hour", now: float = NOON, feed: str = "dossier") -> Quality:
    return shown.scene(now, REAL, "vi").quality(feed, span)


TALLY = tallied({
    ("accepted", "", "a", "1"): 85, ("accepted", "untidy", "a", "1"): 2, ("late", "", "a", "1"): 3, ("duplicate", "", "a", "1"): 1,
    ("quarantined", "id_conflict", "a", "1"): 1, ("quarantined", "unknown_enum", "a", "1"): 3, ("heartbeat", "", "", ""): 12,
    ("quarantined", "implausible", "a", "1"): 1, ("rejected", "schema", "", ""): 4,
})  # fmt: skip


def test_each_figure_has_its_own_causes() -> None:
    assert TALLY.total == 100
    assert TALLY.received == 98, "each event once"
    assert TALLY.invalid() == {"unknown_enum": 3, "implausible": 1, "schema": 4}
    assert TALLY.validity() == pytest.approx(0.92)
    assert TALLY.unclean() == {"duplicate": 1, "untidy": 2, "id_conflict": 1, "unknown_enum": 3}
    assert TALLY.cleanliness() == pytest.approx(0.93)
    assert TALLY.filled() == pytest.approx(1 - 4 / 98)


def test_of_nothing_nothing_is_said() -> None:
    nothing = Tallied()
    assert (nothing.validity(), nothing.cleanliness(), nothing.filled(), Completeness().share) == (None,) * 4


@pytest.mark.parametrize(
    ("figure", "shares"),
    [
        ("validity", {0.99: "good", 0.989: "fair", 0.95: "fair", 0.949: "poor", None: "none"}),
        ("completeness", {0.98: "good", 0.9: "fair", 0.89: "poor"}),
        ("cleanliness", {0.995: "good", 0.98: "fair", 0.979: "poor"}),
    ],
)
def test_colours_are_those_of_the_table(figure: str, shares: dict[float | None, str]) -> None:
    for share, grade in shares.items():
        assert getattr(LIMITS, figure).grade(share) == grade


def test_a_feed_beyond_four_cadences_is_lost() -> None:
    grades = {0.0: "good", 1.0: "good", 1.1: "fair", 2.0: "fair", 2.1: "poor", 4.0: "poor", 4.1: "lost", None: "none"}
    assert {age: Ages().grade(age) for age in grades} == grades


@pytest.mark.parametrize(
    ("signs", "found"),
    [
        (Signs(), "never"),
        (Signs(event=NOON - 60), "live"),
        (Signs(event=NOON - 60, manual=True), "manual"),
        (Signs(event=NOON - 7200, heartbeat=NOON - 60), "quiet"),
        (Signs(heartbeat=NOON - 60), "quiet"),
        (Signs(event=NOON - 400, heartbeat=NOON - 400), "late"),
        (Signs(event=NOON - 700), "stale"),
        (Signs(event=NOON - 1300, heartbeat=NOON - 1300), "dead"),
        (Signs(event=NOON - 1300, manual=True), "dead"),
    ],
)
def test_silence_has_a_name(signs: Signs, found: str) -> None:
    assert situation(signs, NOON, 300.0, 0.0, Ages()) == found


@pytest.mark.parametrize(
    ("window", "before", "found"),
    [
        (Inflow(received=10, low=101, high=110), Inflow(received=5, low=96, high=100), (10, 10)),
        (Inflow(received=8, low=101, high=110), Inflow(received=5, low=96, high=100), (8, 10)),
        (Inflow(received=8, low=101, high=108, last=112), Inflow(high=100), (8, 12)),  # the last ones are lost
        (Inflow(received=0, beats=12, last=130), Inflow(high=100), (0, 30)),  # all are lost
        (Inflow(received=12, low=40, high=110), Inflow(high=100), (10, 10)),  # two were sent again
        (Inflow(received=10, low=101, high=110), None, (10, 10)),  # nothing is known of before
        (Inflow(received=0, beats=3, last=100), Inflow(last=100), (0, 0)),  # nothing was sent
        (Inflow(received=9, low=1, high=10), Inflow(high=9000), (9, 10)),  # numbered anew
        (Inflow(received=9, beats=1, sent=9), None, None),
    ],
)
def test_what_a_source_numbers_tells_what_is_missing(window: Inflow, before: Inflow | None, found: Any) -> None:
    assert arrived(window, before) == found


def test_numbers_that_are_none_dont_count() -> None:
    assert of_numbers([None, msgspec.UNSET, -1, GREATEST + 1, True, 7]) == Inflow(received=6, low=7, high=7)


@settings(max_examples=80, deadline=None)
@given(
    sent=st.lists(st.tuples(st.integers(0, 59), st.booleans()), min_size=1, max_size=80),
    partitions=st.integers(1, 5),
    data=st.data(),
)
def test_completeness_is_the_same_for_any_split_order_and_number_of_partitions(
    sent: list[tuple[int, bool]], partitions: int, data: st.DataObject
) -> None:
    """Event ``n`` is numbered ``n``; each comes in a minute, in some partition and batch, or is lost."""
    numbered = [(number, minute, came) for number, (minute, came) in enumerate(sorted(sent), 1000)]
    arriving = [
        (number, minute, data.draw(st.integers(0, partitions - 1))) for number, minute, came in numbered if came
    ]
    held: dict[tuple[int, int], Inflow] = {}
    found = inflows()
    found.set(0, MINUTE - 100, SOURCE, Inflow(received=1, low=999, high=999))
    for number, minute, partition in data.draw(st.permutations(arriving)):
        whole = held.setdefault((partition, minute), Inflow())
        whole.merge(of_numbers([number]))
        found.set(partition, MINUTE + minute, SOURCE, msgspec.structs.replace(whole))
        if data.draw(st.booleans()):
            arrivals(found, MINUTE, MINUTE + 59)  # hours remembered on the way change nothing
    last = len(sent) + 999
    found.set(0, MINUTE + 59, SOURCE, _with(held.get((0, 59)), Inflow(beats=1, last=last)))
    assert arrivals(found, MINUTE, MINUTE + 59) == (len(arriving), len(sent), "sequence")


def _with(known: Inflow | None, other: Inflow) -> Inflow:
    whole = msgspec.structs.replace(known) if known else Inflow()
    whole.merge(other)
    return whole


def test_without_numbers_heartbeats_tell_over_all_partitions() -> None:
    found = inflows()
    for minute in range(MINUTE - 60, MINUTE):
        beats = {"beats": 1, "sent": 20} if minute % 5 == 0 else {}
        found.set(0, minute, SOURCE, Inflow(received=1, **beats))
        found.set(1, minute, SOURCE, Inflow(received=2))
    received, sent, basis = arrivals(found, MINUTE - 50, MINUTE - 1)
    assert (received, sent, basis) == (150, 200, "heartbeat")


def test_the_least_of_three_is_the_completeness() -> None:
    parts = Completeness(
        received=90, expected=100.0, basis="sequence", filled=0.99, reported=Reported(due=10, reported=8)
    )
    assert (parts.arrived, parts.share) == (0.9, 0.8)
    assert Completeness(received=5, expected=0.0, basis="sequence").share == 1.0


def test_completeness_of_a_feed_of_four_partitions() -> None:
    shown = board(hai_duong())
    apply(shown, (f"{MINUTE - 70}{SEPARATOR}{SOURCE}", Inflow(received=1, low=100, high=100)), kind="inflow")
    for partition in range(4):
        cell = (f"{MINUTE - 10}{SEPARATOR}{SOURCE}", Inflow(received=10, low=101 + partition, high=144 - partition))
        apply(shown, cell, kind="inflow", partition=partition)
    assert quality(shown).completeness.received == 40
    assert quality(shown).completeness.expected == 44
    shown.load("dossier", 3, {})
    assert quality(shown).completeness.received == 30


def test_like_hours_tell_where_nothing_else_does() -> None:
    shown = board(hai_duong())
    for minute in range(MINUTE - 26 * 60, MINUTE - 60):
        apply(shown, count(minute, "accepted", 4, area="288"))
    for minute in range(MINUTE - 60, MINUTE):
        apply(shown, count(minute, "accepted", 3, area="288"))
    parts = quality(shown).completeness
    assert (parts.basis, parts.received, parts.expected) == ("baseline", 180, 240)
    assert parts.arrived == pytest.approx(0.75, abs=0.02)
    sunday = NOON + 5 * 86_400
    assert (
        Expected(shown.profile, shown.feeds["dossier"].counts, {}, {}, int(sunday) // 60, int(sunday) // 60).of()
        is None
    )


def test_the_history_is_compared_with_like_days() -> None:
    """Noon is a Tuesday: the weekend's empty hours don't count."""
    past = [
        (int(NOON) - back * 86_400, "o", "288", events)
        for back, events in ((1, 100), (2, 0), (3, 0), (4, 120), (5, 110), (6, 500), (7, 90))
    ]
    usual = of_past(hai_duong(), past, {"288": "288"}, NOON)
    assert usual[12, "", ""] == usual[12, "area", "288"] == usual[12, "organisation", "o"] == 110
    expected = Expected(hai_duong(), counts(), usual, {}, MINUTE + 30, MINUTE + 59)
    assert expected.of() == expected.of("area", "288") == 55
    assert expected.of("area", "290") is None


def test_units_due_that_are_silent_are_seen() -> None:
    shown = board(hai_duong())
    apply(shown, count(MINUTE - 5, "accepted", 3, area="288"), count(MINUTE - 6, "rejected", 1, "schema", area="290"))
    beat(shown, NOON - 30)
    parts = quality(shown).completeness
    assert parts.reported is not None
    assert (parts.reported.due, parts.reported.reported) == (12, 1)
    by = shown.scene(NOON, REAL, "vi").quality_by("dossier", "hour", "area")
    assert len(by) == 12
    assert by["288"].completeness.share == 1.0
    assert by["288"].situation == "live"
    assert by["290"].completeness.share == 0.0, "what was refused is no report"
    assert by["291"].situation == "never"


def test_on_a_day_off_nobody_is_due() -> None:
    """Noon is a Tuesday; dossiers are due on working days, since the one before."""
    shown = board(hai_duong())
    for days, due in ((0, True), (3, True), (4, False), (6, False), (7, True)):
        assert (quality(shown, now=NOON + days * 86_400).completeness.reported is not None) is due, days


def test_one_that_isnt_due_may_be_silent_while_its_feed_lives() -> None:
    shown = board(hai_duong())
    apply(shown, count(MINUTE - 50, "accepted", 3, organisation="so-xd"))
    beat(shown, NOON - 30)
    assert shown.scene(NOON, REAL, "vi").quality_by("dossier", "hour", "organisation")["so-xd"].situation == "quiet"


def test_communes_count_for_their_district() -> None:
    shown = board(hai_duong())
    commune = next(area.code for area in shown.profile.current_areas().values() if area.parent == "288")
    apply(shown, count(MINUTE, "accepted", 3, area=commune), count(MINUTE, "duplicate", 1, area="288"))
    found = shown.scene(NOON, REAL, "vi").quality_by("dossier", "today", "area")["288"]
    assert found.tally.outcomes == {"accepted": 3, "duplicate": 1}


def test_today_begins_at_local_midnight() -> None:
    shown = board(hai_duong())
    midnight = int(MIDNIGHT) // 60
    apply(
        shown,
        count(midnight - 1, "accepted", 100),
        count(midnight, "accepted", 1),
        count(MINUTE, "rejected", 1, "schema"),
    )
    assert quality(shown, "today").tally.outcomes == {"accepted": 1, "rejected": 1}
    assert quality(shown, "hour").tally.outcomes == {"rejected": 1}


PLACES = (
    ("Sở Xây dựng", {}, False),
    ("Sở Xây dựng", {"orgcode": "so-xd"}, False),
    ("Sơ\u0309 Xây dựng", {}, True),  # not NFC
    ("Sở  Xây dựng ", {}, True),
    ("Ủy ban nhân dân thành phố Hải Dương", {}, False),
    ("Uỷ ban nhân dân thành phố Hải Dương", {}, True),  # the mark stands elsewhere, the unit is the same
    ("Phòng chưa từng có", {}, True),
    ("Phòng chưa từng có", {"areacode": "288"}, False),  # the code tells whose it is
)


@pytest.mark.parametrize(("agency", "more", "untidy"), PLACES)
def test_a_name_written_otherwise_joins_its_unit_and_counts_as_untidy(
    agency: str, more: dict[str, str], untidy: bool
) -> None:
    compiled = Compiled(hai_duong().feeds["document"], hai_duong())
    data = {"document_id": "1", "direction": "in", "agency": agency, "urgency": "normal", "signed_digitally": True,
            "status": "PENDING"}  # fmt: skip
    got: Any = compiled.read(event("document", 1, NOON, data, "urn:vn:hai-duong:van-ban", **more), NOON)
    assert got.__class__ is tuple
    assert got[5].who.untidy is untidy
    assert bool(got[5].who.organisation) is not agency.startswith("Phòng")


def test_an_indicator_over_two_feeds_is_as_fresh_as_the_worse_one() -> None:
    profile = hai_duong()
    ratio = profile.indicators["dossier-on-time"]
    assert ratio.base is not None
    base = msgspec.structs.replace(ratio.base, feed="document", where={})
    both = {**profile.indicators, ratio.id: msgspec.structs.replace(ratio, base=base)}
    shown = board(msgspec.structs.replace(profile, indicators=both))
    for feed, at in (("dossier", NOON - 10), ("document", NOON - 700)):
        shown.apply(feed, 0, Change(sets=[("pulse", 0, ["newest", encode(at)])]))
    reading = shown.scene(NOON, REAL, "vi").reading(ratio.id)
    assert (reading.freshness, reading.at, reading.since) == ("stale", NOON - 700, NOON - 400)


def test_of_several_the_worst_freshness_counts() -> None:
    assert worst(["live", "stale", "late"]) == "stale"
    assert worst(["live", "none"]) == "none"
