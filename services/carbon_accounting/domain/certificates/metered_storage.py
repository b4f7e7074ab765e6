"""Records of a store held against its meters: no more went in or came out than these counted.

Spans may overlap: [0:00, 0:45) and [0:15, 1:00) can both lie within what was metered and together
say more. So what lies in [a, b) is held against what was metered there for every begin a and every
end b of records that overlap, directly or through others.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np

from services.carbon_accounting.domain.certificates.refusal import Refused, Rule
from services.carbon_accounting.domain.certificates.storage import DischargeRecord, RecordRefused
from services.carbon_accounting.domain.certificates.store_pairs import Charged
from services.carbon_accounting.domain.factoring.exact import Whole
from services.energy.time_grid import Interval

MeteredWh = Callable[[str, Interval], int | None]
"""Takes a store and a span; Wh, None where others meter it or nothing was read yet. What was
metered in a span is the sum of what was in its parts."""
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
    """Yield each record that says more than was metered, by itself or with those before it."""
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
    """Yield the records that do not fit beside those that end before them."""
    for some in _overlapping(records):
        windows = _Windows(store, some, metered)
        for id, span, wh in sorted(some, key=lambda one: (one[1].end, one[1].start, one[0])):
            if (found := windows.add(span, wh)) is None:
                continue
            window, metered_wh, others_wh = found
            others = f", its other records there say {others_wh} Wh" if others_wh else ""
            cure = f"{store} {did} {metered_wh} Wh {_from(window)}{others}; tell what was metered"
            yield RecordRefused(id, Refused(Rule.BEYOND_METERED, "quantity", str(wh), cure))


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

    def __init__(self, store: str, records: list[Counted], metered: MeteredWh) -> None:
        spans = [span for _, span, _ in records]
        self._borders = sorted({edge for span in spans for edge in (span.start, span.end)})
        self._places = {edge: place for place, edge in enumerate(self._borders)}
        parts = [metered(store, Interval(*edges)) for edges in pairwise(self._borders)]
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
