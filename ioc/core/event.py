"""One event: bytes of a Kafka record → what it changes, or why it is refused.

The fast way is one typed decode (``ioc.core.shape``), one look-up of everything that repeats (``ioc.core.plan``) and
checks of what doesn't. Whatever it can't take goes the careful way (``ioc.core.diagnose``), which names the rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import msgspec
from xxhash import xxh3_64_intdigest

from ioc.core import cap
from ioc.core.contract import FeedContract
from ioc.core.diagnose import check_envelope, oversized, tidy, tree
from ioc.core.moments import Moments, several
from ioc.core.outcome import REJECTED
from ioc.core.places import Places
from ioc.core.plan import Plan, Planner
from ioc.core.plausible import Checks
from ioc.core.profile import Profile
from ioc.core.refusal import Refusal, quarantined, rejected
from ioc.core.shape import EXTENSIONS, UNSET, contract_structs
from ioc.core.text import clean, one_line
from ioc.core.workdays import Workdays

LARGEST = 262_144  # bytes of a value
LARGEST_HEADERS = 65_536
FUTURE = 300.0  # seconds an event may be ahead of its receipt
MOST_PLANS = 65_536
LONGEST_KEY = 256
HEARTBEAT = "vn.ioc.heartbeat.v1"
IDENTIFIER = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_DOUBTS = (msgspec.MsgspecError, ValueError, TypeError, AttributeError, Refusal)
_UNREADABLE = (msgspec.MsgspecError, ValueError, TypeError, OverflowError)

# What an event changes, as a plain tuple because it is made a hundred thousand times a second:
#  0 at           event time, POSIX seconds          7 by           values of entity.by
#  1 status       new status, None: not said         8 numbers      contract.numbers; None or UNSET: absent
#  2 due          POSIX seconds or None              9 digest       xxh3-64 of source and id
#  3 since        POSIX seconds or None             10 fingerprint  xxh3-64 of the bytes
#  4 key          entity id                         11 event        the decoded envelope
#  5 plan         :class:`ioc.core.plan.Plan`       12 data         the decoded data
#  6 tail         cell address without its minute   13 references   entity ids that this event ends
Accepted = tuple[
    float, str | None, float | None, float | None, str, Plan, str, list[str], tuple[Any, ...],
    int, int, Any, Any, tuple[str, ...],
]  # fmt: skip


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """A heartbeat: no event of its feed, but the sign that its source lives."""

    source: str
    at: float
    last_sequence: int | None
    sent_since: int
    digest: int
    fingerprint: int
    event_id: str


class _Sign(msgspec.Struct, frozen=True, kw_only=True):
    last_sequence: int | None = None
    sent_since: int = 0


class Compiled:
    """A contract made ready under a profile. Not shared between threads: it remembers what it has seen.

    ``read(raw, received, key=None)`` tells what a record's value means: :data:`Accepted`, a :class:`Beat` or a
    :class:`ioc.core.refusal.Refusal`. ``received``, POSIX seconds, is the smaller of record time and now; ``key`` is
    the record's key: where both are given, the subject must be the same.
    """

    def __init__(self, contract: FeedContract, profile: Profile) -> None:
        self.contract = contract
        envelope, _, self.fields = contract_structs(contract)
        loose, self._loose_data, _ = contract_structs(contract, strict=False)
        self._loose: Any = loose
        self.decode: Callable[[bytes], Any] = msgspec.json.Decoder(envelope).decode
        self.places = Places(profile)
        workdays = Workdays(profile.head.timezone, profile.holidays)
        self.moments = Moments(contract, self.fields, profile.head.timezone, workdays)
        self._planner = Planner(contract, self.fields, self.places)
        self._checks = Checks(contract, self.fields, self.places, self.moments)
        self._plans: dict[Any, Plan] = {}
        self._seeds: dict[str, int] = {}
        self._together = self._planner.together
        self._key = self._key_reader()
        self._cap = contract.payload == "cap"
        self._accept = self._acceptor()
        self.read: Callable[..., Accepted | Beat | Refusal] = self._limited if self._cap else self._reader()

    def _reader(self) -> Callable[..., Accepted | Beat | Refusal]:
        """The fast way, with everything it needs at hand. Whatever it doubts goes the careful way."""
        decode, plans, together = self.decode, self._plans, self._together
        planned, carefully, accept = self._planned, self._limited, self._accept
        identifier, times = IDENTIFIER.fullmatch, self.moments.times
        moments_of = self.moments.of if self.moments.names else None
        doubtful = self._checks.doubt()
        contract, digest, seeds, key_of = self.contract, xxh3_64_intdigest, self._seeds, self._key
        plain = not (contract.derived or contract.entity.due or contract.entity.since or self._planner.apart)
        dimensions, by_names, numbers_of = contract.dimensions, contract.entity.by, several(contract.numbers)
        number = attrgetter(contract.numbers[0]) if len(contract.numbers) == 1 else None

        def read(raw: bytes | None, received: float, key: bytes | None = None) -> Accepted | Beat | Refusal:
            if raw is None or len(raw) > LARGEST:
                return carefully(raw, received, key)
            try:
                event = decode(raw)
                data = event.data
                plan = plans.get(together(event)) or planned(event)
                at = times[event.time]
                moments = moments_of(data) if moments_of is not None else ()
                if (
                    at > received + FUTURE
                    or plan.refusal is not None
                    or identifier(event.id) is None
                    or (key is not None and event.subject is not UNSET and event.subject.encode() != key)
                    or doubtful(data, plan.range, moments)
                ):
                    return carefully(raw, received, key)
                if not plain:
                    return accept(event, data, plan, at, moments, raw, ())
                tail, by = plan.places.get(()) or plan.place((), dimensions, by_names)
                return (
                    at, plan.status, None, None, plan.key or key_of(event, data, at), plan, tail, by,
                    (number(data),) if number is not None else numbers_of(data),
                    digest(event.id.encode(), seeds[plan.source]), digest(raw), event, data, (),
                )  # fmt: skip
            except _DOUBTS:
                return carefully(raw, received, key)

        return read

    def _acceptor(self) -> Callable[..., Accepted]:
        """Makes what an event changes out of its judged parts."""
        contract = self.contract
        dimensions, by_names = contract.dimensions, contract.entity.by
        derived_of, seeds, key_of = self._checks.derived if contract.derived else None, self._seeds, self._key
        due_at, since_at, deadline = self.moments.due, self.moments.since, self.moments.deadline
        numbers_of, digest = several(contract.numbers), xxh3_64_intdigest
        apart = [(contract.entity.by.index(name), attrgetter(name)) for name in self._planner.apart]
        line = self._planner.line

        def accept(
            event: Any, data: Any, plan: Plan, at: float, moments: Any, raw: bytes, ended: tuple[str, ...]
        ) -> Accepted:
            derived = derived_of(data, moments) if derived_of is not None else ()
            tail, by = plan.places.get(derived) or plan.place(derived, dimensions, by_names)
            if apart:
                by = by.copy()
                for place, text_of in apart:
                    by[place] = line(text_of(data))
            due = moments[due_at] if due_at is not None else None
            if deadline is not None and due is not None:
                due = deadline(due)
            return (
                at, plan.status, due,
                moments[since_at] if since_at is not None else None,
                plan.key or key_of(event, data, at), plan, tail, by, numbers_of(data),
                digest(event.id.encode(), seeds[plan.source]), digest(raw), event, data, ended,
            )  # fmt: skip

        return accept

    def _judged(
        self, event: Any, data: Any, raw: bytes, received: float, key: bytes | None, ended: tuple[str, ...]
    ) -> Accepted:
        """All rules, one after the other: what is rejected first, then what is quarantined. Raises Refusal."""
        plan = self._plans.get(self._together(event)) or self._planned(event)
        if plan.refusal is not None and plan.refusal.outcome == REJECTED:
            raise _again(plan.refusal)
        if key is not None and event.subject is not UNSET and event.subject and event.subject.encode() != key:
            raise rejected("envelope", "wanted=subject equal to the record's key")
        at = self.moments.times[event.time]
        moments = self.moments.of(data)
        self._expires(event)
        self._checks.schema(data)
        if plan.refusal is not None:
            raise _again(plan.refusal)
        if at > received + FUTURE:
            raise _of(plan, quarantined("future_time", f"ahead_s={at - received:.0f} most={FUTURE:.0f}"))
        fault = self._checks.plausible(data, plan.range, moments)
        if fault is not None:
            raise _of(plan, fault)
        return self._accept(event, data, plan, at, moments, raw, ended)

    def _planned(self, event: Any) -> Plan:
        combination = self._together(event)
        if len(self._plans) >= MOST_PLANS:
            self._plans.clear()
        plan = self._plans[combination] = self._planner.plan(combination)
        self._seed(plan.source)
        return plan

    def _seed(self, source: str) -> int:
        """The digest of an id is seeded with its source's, so that equal ids of two sources stay apart."""
        return self._seeds.setdefault(source, xxh3_64_intdigest(source.encode()))

    def _key_reader(self) -> Callable[[Any, Any, float], str]:
        """Reads the entity id; at once where one field is it and looks like an id."""
        if len(self.contract.entity.key) > 1 or self.contract.entity.key[0] not in self.fields:
            return self._long_key
        field, longer = attrgetter(self.contract.entity.key[0]), self._long_key

        def key(event: Any, data: Any, at: float) -> str:
            text: str = field(data)
            if text.__class__ is str and IDENTIFIER.fullmatch(text):
                return text
            return longer(event, data, at)

        return key

    def _long_key(self, event: Any, data: Any, at: float) -> str:
        parts = []
        for name in self.contract.entity.key:
            if name == "minute" and name not in self.fields:
                parts.append(str(int(at) // 60))
                continue
            value = getattr(data if name in self.fields else event, name, UNSET)
            parts.append("" if value is UNSET or value is None else one_line(str(value), LONGEST_KEY + 1))
        key = "/".join(parts) if len(parts) > 1 else parts[0]
        if not parts[0] or len(key) > LONGEST_KEY:
            raise rejected("schema", f"{self.contract.entity.key[0]}: wanted=1..{LONGEST_KEY} characters")
        return key

    def _limited(self, raw: bytes | None, received: float, key: bytes | None = None) -> Accepted | Beat | Refusal:
        """The careful way, within the limits of size."""
        if raw is None or len(raw) > LARGEST:
            return rejected("null_value") if raw is None else oversized(raw, LARGEST)
        return self._carefully(raw, received, key)

    def _carefully(self, raw: bytes, received: float, key: bytes | None) -> Accepted | Beat | Refusal:
        """The same by plain values, for documents with unknown keys, and to name what is wrong."""
        source = event_id = ""
        try:
            document = tree(raw)
            source, event_id = _names(document)
            check_envelope(document, IDENTIFIER)
            if document["type"] == HEARTBEAT:
                return self._beat(document, raw, received)
            data, ended, fault = self._body(document)
            known = {name: document[name] for name in _ATTRIBUTES if name in document}
            got = self._judged(self._loose(**known, data=data), data, raw, received, key, ended)
            if fault is not None:
                fault.salvage = got
                raise _of(got[5], fault)
            return got
        except Refusal as refusal:
            return _signed(refusal, source, event_id)
        except _UNREADABLE as error:
            reason = "bad_time" if isinstance(error, ValueError) else "wrong_type"
            return _signed(rejected(reason, f"found={str(error)[:60]!r}"), source, event_id)

    def _body(self, document: dict[str, Any]) -> tuple[Any, tuple[str, ...], Refusal | None]:
        """The data as its struct; for a CAP message, read from its XML, with the messages that it ends.

        A CAP message with a broken polygon comes without it, beside its refusal: the warning itself is still shown.
        """
        found = document.get("data")
        if not self._cap:
            return msgspec.convert(tidy(found, self.fields), self._loose_data), (), None
        if not isinstance(found, str):
            raise rejected("schema" if found is None else "wrong_type", "data: wanted=CAP 1.2 XML text")
        message = cap.parse(found)
        cap.check(message)
        fault = cap.misdrawn(message, self.places)
        if fault is not None:
            message = {name: value for name, value in message.items() if not name.startswith("polygon")}
        document["mode"] = cap.mode(message["status"])
        ended = tuple(cap.references(message)) if message["msgType"] in cap.ENDING else ()
        return msgspec.convert(tidy(message, self.fields), self._loose_data), ended, fault

    def _beat(self, document: dict[str, Any], raw: bytes, received: float) -> Beat:
        if document["source"] not in self.contract.source:
            raise quarantined("unknown_source", f"source={document['source'][:80]!r}")
        try:
            sign = msgspec.convert(document.get("data") or {}, _Sign)
        except msgspec.ValidationError as error:
            raise rejected("wrong_type", f"found={str(error)[:60]!r}") from None
        at = self.moments.times[document["time"]]
        if at > received + FUTURE:
            raise quarantined("future_time", f"ahead_s={at - received:.0f} most={FUTURE:.0f}")
        source: str = document["source"]
        return Beat(
            source=source, at=at, last_sequence=sign.last_sequence, sent_since=sign.sent_since, event_id=document["id"],
            digest=xxh3_64_intdigest(document["id"].encode(), self._seed(source)), fingerprint=xxh3_64_intdigest(raw),
        )  # fmt: skip

    def state(self, got: Accepted, status: str) -> list[Any]:
        """The entity's state after this event, in the order of :class:`ioc.core.entity.EntityState`."""
        plan = got[5]
        state = [
            got[0], status, got[2], got[3], got[7], plan.area, plan.organisation, plan.mode, plan.manual,
            self._kept(got[12], plan),
        ]  # fmt: skip
        if plan.manual and (expires := self._expires(got[11])) is not None:
            state.append(expires)
        return state

    def _expires(self, event: Any) -> float | None:
        """Until when a value that was typed in holds, POSIX seconds. Raises ValueError for what is no time."""
        return self.moments.times[event.expiresat] if isinstance(event.expiresat, str) else None

    def _kept(self, data: Any, plan: Plan) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for name in self.contract.entity.keep:
            value = getattr(data, name, UNSET)
            if value is UNSET or value is None:
                continue
            if value.__class__ is str:
                kept[name] = self._text(name, value, plan)
            elif value.__class__ is list:
                kept[name] = [clean(item) if item.__class__ is str else item for item in value]
            else:
                kept[name] = value + 0.0 if value.__class__ is float else value
        return kept

    def _text(self, name: str, value: str, plan: Plan) -> str | float:
        if self.fields[name].type in ("time", "date"):
            return self.moments.read(name, value)
        return plan.codes.get(name) or clean(value)


_ATTRIBUTES = ("specversion", "id", "source", "type", "time", "subject", "datacontenttype", "sequence", *EXTENSIONS)


def _names(document: dict[str, Any]) -> tuple[str, str]:
    """Source and id of a document that may be anything, for its dead letter."""
    source, event_id = document.get("source"), document.get("id")
    return (
        one_line(source, 128) if isinstance(source, str) else "",
        one_line(event_id, 128) if isinstance(event_id, str) else "",
    )


def _of(plan: Plan, refusal: Refusal) -> Refusal:
    refusal.plan = plan
    return refusal


def _again(known: Refusal) -> Refusal:
    """A remembered refusal, for one more event."""
    return _of(known.plan, Refusal(known.outcome, known.reason, known.detail))


def _signed(refusal: Refusal, source: str, event_id: str) -> Refusal:
    refusal.source, refusal.event_id = one_line(source, 128), one_line(event_id, 128)
    return refusal
