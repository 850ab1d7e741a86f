"""Every case, numbered over all feeds, so that all can be sent into the same topics."""

from __future__ import annotations

from tests.corpus import cap, documents, values
from tests.corpus.bad import Case, numbered

CASES: list[Case] = numbered([*documents.ROWS, *values.ROWS, *cap.ROWS])
