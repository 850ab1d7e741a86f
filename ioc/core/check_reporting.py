"""What a contract's declaration of the units due to report must hold to."""

from __future__ import annotations

from typing import get_args, get_type_hints

from ioc.core.area import Organisation, Station
from ioc.core.check_context import Context
from ioc.core.check_document import Place
from ioc.core.contract import FeedContract, NotationError, Reporting, seconds
from ioc.core.reporting import PLACES

LONGEST = 86_400.0
WANTED = {"areas": "area", "organisations": "organisation"}
KINDS = {"stations": Station, "organisations": Organisation}


def check_reporting(reporting: Reporting, contract: FeedContract, place: Place, context: Context) -> None:
    """The dimension exists and can tell such units apart, the units exist, and the period can be looked back."""
    wanted = WANTED.get(reporting.of)
    if wanted is None and reporting.dimension not in contract.dimensions:
        place.unknown(("dimension",), "dimension", reporting.dimension, contract.dimensions)
    elif wanted is not None and reporting.dimension != wanted:
        place(("dimension",), "units_by", of=reporting.of, wanted=wanted)
    elif wanted is None and reporting.dimension in PLACES:
        place(("dimension",), "units_by", of=reporting.of, wanted="/".join(set(contract.dimensions) - set(PLACES)))
    if reporting.kind:
        kinds = _kinds(reporting.of)
        if reporting.kind not in kinds:
            place.unknown(("kind",), "kind", reporting.kind, kinds)
    levels = {area.level for area in context.areas}
    if reporting.of == "areas" and levels and reporting.level not in levels:
        place(("level",), "no_level", given=reporting.level, levels=", ".join(map(str, sorted(levels))))
    _every(reporting, contract, place)


def _kinds(of: str) -> tuple[str, ...]:
    owner = KINDS.get(of)
    return get_args(get_type_hints(owner)["kind"]) if owner is not None else ()


def _every(reporting: Reporting, contract: FeedContract, place: Place) -> None:
    try:
        period = seconds(reporting.every) or seconds(contract.cadence)
    except NotationError:
        if reporting.every:
            place(("every",), "duration", given=reporting.every)
        return
    if not 0 < period <= LONGEST:
        place(("every",), "units_every", given=reporting.every or contract.cadence or '""')
