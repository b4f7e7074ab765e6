"""Costs cell by cell: what is counted and what it costs, of a position, a way and an enterprise."""

from dataclasses import dataclass

import numpy as np

from services.carbon_accounting.domain.costing.prices import PriceLine
from services.carbon_accounting.domain.factoring.exact import (
    Whole,
    exact_sum,
    product,
)

EVERYBODY = "*"
"""The enterprise of what the whole park pays, by its meters of supply."""


@dataclass(frozen=True, slots=True, order=True)
class Where:
    """What a cost is of: counted in base units, which went some way, to one enterprise."""

    position: str
    unit: str
    way: str
    enterprise: str


@dataclass(frozen=True, slots=True)
class Cell:
    """Base units, their cost in nanos, and how well it is known.

    `unpriced`: base units without a price, in or out; the cost is then not known and `nanos` that
    of the rest. `of_unknown`: base units out of stores whose origin nobody knows. `dark`: intervals
    in which it is not known how many base units there were; they are in neither.
    """

    amount: int = 0
    nanos: int = 0
    unpriced: int = 0
    of_unknown: int = 0
    dark: int = 0

    def __add__(self, other: "Cell") -> "Cell":
        return Cell(
            self.amount + other.amount,
            self.nanos + other.nanos,
            self.unpriced + other.unpriced,
            self.of_unknown + other.of_unknown,
            self.dark + other.dark,
        )

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return self == Cell()

    @property
    def is_known(self) -> bool:
        """Whether all of it has a price."""
        return not self.unpriced


def cell_of(amounts: Whole, price: PriceLine, subject: str, *, earned: bool = False) -> Cell:
    """Return what amounts cost, or what they earn as a cost below 0; exact.

    BeyondInt64 names `subject` where an interval's cost is beyond 64 bits.
    """
    sign = -1 if earned else 1
    priced = np.where(price.known, amounts, 0)
    costs = product(priced, np.where(price.known, price.nanos, 0), subject)
    unpriced = np.abs(np.where(price.known, 0, amounts))
    return Cell(exact_sum(amounts), sign * exact_sum(costs), exact_sum(unpriced))
