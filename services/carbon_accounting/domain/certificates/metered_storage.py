"""Records of a store held against its meters: no more went in or came out than these counted.

Spans may overlap: [0:00, 0:45) and [0:15, 1:00) can both lie within what was metered and together
say more. So what lies in [a, b) is held against what was metered there for every begin a and every
end b of records that overlap, directly or through others.

What is certified for the grid's power is held against what was metered of grid origin besides, and
for every other use against the own origin, as both are traced: no Wh is green twice.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np

from services.carbon_accounting.domain.certificates.gec import Use
from services.carbon_accounting.domain.certificates.refusal import Refused, Rule
from services.carbon_accounting.domain.certificates.storage import DischargeRecord, RecordRefused
from services.carbon_accounting.domain.certificates.store_pairs import Charged, Pair
from services.carbon_accounting.domain.factoring.exact import Whole
from services.energy.time_grid import Interval

MeteredWh = Callable[[str, Use, Interval], int | None]
"""Takes a store, a use and a span; Wh, None where others meter it or nothing was read yet. On the
grid is what was of grid origin, every other use the own origin. What was metered in a span is the
sum of what was in its parts."""
Counted = tuple[str, Interval, int]
"""A record: its id, its span, its Wh."""
Limit = Callable[[Interval], int | None]
POWERS = {Use.ON_GRID: "of the grid's power", Use.SELF_USE: "of own power"}


def _nothing_known(store: str, use: Use, span: Interval) -> None:
    """Nobody here meters a store."""


@dataclass(frozen=True, slots=True)
class StoreMeters:
    """What meters of stores counted. Without any, no record is held against one."""

    charged_wh: MeteredWh = _nothing_known
    discharged_wh: MeteredWh = _nothing_known


def beyond_meters(
    charges: Sequence[Charged], discharges: Iterable[DischargeRecord], meters: StoreMeters
) -> Iterator[RecordRefused]:
    """Yield each record that says more than was metered, by itself or with those before it."""
    went_in, came_out = defaultdict[str, list[Counted]](list), defaultdict[str, list[Counted]](list)
    for charge in charges:
        went_in[charge.store].append((charge.id, charge.span, charge.charge_wh))
    for one in discharges:
        came_out[one.store].append((one.id, one.discharged, one.discharge_wh))
    found = [*_all_beyond("was charged with", went_in, meters.charged_wh)]
    told = {one.record_id for one in found}
    yield from found
    yield from (one for one in _charges_beyond(charges, meters) if one.record_id not in told)
    yield from _all_beyond("discharged", came_out, meters.discharged_wh)


def pairs_beyond(pairs: Iterable[Pair], meters: StoreMeters) -> Iterator[RecordRefused]:
    """Yield each discharge that is certified for more of a use than came out for it."""
    came_out = defaultdict[tuple[str, Use], dict[str, Counted]](dict)
    for pair in pairs:
        record, of_power = pair.discharge, came_out[pair.charge.store, _power(pair.charge)]
        before_wh = of_power[record.id][2] if record.id in of_power else 0
        of_power[record.id] = record.id, record.discharged, before_wh + pair.discharge_wh
    for store, use in sorted(came_out):
        limit, records = _limit(meters.discharged_wh, store, use), [*came_out[store, use].values()]
        cure = "allocate by the method that the park file says of the store"
        yield from _beyond((store, "discharged", POWERS[use]), records, limit, cure)


def _all_beyond(
    did: str, records: Mapping[str, list[Counted]], metered: MeteredWh
) -> Iterator[RecordRefused]:
    for store in sorted(records):
        yield from _beyond((store, did, ""), records[store], all_wh(metered, store))


def _charges_beyond(charges: Iterable[Charged], meters: StoreMeters) -> Iterator[RecordRefused]:
    """Hold what is certified for each use against what was charged for it."""
    went_in = defaultdict[tuple[str, Use], list[Counted]](list)
    for one in (one for one in charges if one.use is not None):
        went_in[one.store, _power(one)].append((one.id, one.span, one.charge_wh))
    for store, use in sorted(went_in):
        limit = _limit(meters.charged_wh, store, use)
        yield from _beyond((store, "was charged with", POWERS[use]), went_in[store, use], limit)


def _power(charge: Charged) -> Use:
    return Use.ON_GRID if charge.use is Use.ON_GRID else Use.SELF_USE


def all_wh(metered: MeteredWh, store: str) -> Limit:
    """Return what was metered of a store for whatever use, by span."""
    return _limit(metered, store, *POWERS)


def _limit(metered: MeteredWh, store: str, *uses: Use) -> Limit:
    """Return what was metered of a store for some uses together, by span."""

    def of(span: Interval) -> int | None:
        known = [wh for use in uses if (wh := metered(store, use, span)) is not None]
        return sum(known) if known else None

    return of


def _beyond(
    what: tuple[str, str, str], records: list[Counted], limit: Limit, cure: str = ""
) -> Iterator[RecordRefused]:
    """Yield the records that do not fit beside those that end before them."""
    store, did, power = what
    for some in _overlapping(records):
        windows = _Windows(some, limit)
        for id, span, wh in sorted(some, key=lambda one: (one[1].end, one[1].start, one[0])):
            if (found := windows.add(span, wh)) is None:
                continue
            window, metered_wh, others_wh = found
            of_power = f"{metered_wh} Wh {power} " if power else f"{metered_wh} Wh "
            others = f", its other records there say {others_wh} Wh" if others_wh else ""
            told = f"{store} {did} {of_power}{_from(window)}{others}"
            why = f"{told}; {cure or 'tell what was metered'}"
            yield RecordRefused(id, Refused(Rule.BEYOND_METERED, "quantity", str(wh), why))


def _overlapping(records: list[Counted]) -> list[list[Counted]]:
    """Return the records in order of time, those together that overlap, also through others."""
    groups: list[list[Counted]] = []
    ends: list[datetime] = []
    for one in sorted(records, key=lambda one: (one[1].start, one[1].end, one[0])):
        if ends and one[1].start < ends[-1]:
            groups[-1].append(one)
            ends[-1] = max(ends[-1], one[1].end)
        else:
            groups.append([one])
            ends.append(one[1].end)
    return groups


class _Windows:
    """What overlapping records of a store say in each window, and what was metered there, Wh.

    Index a of an array is the window that begins at the border a. Records come in order of ends.
    """

    def __init__(self, records: list[Counted], limit: Limit) -> None:
        spans = [span for _, span, _ in records]
        self._borders = sorted({edge for span in spans for edge in (span.start, span.end)})
        self._places = {edge: place for place, edge in enumerate(self._borders)}
        parts = [limit(Interval(*edges)) for edges in pairwise(self._borders)]
        known = [place for place, wh in enumerate(parts) if wh is not None]
        self._known_from = known[0] if known else len(parts)
        self._before: Whole = np.cumsum([0, *(wh or 0 for wh in parts)], dtype=np.int64)
        self._told: Whole = np.zeros(len(self._borders), np.int64)

    def add(self, span: Interval, wh: int) -> tuple[Interval, int, int] | None:
        """Take a record in as far as it fits.

        Return the window in which it says most beyond what was metered, that, and what the others
        say in it; None where it fits or nothing is known.
        """
        first, last = self._places[span.start], self._places[span.end]
        if last <= self._known_from:
            return None
        told = self._told[: first + 1]
        told += wh
        beyond = told - (self._before[last] - self._before[: first + 1])
        worst = first - int(np.argmax(beyond[::-1]))
        if beyond[worst] <= 0:
            return None
        others_wh = int(told[worst]) - wh
        told -= beyond[worst]
        window = Interval(self._borders[worst], self._borders[last])
        return window, int(self._before[last] - self._before[worst]), others_wh


def _from(span: Interval) -> str:
    return f"from {span.start.isoformat()} to {span.end.isoformat()}"
