"""The tables as SQLAlchemy knows them; ``migrations`` makes them.

``history`` holds one value of an indicator for one step of time: a minute, an hour or a local day. ``at`` is the
step's first POSIX second. ``value`` is the newest of the step, ``low`` and ``high`` bound what it was in between, so
that a peak outlives its minutes. ``area`` is empty for the whole province. ``mode`` keeps exercises apart.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Integer, MetaData, String, Table

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
