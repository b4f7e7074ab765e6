"""Sums of entries by ledger, enterprise and local month; exact, and never over two ledgers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.carbon_accounting.domain.factoring.exact import exact_sum
from services.carbon_accounting.domain.inventory.entries import Block
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


def added(totals: Totals, blocks: Iterable[Block], month: str) -> dict[TotalKey, Total]:
    """Return the totals with a month's entries, in the order of their keys."""
    found = dict(totals)
    for one in blocks:
        if len(one):
            key = key_of(one, month)
            found[key] = found.get(key, Total()) + _total(one)
    return dict(sorted(found.items()))


def key_of(one: Block, month: str) -> TotalKey:
    """Return which total the entries of a block belong to."""
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


def _total(one: Block) -> Total:
    return Total(
        amount=exact_sum(one.amounts),
        emissions_ng=exact_sum(one.emissions_ng),
        entries=len(one),
        estimated=int((~one.measured).sum()),
        unverified=(one.stamp.unverified,) if one.stamp.unverified else (),
    )
