"""Sums of entries by ledger, enterprise and local month; exact, and never over two ledgers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from services.carbon_accounting.domain.factoring.exact import exact_sum
from services.carbon_accounting.domain.inventory.entries import Block
from services.carbon_accounting.domain.inventory.months import months_of
from services.carbon_accounting.domain.ledgers import Ledger


@dataclass(frozen=True, slots=True, order=True)
class TotalKey:
    """What a total is of. `origin` is the kind of it alone, as `grid`."""

    ledger: Ledger
    month: str
    enterprise: str
    scope: str
    category: str
    activity: str
    carrier: str
    origin: str
    gas: str
    unit: str
    counted: bool


@dataclass(frozen=True, slots=True)
class Total:
    """Amount in base units, emissions in ng, and how well both are known."""

    amount: int = 0
    emissions_ng: int = 0
    entries: int = 0
    estimated: int = 0
    unverified: tuple[str, ...] = ()

    def __add__(self, other: "Total") -> "Total":
        doubts = dict.fromkeys((*self.unverified, *other.unverified))
        return Total(
            self.amount + other.amount,
            self.emissions_ng + other.emissions_ng,
            self.entries + other.entries,
            self.estimated + other.estimated,
            tuple(sorted(doubts)),
        )


Totals = Mapping[TotalKey, Total]


def totals_of(blocks: Iterable[Block], zone: ZoneInfo) -> dict[TotalKey, Total]:
    """Return the totals of these entries, in the order of their keys."""
    found: dict[TotalKey, Total] = {}
    for one in blocks:
        for key, total in _by_month(one, zone):
            found[key] = found.get(key, Total()) + total
    return dict(sorted(found.items()))


def _by_month(one: Block, zone: ZoneInfo) -> Iterator[tuple[TotalKey, Total]]:
    if not len(one):
        return
    first, last = int(one.starts_us[0]), int(one.starts_us[-1])
    for month, start_us, end_us in months_of(first, last, zone):
        begin, end = np.searchsorted(one.starts_us, [start_us, end_us]).tolist()
        if end > begin:
            yield _key(one, month), _total(one, slice(begin, end))


def _key(one: Block, month: str) -> TotalKey:
    line = one.account
    return TotalKey(
        one.ledger,
        month,
        line.enterprise,
        line.scope,
        line.category,
        line.activity,
        line.carrier,
        line.origin.partition(":")[0],
        line.gas,
        line.unit,
        line.counted,
    )


def _total(one: Block, here: slice) -> Total:
    return Total(
        amount=exact_sum(one.amounts[here]),
        emissions_ng=exact_sum(one.emissions_ng[here]),
        entries=here.stop - here.start,
        estimated=int((~one.measured[here]).sum()),
        unverified=(one.stamp.unverified,) if one.stamp.unverified else (),
    )
