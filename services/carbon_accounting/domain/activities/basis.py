"""The books an activity is put into, and the way from an amount to a line of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import ParamSpec, TypeVar

import numpy as np

from services.carbon_accounting.domain.activities.boundary import Boundary
from services.carbon_accounting.domain.activities.line import (
    Category,
    Line,
    NotCounted,
    OpenItem,
    OpenKind,
    named,
)
from services.carbon_accounting.domain.activities.uncovered import gap_of
from services.carbon_accounting.domain.factoring.exact import Amounts, product
from services.carbon_accounting.domain.factoring.factor import Factor
from services.carbon_accounting.domain.factoring.store import FactorStore, MissingFactor

P = ParamSpec("P")
R = TypeVar("R")
GRAM_NG = 10**9


class NegativeAmount(ValueError):
    """An amount below zero: consumption has none; the message names the meter and the value."""


class Unbooked(Exception):
    """No error: carries why there is no line out of a calculation; `told` returns it as a value."""

    def __init__(self, outcome: OpenItem | NotCounted) -> None:
        super().__init__(str(outcome))
        self.outcome = outcome


def told(make: Callable[P, R]) -> Callable[P, R | OpenItem | NotCounted]:
    """Return the function with what keeps a line from being booked as a value."""

    @wraps(make)
    def outcome(*args: P.args, **kwargs: P.kwargs) -> R | OpenItem | NotCounted:
        try:
            return make(*args, **kwargs)
        except Unbooked as unbooked:
            return unbooked.outcome

    return outcome


@dataclass(frozen=True, slots=True)
class Basis:
    """Boundary of a ledger, factors, region and local day of what is booked.

    Amounts over several days must be of one part of `FactorStore.periods`: `at` is any day of it.
    """

    boundary: Boundary
    factors: FactorStore
    region: str
    at: date

    def factor(self, quantity: str, subject: str) -> Factor:
        """Return the ledger's factor; Unbooked with an open item when there is none."""
        found = self.factors.find(self.boundary.ledger, quantity, self.region, self.at)
        if isinstance(found, MissingFactor):
            raise Unbooked(self._not_found(found, subject))
        return found

    def _not_found(self, missing: MissingFactor, subject: str) -> OpenItem:
        """Return why there is no factor: a gap that the rules are known to have, or one to fill."""
        if gap := gap_of(missing.ledger, missing.quantity, self.at):
            return self.uncovered(missing.quantity, gap, subject)
        return OpenItem(OpenKind.MISSING_FACTOR, missing.ledger, subject, str(missing))

    def uncovered(self, quantity: str, gap: str, subject: str) -> OpenItem:
        """Return an item of what belongs in the ledger and is not covered by the rules."""
        ledger = self.boundary.ledger
        told = f"ledger {ledger.key}, {quantity}: {gap}"
        return OpenItem(OpenKind.NOT_COVERED, ledger, subject, told)

    def require(self, category: Category, gas: str, subject: str) -> None:
        """Unbooked with the reason when the ledger does not count this kind or gas."""
        ledger = self.boundary.ledger
        if not self.boundary.books(category, gas):
            told = self.boundary.doubt_outside if category is Category.MOBILE_COMBUSTION else ""
            reason = f"{ledger.key} does not count {gas} of {category} (boundary_of){told}"
            raise Unbooked(NotCounted(ledger, subject, reason))

    def counts(self, category: Category, gas: str) -> bool:
        """Whether the ledger's totals include it."""
        return self.boundary.counts(category, gas)


@dataclass(frozen=True, slots=True)
class Made:
    """Whole ng per base unit, made out of which factors, how, and why it is doubtful."""

    ng_per_unit: Amounts
    factors: tuple[Factor, ...]
    method: str
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Activity:
    """What happened, in whole base units: `amount` of `unit` on the meter or asset `subject`."""

    subject: str
    name: str
    category: Category
    gas: str
    amount: Amounts
    unit: str


def booked(activity: Activity, made: Made, basis: Basis) -> Line:
    """Return the line: amount × factor, exact; capture alone is negative."""
    check_amounts(activity.amount, activity.subject)
    emissions = product(activity.amount, made.ng_per_unit, activity.subject)
    counted = basis.counts(activity.category, activity.gas)
    doubts = [doubt for factor in made.factors for doubt in factor.doubts]
    return Line(
        ledger=basis.boundary.ledger,
        subject=activity.subject,
        activity=activity.name,
        category=activity.category,
        gas=activity.gas,
        amount=activity.amount,
        unit=activity.unit,
        factors=named(*made.factors),
        method=made.method,
        unverified=tuple(dict.fromkeys((*doubts, *made.doubts, *basis.boundary.doubts))),
        emissions_ng=-emissions if activity.category is Category.CAPTURE else emissions,
        counted=counted,
    )


def check_amounts(amounts: Amounts, subject: str) -> None:
    """Refuse what is not whole (TypeError) and what is below zero (NegativeAmount)."""
    if isinstance(amounts, bool) or not (
        isinstance(amounts, int) or getattr(amounts, "dtype", None) == np.int64
    ):
        raise TypeError(f"{subject}: amounts are int or int64 arrays, got {type(amounts).__name__}")
    lowest = amounts if isinstance(amounts, int) else _lowest(amounts)
    if lowest < 0:
        raise NegativeAmount(
            f"{subject}: amount {lowest} is below zero; correct the reading, or give what was "
            "returned as an activity of its own"
        )


def check_measured(measured: Amounts, subject: str) -> None:
    """Refuse a measured coefficient that is not whole or not above 0 (ValueError)."""
    check_amounts(measured, subject)
    if (lowest := measured if isinstance(measured, int) else _lowest(measured, 1)) < 1:
        raise ValueError(f"{subject}: {lowest} must be above 0; mask what was not measured")


def _lowest(amounts: Amounts, when_unknown: int = 0) -> int:
    known = np.ma.compressed(amounts)
    return int(known.min()) if known.size else when_unknown
