"""Entries of one ledger in columns: all that is constant of an account once, the rest by interval.

Emissions are amount × factor in whole nanograms, exact; nothing is rounded before a report. So
splitting an account over time or over enterprises changes no total.
"""

from dataclasses import dataclass

import numpy as np

from services.carbon_accounting.domain.activities.line import Line
from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.readings import Mask
from services.carbon_accounting.domain.ledgers import Ledger


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """What an entry is about, whenever: whose, of which meter, and what kind of source it is.

    `scope` and `category` are the GHG Protocol's, `unit` is the base unit of the amount, `origin`
    says where electricity came from. What is not `counted` is in no total (biogenic CO2, capture).
    """

    meter: str
    enterprise: str
    carrier: str
    activity: str
    origin: str
    scope: str
    category: str
    gas: str
    unit: str
    counted: bool


@dataclass(frozen=True, slots=True, order=True)
class Stamp:
    """The factors a number was made with, how, and why it must be shown as unverified.

    `factors`: `<id> v<version>`, several separated by `; `.
    """

    factors: str
    method: str
    unverified: str


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Entries of one account made with one factor; arrays of shape (entries,), in order of time.

    `measured` is False where some of an amount was estimated.
    """

    ledger: Ledger
    account: Account
    stamp: Stamp
    starts_us: Whole
    amounts: Whole
    emissions_ng: Whole
    measured: Mask

    def __len__(self) -> int:
        return len(self.starts_us)


@dataclass(frozen=True, slots=True)
class Place:
    """What a line of an activity does not know: whose it is and what carried it."""

    enterprise: str
    carrier: str
    activity: str
    origin: str = ""


def block_of(line: Line, place: Place, starts_us: Whole, measured: Mask) -> Block:
    """Return the entries of a line over intervals; one with nothing in it has none."""
    there = np.flatnonzero(line.amount)
    account = Account(
        meter=line.subject,
        enterprise=place.enterprise,
        carrier=place.carrier,
        activity=place.activity,
        origin=place.origin,
        scope=line.scope.value,
        category=line.category.value,
        gas=line.gas,
        unit=line.unit,
        counted=line.counted,
    )
    factors = "; ".join(f"{factor.id} v{factor.version}" for factor in line.factors)
    stamp = Stamp(factors, line.method, "; ".join(line.unverified))
    amounts, emissions = np.asarray(line.amount)[there], np.asarray(line.emissions_ng)[there]
    return Block(line.ledger, account, stamp, starts_us[there], amounts, emissions, measured[there])
