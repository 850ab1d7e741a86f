"""CAP warnings that are wrong or odd: their XML, their codes, where they hold, and what they refer to."""

from __future__ import annotations

from typing import Any

from tests.corpus.bad import Row, Sent, Spoil
from tests.corpus.good import RING, cap, document, encoded, moment, name
from tests.streams.records import NOON

FEED = "cap_alert"
_ENTITIES = '<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
_OUTER = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]>'


def said(**changes: Any) -> Spoil:
    """The warning with other elements."""
    return lambda feed, number: encoded(document(feed, number, data=cap(number, **changes)))


def xml(old: str, new: str) -> Spoil:
    """The warning with a piece of its XML replaced."""

    def spoiled(feed: str, number: int) -> bytes:
        found = cap(number)
        assert old in found, old
        return encoded(document(feed, number, data=found.replace(old, new, 1)))

    return spoiled


def whole(text: str) -> Spoil:
    return lambda feed, number: encoded(document(feed, number, data=text))


def ring(polygon: str) -> Spoil:
    return said(polygon=polygon)


def times(**moments: float) -> str:
    return "".join(f"<{key}>{moment(NOON + value)}</{key}>" for key, value in moments.items())


def referring(kind: str, to: str | None, known: bool = True, **more: Any) -> Spoil:
    """A message that refers to another, which came before if ``known``."""

    def spoiled(feed: str, number: int) -> Sent:
        other = f"{number}a"
        first = encoded(document(feed, other, data=cap(other), time=moment(NOON - 900)))
        references = to if to is None else to.format(name=name(feed, other), sent=moment(NOON - 300))
        last = encoded(document(feed, number, data=cap(number, msgType=kind, references=references, **more)))
        return Sent(value=last, before=(first,) if known else ())

    return spoiled


TRIPLE = "dai-kttv,{name},{sent}"

_XML: list[Row] = [
    ("DTD", FEED, xml("<alert", "<!DOCTYPE alert><alert"), "rejected:forbidden_xml"),
    ("DTD of another host", FEED, xml("<alert", '<!DOCTYPE alert SYSTEM "http://ngoai.example/a.dtd"><alert'), "rejected:forbidden_xml"),
    ("entities in entities", FEED, xml("<alert", f"{_ENTITIES}<alert"), "rejected:forbidden_xml"),
    ("entity of a file", FEED, xml("<alert", f"{_OUTER}<alert"), "rejected:forbidden_xml"),
    ("entity of parameters", FEED, xml("<alert", '<!DOCTYPE a [<!ENTITY % b SYSTEM "http://ngoai.example/b"> %b;]><alert'), "rejected:forbidden_xml"),
    ("entity unknown", FEED, xml("Mưa rất to", "Mưa &nbsp; to"), "rejected:bad_xml"),
    ("letters as numbers", FEED, xml("Mưa rất to", "M&#432;a &amp; gi&#xF3;"), "accepted"),
    ("no letter", FEED, xml("Mưa rất to", "&#0;"), "rejected:bad_xml"),
    ("empty", FEED, whole(""), "rejected:bad_xml"),
    ("words", FEED, whole("Cảnh báo mưa lớn"), "rejected:bad_xml"),
    ("cut off", FEED, xml("</info></alert>", ""), "rejected:bad_xml"),
    ("tags crossed", FEED, xml("</area></info>", "</info></area>"), "rejected:bad_xml"),
    ("two roots", FEED, lambda feed, number: encoded(document(feed, number, data=cap(number) * 2)), "rejected:bad_xml"),
    ("attribute twice", FEED, xml("<info>", '<info a="1" a="2">'), "rejected:bad_xml"),
    ("prefix unknown", FEED, xml("<info>", "<info><x:y/>"), "rejected:bad_xml"),
    ("another root", FEED, whole("<rss version='2.0'><channel/></rss>"), "rejected:bad_xml"),
    ("JSON", FEED, whole('{"identifier": "a"}'), "rejected:bad_xml"),
    ("deep", FEED, whole("<b>" * 40 + "</b>" * 40), "rejected:too_deep"),
    ("deep within", FEED, xml("<headline>", "<c>" * 33 + "</c>" * 33 + "<headline>"), "rejected:too_deep"),
    ("very deep", FEED, whole("<b>" * 90_000), "rejected:too_deep"),
    ("very many elements", FEED, xml("<headline>", "<c/>" * 6_000 + "<headline>"), "rejected:too_large"),
    ("very long", FEED, xml("Mưa rất to", "a" * 210_000), "rejected:too_large"),
    ("declared UTF-8", FEED, xml("<alert", '<?xml version="1.0" encoding="UTF-8"?><alert'), "accepted"),
    ("declared UTF-16", FEED, xml("<alert", '<?xml version="1.0" encoding="UTF-16"?><alert'), "accepted"),
    ("declared windows-1258", FEED, xml("<alert", '<?xml version="1.0" encoding="windows-1258"?><alert'), "accepted"),
    ("declared nonsense", FEED, xml("<alert", '<?xml version="1.0" encoding="x-tcvn"?><alert'), "accepted"),
    ("section of characters", FEED, xml("Mưa rất to", "<![CDATA[Mưa < to]]>"), "accepted"),
    ("comment", FEED, xml("<info>", "<!-- nháp --><info>"), "accepted"),
    ("instruction", FEED, xml("<alert", '<?xml-stylesheet href="http://ngoai.example/a.xsl"?><alert'), "accepted"),
    ("inclusion", FEED, xml("<info>", '<info><i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file:///etc/hostname"/>'), "accepted"),
    ("with prefix", FEED, lambda feed, number: encoded(document(feed, number, data=_prefixed(cap(number)))), "accepted"),
    ("CAP 1.1", FEED, xml("cap:1.2", "cap:1.1"), "accepted"),
]  # fmt: skip


