"""Electricity that was used, as ledgers booked it: all, what was green, what was the grid's.

A ledger books each traced use once, whatever it emits; one whose factor is missing books less.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from services.carbon_accounting.domain.inventory.electricity import CARRIER
from services.carbon_accounting.domain.inventory.entries import Account
from services.carbon_accounting.domain.tracing.origins import GREEN, GRID_POWER

GREEN_KINDS = sorted(GREEN)
GRID_KINDS = sorted({*GRID_POWER, "certificate"})
"""Kinds of origin in the books; what a certificate covers is power of the grid."""


@dataclass(frozen=True, slots=True)
class UsedPower:
    """Wh. What own plants made of fuel is in `all_wh` alone: their fuel is counted."""

    all_wh: int = 0
    green_wh: int = 0
    grid_wh: int = 0

    def __add__(self, other: "UsedPower") -> "UsedPower":
        return UsedPower(
            self.all_wh + other.all_wh,
            self.green_wh + other.green_wh,
            self.grid_wh + other.grid_wh,
        )

    @property
    def energy_wh(self) -> int:
        """What counts as energy that the park takes in (rules C.1)."""
        return self.green_wh + self.grid_wh


NOTHING_USED = UsedPower()


def used_in(account: Account, amount: int) -> UsedPower:
    """Return what an entry says of electricity; nothing where it is of something else."""
    if account.carrier != CARRIER:
        return NOTHING_USED
    kind = account.origin.partition(":")[0]
    green, grid = (amount if kind in kinds else 0 for kinds in (GREEN, GRID_KINDS))
    return UsedPower(amount, green, grid)


def traced(of_ledgers: Iterable[UsedPower]) -> UsedPower:
    """Return what was traced: no ledger books more of it, one that lacks a factor books less."""
    some = [*of_ledgers] or [NOTHING_USED]
    return UsedPower(
        max(one.all_wh for one in some),
        max(one.green_wh for one in some),
        max(one.grid_wh for one in some),
    )
