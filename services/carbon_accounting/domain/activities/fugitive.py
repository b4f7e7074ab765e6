"""Refrigerants and SF6 that leaked, by mass balance (GHG Protocol; GWP of rules C.6)."""

from dataclasses import dataclass, fields

from services.carbon_accounting.domain.activities.basis import (
    Activity,
    Basis,
    Made,
    Unbooked,
    booked,
    told,
)
from services.carbon_accounting.domain.activities.boundary import Gwp
from services.carbon_accounting.domain.activities.line import Category, Line, OpenItem, OpenKind
from services.carbon_accounting.domain.factoring.factor import Factor


@dataclass(frozen=True, slots=True)
class StockBalance:
    """Whole grams of one gas in a period; only `capacity_change_g` may be below zero."""

    asset: str
    gas: str
    opening_g: int
    purchased_g: int
    closing_g: int
    returned_g: int
    capacity_change_g: int

    def __post_init__(self) -> None:
        for name in ("opening_g", "purchased_g", "closing_g", "returned_g"):
            if (amount := getattr(self, name)) < 0:
                raise ValueError(f"{self.asset}: {name} {amount} must be at least 0")

    @property
    def leaked_g(self) -> int:
        """Opening + purchased - closing - returned - change of nameplate capacity."""
        return (
            self.opening_g
            + self.purchased_g
            - self.closing_g
            - self.returned_g
            - self.capacity_change_g
        )


@told
def leakage(balance: StockBalance, gwp: Gwp, basis: Basis) -> Line:
    """Return the CO2e of what leaked; a balance below zero is an open item that names its parts."""
    basis.require(Category.FUGITIVE, balance.gas, balance.asset)
    factor = warming(balance.gas, gwp, basis, balance.asset)
    leaked = _leaked(balance, basis)
    method = f"mass balance x GWP100 {gwp.upper()} {factor.shown}"
    name = f"leakage:{balance.gas}"
    activity = Activity(balance.asset, name, Category.FUGITIVE, balance.gas, leaked, "g")
    return booked(activity, Made(factor.ng_per("g"), (factor,), method), basis)


def warming(gas: str, gwp: Gwp, basis: Basis, subject: str) -> Factor:
    """Return the GWP of a gas; ValueError when the ledger does not take it from this report."""
    if gwp not in basis.boundary.gwp:
        allowed = ", ".join(basis.boundary.gwp) or "none"
        raise ValueError(
            f"{subject}: ledger {basis.boundary.ledger.key} takes GWP from {allowed}, not {gwp}"
        )
    return basis.factor(f"gwp-{gwp}:{gas}", subject)


def _leaked(balance: StockBalance, basis: Basis) -> int:
    if balance.leaked_g >= 0:
        return balance.leaked_g
    parts = ", ".join(
        f"{part.name} {getattr(balance, part.name)}"
        for part in fields(balance)
        if part.name.endswith("_g")
    )
    message = (
        f"{balance.gas} balance of {balance.asset} is {balance.leaked_g} g ({parts}): more "
        "is there than came; correct the part that is wrong"
    )
    ledger = basis.boundary.ledger
    raise Unbooked(OpenItem(OpenKind.NEGATIVE_BALANCE, ledger, balance.asset, message))