def _prefixed(found: str) -> str:
    return found.replace("</", "</c:").replace("<", "<c:").replace("<c:/c:", "</c:").replace("xmlns=", "xmlns:c=")


_FIELDS: list[Row] = [
    *((f"without {element}", FEED, said(**{element: None}), "rejected:schema")
      for element in ("identifier", "sender", "sent", "status", "msgType")),
    ("identifier empty", FEED, said(identifier=" "), "rejected:schema"),
    ("without info", FEED, lambda feed, number: encoded(document(feed, number, data=_bare(cap(number)))), "accepted"),
    ("status unknown", FEED, said(status="Real"), "quarantined:unknown_enum"),
    ("status in small letters", FEED, said(status="actual"), "quarantined:unknown_enum"),
    ("kind unknown", FEED, said(msgType="Warning"), "quarantined:unknown_enum"),
    ("an exercise", FEED, said(status="Exercise"), "accepted"),
    ("a test", FEED, said(status="Test"), "accepted"),
    ("a draft", FEED, said(status="Draft"), "accepted"),
    ("sent at no time", FEED, said(sent="2025-02-30T08:00:00+07:00"), "rejected:bad_time"),
    ("sent without offset", FEED, said(sent="2025-03-12T11:55:00"), "rejected:bad_time"),
    ("expires in words", FEED, said(info="<expires>tối nay</expires>"), "rejected:bad_time"),
    ("expires before it is sent", FEED, said(info=times(expires=-3_000)), "quarantined:inconsistent_times"),
    ("expires before it holds", FEED, said(info=times(effective=9_000, expires=3_000)), "quarantined:inconsistent_times"),
    ("expires before it begins", FEED, said(info=times(onset=9_000, expires=3_000)), "quarantined:inconsistent_times"),
    ("holds, begins, expires", FEED, said(info=times(effective=10, onset=600, expires=3_000)), "accepted"),
    ("never expires", FEED, said(info="<instruction>Ở trong nhà</instruction>"), "accepted"),
    ("script in the headline", FEED, xml("Mưa rất to", "&lt;script&gt;alert(3)&lt;/script&gt;"), "accepted"),
]  # fmt: skip


