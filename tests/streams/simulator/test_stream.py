"""The whole stream: the same bytes again, in order, and nothing in it that a contract would refuse."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from typing import Any

import msgspec

from ioc.core.event import Beat, Compiled
from ioc.core.profile import Profile
from ioc.core.refusal import Refusal
from streams.simulator import stream
from streams.simulator.envelope import Event
from streams.simulator.scenario import Scenario, moment


def _first(profile: Profile, scenario: Scenario, seed: int, count: int) -> list[bytes]:
    """The first events of the scenario with little of a past, so that they are made soon."""
    assert scenario.dossier is not None
    assert scenario.document is not None
    short = msgspec.structs.replace(
        scenario,
        dossier=msgspec.structs.replace(scenario.dossier, backlog="1h"),
        document=msgspec.structs.replace(scenario.document, backlog="1h"),
    )
    events = stream.events(profile, short, seed=seed, begin=moment(scenario.start))
    return [event.value for event in itertools.islice(events, count)]


def test_the_same_seed_gives_the_same_bytes(profile: Profile, yagi: Scenario) -> None:
    assert _first(profile, yagi, 7, 5000) == _first(profile, yagi, 7, 5000)


def test_another_seed_gives_other_events(profile: Profile, yagi: Scenario) -> None:
    assert not set(_first(profile, yagi, 1, 2000)) & set(_first(profile, yagi, 2, 2000))


def test_events_are_in_order_of_time(flood: list[Event]) -> None:
    assert all(before.at <= after.at for before, after in itertools.pairwise(flood))


def test_every_feed_speaks(profile: Profile, flood: list[Event]) -> None:
    spoken = Counter(event.feed for event in flood if event.kind == "good")
    assert sorted(spoken) == sorted(profile.feeds)


def test_contracts_accept_what_is_good_and_refuse_what_is_broken(profile: Profile, flood: list[Event]) -> None:
    compiled = {feed: Compiled(contract, profile) for feed, contract in profile.feeds.items()}
    wrong = []
    for event in flood:
        got = compiled[event.feed].read(event.value, event.at, event.key.encode())
        if isinstance(got, Refusal) != (event.kind == "broken"):
            wrong.append((event.feed, event.kind, got))
        assert isinstance(got, Beat) == (event.kind == "heartbeat")
    assert wrong == []


def test_identifiers_repeat_only_for_duplicates(flood: list[Event]) -> None:
    seen: dict[tuple[str, str], bytes] = {}
    for event in (event for event in flood if event.kind != "broken"):
        envelope = json.loads(event.value)
        key = envelope["source"], envelope["id"]
        assert (event.kind == "duplicate") == (key in seen)
        assert seen.setdefault(key, event.value) == event.value


def test_entities_move_only_along_their_transitions(profile: Profile, flood: list[Event]) -> None:
    states: dict[tuple[str, str], str] = {}
    for event in flood:
        contract = profile.feeds[event.feed]
        if event.kind != "good" or not contract.entity.transitions or contract.entity.status is None:
            continue
        data = json.loads(event.value)["data"]
        new, old = data[contract.entity.status], states.get((event.feed, event.key))
        assert old is None or new in contract.entity.transitions.get(old, [])
        assert old is None or contract.entity.previous is None or data[contract.entity.previous] == old
        states[event.feed, event.key] = new
    assert states


def test_the_shares_of_disturbed_events(flood: list[Event], yagi: Scenario) -> None:
    begin = moment("2024-09-11T12:00:00+07:00")
    kinds = Counter(event.kind for event in flood if event.at >= begin)
    total = sum(kinds.values()) - kinds["heartbeat"]
    assert 0.5 * yagi.disturbance.duplicate < kinds["duplicate"] / total < 1.6 * yagi.disturbance.duplicate
    assert 0.3 * yagi.disturbance.broken < kinds["broken"] / total < 2.5 * yagi.disturbance.broken
    assert 0 < kinds["late"] / total < yagi.disturbance.late


def test_sequences_have_no_gap_and_heartbeats_tell_them(flood: list[Event]) -> None:
    sequences: dict[tuple[str, str], list[int]] = {}
    beats: list[tuple[tuple[str, str], dict[str, Any]]] = []
    for event in flood:
        if event.kind == "broken":
            continue
        envelope = json.loads(event.value)
        key = event.feed, envelope["source"]
        if event.kind == "heartbeat":
            beats.append((key, envelope["data"]))
        else:
            sequences.setdefault(key, []).append(envelope["sequence"])
    for key, numbers in sequences.items():
        held = set(range(1, max(numbers) + 1)) - set(numbers)
        assert len(held) < 0.02 * max(numbers) + 2, key  # the late ones still on their way
    last = dict(beats)
    assert all(last[key]["last_sequence"] <= max(sequences[key]) for key in sequences if key in last)


def test_names_and_telephone_numbers_are_invented(profile: Profile, normal: Scenario, flood: list[Event]) -> None:
    for event in flood:
        if event.feed != "dossier" or event.kind != "good":
            continue
        data = json.loads(event.value)["data"]
        assert data["applicant_phone"].startswith("0900")
        assert data["applicant_name"].split()[0] in normal.families
