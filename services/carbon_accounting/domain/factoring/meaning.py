"""Whether a factor's unit can meet any amount at all: checked when it is imported."""

import re

from services.carbon_accounting.domain.factoring.factor import (
    BASE_UNITS,
    GASES_OF_EMISSIONS,
    Factor,
    FuelParts,
)
from services.carbon_accounting.domain.units import NotAUnit, unit

CO2_IN_UNIT = re.compile(r"CO2e?")


def check_meaning(factor: Factor) -> None:
    """Refuse (NotAUnit) a unit in which the factor can meet no amount."""
    _check_gas(factor)
    if factor.parts is not None:
        _check_fuel(factor, factor.parts)
    elif factor.gas and not any(_meets(factor, base) for base in BASE_UNITS):
        kind = "CO2" if factor.gas in GASES_OF_EMISSIONS else "mass"
        raise NotAUnit(f"{factor.gas} needs {kind} per energy, mass, volume, Nm3 or pcs")


def _check_gas(factor: Factor) -> None:
    """Refuse a unit that names another gas: CO2 is no CO2e, which holds other gases too."""
    named = CO2_IN_UNIT.search(factor.unit)
    if factor.gas in GASES_OF_EMISSIONS and named and named[0] != factor.gas:
        raise NotAUnit(f"gas {factor.gas} is in a unit of {named[0]}; correct one of the two")


def _check_fuel(factor: Factor, parts: FuelParts) -> None:
    bases = [base for base in BASE_UNITS if base != "Wh" and _are(parts.ncv_unit, f"J/{base}")]
    if not bases or factor.gas not in GASES_OF_EMISSIONS:
        raise NotAUnit(f"a fuel has gas CO2 and an ncv_unit such as GJ/t, not {parts.ncv_unit}")
    base = "J" if parts.carbon_t_per_gj is None else bases[0]
    if not _are(factor.unit, f"gCO2/{base}"):
        raise NotAUnit(f"the factor must be CO2 per {base}, as its ncv is in {parts.ncv_unit}")


def _meets(factor: Factor, base: str) -> bool:
    mass = "gCO2" if factor.gas in GASES_OF_EMISSIONS else "g"
    return _are(factor.unit, f"{mass}/{base}")


def _are(source: str, target: str) -> bool:
    return unit(source).dimensionality == unit(target).dimensionality