def _bare(found: str) -> str:
    return found[: found.index("<info>")] + "</alert>"


_RINGS: list[Row] = [
    ("without polygon", FEED, said(polygon=None), "accepted"),
    ("the other way round", FEED, ring(" ".join(reversed(RING.split()))), "accepted"),
    ("crossing itself", FEED, ring("20.9,106.2 21.0,106.4 21.0,106.2 20.9,106.4 20.9,106.2"), "quarantined:bad_polygon"),
    ("open", FEED, ring("20.9,106.2 21.0,106.2 21.0,106.4 20.9,106.4"), "quarantined:bad_polygon"),
    ("three points", FEED, ring("20.9,106.2 21.0,106.2 20.9,106.2"), "quarantined:bad_polygon"),
    ("a line", FEED, ring("20.9,106.2 20.95,106.3 21.0,106.4 20.9,106.2"), "quarantined:bad_polygon"),
    ("a point", FEED, ring("20.9,106.2 20.9,106.2 20.9,106.2 20.9,106.2"), "quarantined:bad_polygon"),
    ("polygon empty", FEED, ring(""), "quarantined:bad_polygon"),
    ("polygon of words", FEED, ring("toàn tỉnh"), "quarantined:bad_polygon"),
    ("one number short", FEED, ring("20.9,106.2 21.0 21.0,106.4 20.9,106.2"), "quarantined:bad_polygon"),
    ("commas for points", FEED, ring("20,9 106,2 21,0 106,4 20,9"), "quarantined:bad_polygon"),
    ("with heights", FEED, ring("20.9,106.2,3 21.0,106.2,3 21.0,106.4,3 20.9,106.2,3"), "quarantined:bad_polygon"),
    ("not a number", FEED, ring("nan,nan 20.9,106.2 21.0,106.4 nan,nan"), "quarantined:bad_polygon"),
    ("endless", FEED, ring("20.9,106.2 inf,106.2 21.0,106.4 20.9,106.2"), "quarantined:bad_polygon"),
    ("beyond the pole", FEED, ring("20.9,106.2 95.0,106.2 95.0,106.4 20.9,106.2"), "quarantined:bad_polygon"),
    ("too many corners", FEED, ring(" ".join(["20.9,106.2"] * 700)), "quarantined:bad_polygon"),
    ("lon,lat", FEED, ring("106.2,20.9 106.2,21.0 106.4,21.0 106.4,20.9 106.2,20.9"), "quarantined:coord_swapped"),
    ("far away", FEED, ring("10.7,106.6 10.9,106.6 10.9,106.8 10.7,106.8 10.7,106.6"), "quarantined:coord_outside"),
    ("reaching beyond the province", FEED, ring("19.0,104.0 22.0,104.0 22.0,108.0 19.0,108.0 19.0,104.0"), "accepted"),
]  # fmt: skip

_REFERENCES: list[Row] = [
    ("cancels", FEED, referring("Cancel", TRIPLE), "accepted"),
    ("updates", FEED, referring("Update", TRIPLE), "accepted"),
    ("cancels several", FEED, referring("Cancel", f"{TRIPLE} khac,khong-co,2025-03-01T00:00:00+07:00"), "accepted"),
    ("cancels nothing", FEED, referring("Cancel", None), "quarantined:unknown_reference"),
    ("updates nothing", FEED, referring("Update", None), "quarantined:unknown_reference"),
    ("cancels with a blank", FEED, referring("Cancel", " "), "quarantined:unknown_reference"),
    ("cancels without form", FEED, referring("Cancel", "{name}"), "quarantined:unknown_reference"),
    ("cancels what never was", FEED, referring("Cancel", TRIPLE, known=False), "quarantined:unknown_reference"),
    ("updates what never was", FEED, referring("Update", TRIPLE, known=False), "quarantined:unknown_reference"),
    ("acknowledges", FEED, referring("Ack", TRIPLE), "accepted"),
]  # fmt: skip

ROWS = _XML + _FIELDS + _RINGS + _REFERENCES
