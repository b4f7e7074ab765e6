"""What an activity comes to in one ledger: a line, an open item, or a word why it is not counted.

Numbers here are whole base units (Wh, g, dm3, Ndm3, pcs) and whole ng; a masked one is not known.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from services.carbon_accounting.domain.factoring.exact import Amounts, exact_sum
from services.carbon_accounting.domain.factoring.factor import Factor
from services.carbon_accounting.domain.ledgers import Ledger


class Scope(StrEnum):
    """GHG Protocol scopes; scope 3 by its fifteen categories."""

    DIRECT = "1"
    ENERGY = "2"
    GOODS_AND_SERVICES = "3.1"
    CAPITAL_GOODS = "3.2"
    FUEL_AND_ENERGY = "3.3"
    UPSTREAM_TRANSPORT = "3.4"
    WASTE = "3.5"
    TRAVEL = "3.6"
    COMMUTING = "3.7"
    UPSTREAM_LEASES = "3.8"
    DOWNSTREAM_TRANSPORT = "3.9"
    PROCESSING_OF_SOLD = "3.10"
    USE_OF_SOLD = "3.11"
    END_OF_LIFE = "3.12"
    DOWNSTREAM_LEASES = "3.13"
    FRANCHISES = "3.14"
    INVESTMENTS = "3.15"
    OUTSIDE = "outside"


class Category(StrEnum):
    """Kinds of sources and sinks that are never netted against each other."""

    STATIONARY_COMBUSTION = "stationary-combustion"
    MOBILE_COMBUSTION = "mobile-combustion"
    PROCESS = "process"
    FUGITIVE = "fugitive"
    PURCHASED_ELECTRICITY = "purchased-electricity"
    PURCHASED_HEAT = "purchased-heat"
    BIOGENIC = "biogenic"
    CAPTURE = "capture"

    @property
    def scope(self) -> Scope:
        """Where its emissions are shown; biogenic CO2 and capture stand outside the scopes."""
        if self in (Category.BIOGENIC, Category.CAPTURE):
            return Scope.OUTSIDE
        bought = (Category.PURCHASED_ELECTRICITY, Category.PURCHASED_HEAT)
        return Scope.ENERGY if self in bought else Scope.DIRECT


class FactorRef(NamedTuple):
    """The very factor a number was made with."""

    id: str
    version: int


def named(*factors: Factor) -> tuple[FactorRef, ...]:
    """Return how the factors are called in an entry."""
    return tuple(FactorRef(factor.id, factor.version) for factor in factors)


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """Emissions of one activity in one ledger, one amount or one for each interval.

    `emissions_ng` is CO2, or CO2e where `gas` is another; negative for capture, and for carbon that
    leaves in a carbon balance. `unverified` says why the numbers must be shown as unverified; empty
    when they need not. `counted` is False for what no total may include.
    """

    ledger: Ledger
    subject: str
    activity: str
    category: Category
    gas: str
    amount: Amounts
    unit: str
    factors: tuple[FactorRef, ...]
    method: str
    unverified: tuple[str, ...]
    emissions_ng: Amounts
    counted: bool

    @property
    def scope(self) -> Scope:
        """Where the line is shown."""
        return self.category.scope

    @property
    def total_ng(self) -> int:
        """The exact sum of what is known."""
        return exact_sum(self.emissions_ng)


class OpenKind(StrEnum):
    """Why something that belongs in a ledger is not booked."""

    MISSING_FACTOR = "missing-factor"
    NEGATIVE_BALANCE = "negative-balance"
    NOT_COVERED = "not-covered"


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something that belongs in the ledger and cannot be booked; `message` names the cure."""

    kind: OpenKind
    ledger: Ledger
    subject: str
    message: str


@dataclass(frozen=True, slots=True)
class NotCounted:
    """Something that does not belong in the ledger, with the reason."""

    ledger: Ledger
    subject: str
    reason: str


Outcome = Line | OpenItem | NotCounted
