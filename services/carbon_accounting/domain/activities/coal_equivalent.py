"""Energy consumed as standard coal, for comprehensive energy (GB/T 2589, rules C.1).

Whole ng of coal equivalent, so that sums are exact: 0.1229 kgce/kWh is 122 900 000 ng/Wh.
"""

from dataclasses import dataclass

from services.carbon_accounting.domain.activities.basis import (
    Basis,
    check_amounts,
    check_measured,
    told,
)
from services.carbon_accounting.domain.activities.line import FactorRef, named
from services.carbon_accounting.domain.factoring.exact import (
    Amounts,
    exact_sum,
    product,
    scaled,
)
from services.carbon_accounting.domain.factoring.factor import crossing, known_ratio

NG_PER_KG = 10**12


@dataclass(frozen=True, slots=True, eq=False)
class CoalEquivalent:
    """An amount of a carrier as ng of standard coal; `unverified` as on a line."""

    meter: str
    carrier: str
    amount: Amounts
    unit: str
    factors: tuple[FactorRef, ...]
    method: str
    unverified: tuple[str, ...]
    coal_ng: Amounts

    @property
    def total_ng(self) -> int:
        """The exact sum of what is known; 10**15 ng are a tce."""
        return exact_sum(self.coal_ng)


@told
def coal_equivalent(
    meter: str, carrier: str, amounts: Amounts, unit: str, basis: Basis
) -> CoalEquivalent:
    """Return the standard coal of `carrier` (electricity, heat, diesel …) by its coefficient.

    UnitsDiffer when the coefficient is per another kind of unit.
    """
    check_amounts(amounts, meter)
    factor = basis.factor(f"coal-equivalent:{carrier}", meter)
    per_unit = round(factor.stated() * crossing(factor.unit, f"kgce/{unit}", factor) * NG_PER_KG)
    coal = product(amounts, per_unit, meter)
    return CoalEquivalent(
        meter, carrier, amounts, unit, named(factor), factor.shown, factor.doubts, coal
    )


def measured_coal_equivalent(
    meter: str, carrier: str, amounts: Amounts, unit: str, ncv: Amounts
) -> CoalEquivalent:
    """Return the standard coal by measured NCV / 29.3076 MJ/kgce; `ncv` in whole J per `unit`."""
    check_amounts(amounts, meter)
    check_measured(ncv, f"measured ncv of {meter}")
    per_unit = scaled(ncv, known_ratio("J", "kgce") * NG_PER_KG, meter)
    coal = product(amounts, per_unit, meter)
    method = "NCV measured / 29.3076 MJ/kgce"
    return CoalEquivalent(meter, carrier, amounts, unit, (), method, (), coal)
