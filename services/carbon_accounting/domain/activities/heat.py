"""Purchased heat by energy, and steam by mass with its enthalpy (rules C.1, C.2)."""

from services.carbon_accounting.domain.activities.basis import (
    Activity,
    Basis,
    Made,
    booked,
    check_measured,
    told,
)
from services.carbon_accounting.domain.activities.line import Category, Line
from services.carbon_accounting.domain.factoring.exact import Amounts, scaled
from services.carbon_accounting.domain.factoring.factor import Factor, crossing

HEAT = "purchased-heat"


@told
def purchased_heat(meter: str, energy_wh: Amounts, basis: Basis) -> Line:
    """Return the emissions of heat bought, metered as energy; 1 GJ is 277 778 Wh."""
    basis.require(Category.PURCHASED_HEAT, "CO2", meter)
    factor = basis.factor(HEAT, meter)
    made = Made(factor.ng_per("Wh"), (factor,), f"heat x {factor.shown}")
    return booked(_bought(meter, energy_wh, "Wh"), made, basis)


@told
def purchased_steam(meter: str, mass_g: Amounts, enthalpy: str | Amounts, basis: Basis) -> Line:
    """Return the emissions of steam bought, metered as mass.

    `enthalpy` is measured, in whole J/g (kJ/kg), less that of what flows back; or it names a
    coefficient, as `steam-2763`. There is no default.
    """
    basis.require(Category.PURCHASED_HEAT, "CO2", meter)
    heat = basis.factor(HEAT, meter)
    used: tuple[Factor, ...] = (heat,)
    if isinstance(enthalpy, str):
        coefficient = basis.factor(f"enthalpy:{enthalpy}", meter)
        used = (heat, coefficient)
        heat_per_g = coefficient.stated() * crossing(coefficient.unit, "J/g", coefficient)
        per_g: Amounts = round(heat.per("J") * heat_per_g)
    else:
        check_measured(enthalpy, f"enthalpy of {meter}")
        per_g = scaled(enthalpy, heat.per("J"), meter)
    how = f"enthalpy {enthalpy}" if isinstance(enthalpy, str) else "enthalpy measured"
    made = Made(per_g, used, f"mass x {how} x {heat.shown}")
    return booked(_bought(meter, mass_g, "g"), made, basis)


def _bought(meter: str, amounts: Amounts, unit: str) -> Activity:
    return Activity(meter, HEAT, Category.PURCHASED_HEAT, "CO2", amounts, unit)
