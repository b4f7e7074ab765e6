"""Records of a store held against its meters: no more went in or came out than these counted."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from services.carbon_accounting.domain.certificates.refusal import Refused, Rule
from services.carbon_accounting.domain.certificates.storage import DischargeRecord, RecordRefused
from services.carbon_accounting.domain.certificates.store_pairs import Charged
from services.energy.time_grid import Interval

MeteredWh = Callable[[str, Interval], int | None]
"""Takes a store and a span; Wh, None where others meter it or nothing was read yet."""
Counted = tuple[str, Interval, int]
"""A record: its id, its span, its Wh."""


def _nothing_known(store: str, span: Interval) -> None:
    """Nobody here meters a store."""


@dataclass(frozen=True, slots=True)
class StoreMeters:
    """What meters of stores counted. Without any, no record is held against one."""

    charged_wh: MeteredWh = _nothing_known
    discharged_wh: MeteredWh = _nothing_known


def beyond_meters(
    charges: Iterable[Charged], discharges: Iterable[DischargeRecord], meters: StoreMeters
) -> Iterator[RecordRefused]:
    """Yield each record that says more than was metered in its span, by itself or with others."""
    went_in, came_out = defaultdict[str, list[Counted]](list), defaultdict[str, list[Counted]](list)
    for charge in charges:
        went_in[charge.store].append((charge.id, charge.span, charge.charge_wh))
    for one in discharges:
        came_out[one.store].append((one.id, one.discharged, one.discharge_wh))
    for store in sorted(went_in):
        yield from _beyond(store, "was charged with", went_in[store], meters.charged_wh)
    for store in sorted(came_out):
        yield from _beyond(store, "discharged", came_out[store], meters.discharged_wh)


def _beyond(
    store: str, did: str, records: list[Counted], metered: MeteredWh
) -> Iterator[RecordRefused]:
    """Hold all records within the span of each record against what was metered in it."""
    records.sort(key=lambda one: (one[1].start, one[1].end, one[0]))
    starts = [span.start for _, span, _ in records]
    for id, span, wh in records:
        metered_wh = metered(store, span)
        within_wh = _within(records, starts, span)
        if metered_wh is not None and within_wh > metered_wh:
            others = f", its other records there say {within_wh - wh} Wh" if within_wh > wh else ""
            cure = f"{store} {did} {metered_wh} Wh from {_to(span)}{others}; tell what was metered"
            yield RecordRefused(id, Refused(Rule.BEYOND_METERED, "quantity", str(wh), cure))


def _within(records: list[Counted], starts: list[datetime], span: Interval) -> int:
    first, last = bisect_left(starts, span.start), bisect_left(starts, span.end)
    return sum(wh for _, one, wh in records[first:last] if one.end <= span.end)


def _to(span: Interval) -> str:
    return f"{span.start.isoformat()} to {span.end.isoformat()}"
