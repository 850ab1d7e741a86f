"""What became of an event: one outcome each, with a reason code (contracts/feeds.yaml, section outcomes)."""

from __future__ import annotations

ACCEPTED = "accepted"
DUPLICATE = "duplicate"
LATE = "late"
QUARANTINED = "quarantined"
REJECTED = "rejected"
HEARTBEAT = "heartbeat"

OUTCOMES = (ACCEPTED, DUPLICATE, LATE, QUARANTINED, REJECTED)

UNTIDY = "untidy"  # the reason beside accepted and late: taken in, though a name or code wasn't written as it should

QUARANTINE_REASONS = (
    "unknown_source",
    "unknown_enum",
    "implausible",
    "sentinel_missing",
    "unit_mismatch",
    "future_time",
    "id_conflict",
    "illegal_transition",
    "coord_swapped",
    "coord_null_island",
    "coord_outside",
    "inconsistent_times",
    "bad_polygon",
    "unknown_reference",
)
REJECT_REASONS = (
    "null_value",
    "not_json",
    "bad_encoding",
    "trailing_data",
    "not_object",
    "too_large",
    "too_deep",
    "headers_too_large",
    "envelope",
    "wrong_type",
    "schema",
    "bad_id",
    "bad_time",
    "number_out_of_range",
    "forbidden_xml",
    "bad_xml",
)
