"""What the rules are known not to give a ledger: a named gap, not a factor somebody forgot.

An own factor (`--factors`) books it all the same.
"""

from dataclasses import dataclass
from datetime import date

from services.carbon_accounting.domain.ledgers import Ledger

CBAM_BEGINS, ANNEXES_END = date(2023, 10, 1), date(2026, 1, 1)
POWER = "-electricity"
HEAT = ("purchased-heat", "enthalpy:")


@dataclass(frozen=True, slots=True)
class Gap:
    """What has no factor in the rules: quantities that begin or end so, and why."""

    ledger: Ledger
    quantities: tuple[str, ...]
    why: str

    def holds(self, ledger: Ledger, quantity: str) -> bool:
        """Whether it is this quantity's."""
        return ledger is self.ledger and any(
            quantity.startswith(part) or quantity.endswith(part) for part in self.quantities
        )


GAPS = (
    Gap(
        Ledger.PRODUCT_FOOTPRINT,
        ("hydro-electricity", "fossil-electricity"),
        "life-cycle factors of power by hydro, coal and gas were not read (C.5, GAP)",
    ),
    Gap(Ledger.PRODUCT_FOOTPRINT, HEAT, "no life-cycle factor of heat in the rules (C.5, GAP)"),
    Gap(
        Ledger.CBAM,
        ("grid-electricity",),
        "the default factor of grid power stands in annexes that were not read (E.4.2, GAP)",
    ),
    Gap(
        Ledger.CBAM,
        HEAT,
        "of imported heat only the method is known, a boiler of 90 % (E.4.1, GAP)",
    ),
    Gap(
        Ledger.CBAM,
        ("biomass-electricity",),
        "biomass is zero only where it is sustainable, which nobody states (C.3)",
    ),
    Gap(Ledger.BATTERY, (POWER,), "the rules for electricity were not read (E.3, GAP)"),
    Gap(Ledger.BATTERY, HEAT, "no life-cycle factor of heat in the rules (E.3, GAP)"),
)
GAS_BY_MASS = "the annex states this gas by mass; measure its heat (ncv_gj_per_unit)"


UPSTREAM = frozenset({Ledger.PRODUCT_FOOTPRINT, Ledger.BATTERY})
"""Footprints, which hold what was emitted to bring a fuel or a material too."""
OWN_ALONE = "its own CO2 alone is booked, what was emitted to bring it has no factor (C.5, GAP)"


def gap_of(ledger: Ledger, quantity: str, at: date) -> str:
    """Return why the rules have nothing for a quantity on a local day; empty where they should."""
    if ledger is Ledger.CBAM and at < CBAM_BEGINS:
        return f"nothing is reported of days before {CBAM_BEGINS} (IR (EU) 2023/1773)"
    why = next((gap.why for gap in GAPS if gap.holds(ledger, quantity)), "")
    if ledger is Ledger.CBAM and at >= ANNEXES_END:
        return why or f"the annexes from {ANNEXES_END} on were not read (E.4.2, GAP)"
    return why
