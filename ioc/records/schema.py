"""The tables as SQLAlchemy knows them; ``migrations`` makes them.

``history`` holds one value of an indicator for one step of time: a minute, an hour or a local day. ``at`` is the
step's first POSIX second. ``value`` is the newest of the step, ``low`` and ``high`` bound what it was in between, so
that a peak outlives its minutes. ``area`` is empty for the whole province. ``mode`` keeps exercises apart.

``tokens`` holds who may speak to the API: never a token, only the SHA-256 of its secret. ``scopes``, ``feeds`` and
``sources`` are lists, divided by blanks; times are POSIX seconds, ``revoked`` and ``last_used`` null until they are.
``quality_counts`` holds a feed's events of one hour by whose they are and what became of them, ``quality_figures`` what
counts can't tell of the hour; ``at`` is its first POSIX second.
``source`` holds one row for each source that is collected: how far it was read, and how it fares, both as JSON.

``mappings`` holds every version of how an organisation's form of a feed is read (``body``: JSON of
:class:`ioc.core.entry_mapping.Mapping`). ``uploads`` remembers which files were sent (SHA-256 of the bytes) and the
time ``at`` that they spoke of, so that the same file sent again makes the same events.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text

MINUTE, HOUR, DAY = 60, 3600, 86_400
STEPS = (MINUTE, HOUR, DAY)

METADATA = MetaData()

HISTORY = Table(
    "history",
    METADATA,
    Column("indicator", String(128), primary_key=True),
    Column("area", String(32), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("at", BigInteger, primary_key=True),
    Column("value", Float),
    Column("low", Float),
    Column("high", Float),
    Column("numerator", Float),
    Column("denominator", Float),
    Column("events", BigInteger, nullable=False),
    Column("mode", String(16), nullable=False),
)
KEY = ("indicator", "area", "step", "at")
REST = tuple(column.name for column in HISTORY.columns if column.name not in KEY)

# Refused events, kept for repair (ioc.core.deadletter.Letter), and where the keeper goes on in each of their topics.
# ``kept_at`` and ``decided_at`` are of the real clock, ``received`` is of the installation's.
DEAD_LETTERS = Table(
    "dead_letters",
    METADATA,
    Column("id", String(300), primary_key=True),
    Column("feed", String(128), nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("detail", Text, nullable=False),
    Column("source", String(300), nullable=False),
    Column("organisation", String(128), nullable=False),
    Column("area", String(32), nullable=False),
    Column("event_id", String(300), nullable=False),
    Column("received", Float(53), nullable=False),
    Column("key", LargeBinary),
    Column("raw", LargeBinary),
    Column("size", BigInteger, nullable=False),
    Column("digest", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("kept_at", Float(53), nullable=False),
    Column("decided_at", Float(53)),
    Column("decided_by", String(128), nullable=False),
    Column("note", Text, nullable=False),
    Column("replay_of", String(300), nullable=False),
    Column("mended", LargeBinary),
    Column("mended_key", LargeBinary),
    Index("dead_letters_feed_state", "feed", "state", "received", "id"),
    Index("dead_letters_kept", "kept_at"),
)
DEAD_LETTER_OFFSETS = Table(
    "dead_letter_offsets",
    METADATA,
    Column("topic", String(256), primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("offset", BigInteger, nullable=False),
)

TOKENS = Table(
    "tokens",
    METADATA,
    Column("id", String(16), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),
    Column("organisation", String(64), nullable=False),
    Column("purpose", String(200), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("feeds", Text, nullable=False),
    Column("sources", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("last_used", BigInteger),
    Column("revoked", BigInteger),
    Index("tokens_organisation", "organisation"),
)

ALERTS = Table(
    "alerts",
    METADATA,
    Column("id", String(300), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("priority", String(8), nullable=False),
    Column("over", Boolean, nullable=False),
    Column("rule", String(128), nullable=False),
    Column("raised_at", Float(53), nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("alerts_over", "over", "raised_at"),
)
JOURNAL = Table(
    "journal",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("id", String(400), nullable=False, unique=True),
    Column("alert", String(300), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("at", Float(53), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("previous", LargeBinary(32), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Index("journal_alert", "alert", "seq"),
)
JOURNAL_HEAD = Table(
    "journal_head",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
)
TRACKS = Table(
    "tracks",
    METADATA,
    Column("rule", String(128), primary_key=True),
    Column("subject", String(128), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

SOURCE = Table(
    "source",
    METADATA,
    Column("id", String(128), primary_key=True),
    Column("cursor", Text),
    Column("status", Text),
    Column("updated", BigInteger, nullable=False),
)

MAPPINGS = Table(
    "mappings",
    METADATA,
    Column("organisation", String(64), primary_key=True),
    Column("feed", String(64), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("fingerprint", String(32), nullable=False),
    Column("body", Text, nullable=False),
    Column("saved_at", BigInteger, nullable=False),
)
UPLOADS = Table(
    "uploads",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("organisation", String(64), primary_key=True),
    Column("feed", String(64), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("sent_at", BigInteger, nullable=False),
    Column("rows", Integer, nullable=False),
)
QUALITY_COUNTS = Table(
    "quality_counts",
    METADATA,
    Column("feed", String(128), primary_key=True),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("organisation", String(128), primary_key=True),
    Column("area", String(32), primary_key=True),
    Column("outcome", String(16), primary_key=True),
    Column("reason", String(32), primary_key=True),
    Column("events", BigInteger, nullable=False),
)
QUALITY_FIGURES = Table(
    "quality_figures",
    METADATA,
    Column("feed", String(128), primary_key=True),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("received", BigInteger, nullable=False),
    Column("expected", Float(53)),
    Column("basis", String(16), nullable=False),
    Column("completeness", Float(53)),
    Column("liveness", Float(53)),
    Column("mode", String(16), nullable=False),
)
