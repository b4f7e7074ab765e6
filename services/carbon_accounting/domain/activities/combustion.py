"""Burning fuels: amount x NCV x CC x OF x 44/12, each ledger by its own factors (rules C.2, C.3).

Biogenic CO2 is the same sum, told apart and in no total.
"""

from dataclasses import dataclass
from enum import StrEnum

from services.carbon_accounting.domain.activities.basis import (
    Activity,
    Basis,
    Made,
    Unbooked,
    booked,
    check_measured,
    told,
)
from services.carbon_accounting.domain.activities.line import Category, Line
from services.carbon_accounting.domain.activities.uncovered import GAS_BY_MASS
from services.carbon_accounting.domain.factoring.exact import Amounts
from services.carbon_accounting.domain.factoring.factor import Factor, crossing
from services.carbon_accounting.domain.factoring.fuel import (
    ENERGY,
    contradiction,
    default_ng_per,
    measured_ng_per,
    oxidation_of,
    parts_of,
)
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.units import UnitsDiffer

CO2, NORMAL = "CO2", "Ndm3"


class Equipment(StrEnum):
    """What burns a solid fuel: its oxidation depends on it (rules C.2)."""

    KILN = "kiln"
    UTILITY_BOILER = "utility-boiler"
    INDUSTRIAL_BOILER = "industrial-boiler"


@dataclass(frozen=True, slots=True, eq=False)
class FuelUse:
    """How a meter's fuel is burnt.

    `unit` is the base unit of its amounts. `measured_ncv` is whole J per base unit (kJ/kg, kJ/Nm3),
    one or one for each interval; None takes the default. `net_heat` says that a meter in Wh counts
    net (lower) heat; undeclared, it is assumed and told.
    """

    meter: str
    fuel: str
    unit: str
    equipment: Equipment | None = None
    measured_ncv: Amounts | None = None
    net_heat: bool = False
    category: Category = Category.STATIONARY_COMBUSTION

    def __post_init__(self) -> None:
        if self.unit == ENERGY and self.measured_ncv is not None:
            raise ValueError(
                f"{self.meter}: amounts in Wh are heat already; leave the measured ncv out"
            )
        if self.category not in (Category.STATIONARY_COMBUSTION, Category.MOBILE_COMBUSTION):
            raise ValueError(f"{self.meter}: {self.category} is no combustion")


@told
def combustion(use: FuelUse, amounts: Amounts, basis: Basis) -> Line:
    """Return the fossil CO2 of what was burnt.

    MissingEquipment for a solid without equipment; UnitsDiffer when the meter's unit cannot meet
    the factor (m3 at actual conditions and Nm3, volume and kWh).
    """
    return _burnt(use, amounts, basis, use.category, f"combustion:{use.fuel}")


@told
def biogenic(use: FuelUse, amounts: Amounts, basis: Basis) -> Line:
    """Return the CO2 of burnt biomass, which is outside the scopes and in no total."""
    return _burnt(use, amounts, basis, Category.BIOGENIC, f"biogenic:{use.fuel}")


def _burnt(use: FuelUse, amounts: Amounts, basis: Basis, category: Category, name: str) -> Line:
    basis.require(category, CO2, use.meter)
    activity = Activity(use.meter, name, category, CO2, amounts, use.unit)
    return booked(activity, _made(use, basis), basis)


def _made(use: FuelUse, basis: Basis) -> Made:
    fuel = basis.factor(use.fuel, use.meter)
    if _is_stated_by_mass_alone(use, fuel):
        raise Unbooked(basis.uncovered(use.fuel, GAS_BY_MASS, use.meter))
    by_equipment = _oxidation_factor(use, fuel, basis)
    oxidation = oxidation_of(fuel, by_equipment.stated() if by_equipment else None)
    used = (fuel, by_equipment) if by_equipment else (fuel,)
    if use.measured_ncv is None:
        per_unit: Amounts = default_ng_per(fuel, use.unit, oxidation)
    else:
        check_measured(use.measured_ncv, f"measured ncv of {use.meter}")
        per_unit = measured_ng_per(fuel, use.measured_ncv, oxidation, use.meter)
    return Made(per_unit, used, _method(use, fuel, float(oxidation)), _doubts(use, fuel))


def _is_stated_by_mass_alone(use: FuelUse, fuel: Factor) -> bool:
    """Whether a gas in normal volume meets a factor of CBAM, which states gases by mass."""
    if fuel.ledger is not Ledger.CBAM or use.unit != NORMAL or use.measured_ncv is not None:
        return False
    try:
        crossing(parts_of(fuel).ncv_unit, f"J/{NORMAL}", fuel)
    except UnitsDiffer:
        return True
    return False


def _oxidation_factor(use: FuelUse, fuel: Factor, basis: Basis) -> Factor | None:
    if parts_of(fuel).oxidation is not None or use.equipment is None:
        return None
    return basis.factor(f"oxidation:{use.equipment}", use.meter)


def _method(use: FuelUse, fuel: Factor, oxidation: float) -> str:
    parts = parts_of(fuel)
    carbon = f"CC {float(parts.carbon_t_per_gj):g} tC/GJ x 44/12" if parts.carbon_t_per_gj else None
    heat = f"NCV {float(parts.ncv):g} {parts.ncv_unit} (default)"
    if use.measured_ncv is not None:
        heat = "NCV measured"
    if use.unit == ENERGY:
        heat = "net heat metered"
    return f"{heat} x {carbon or f'EF {fuel.shown}'} x OF {oxidation:g}"


def _doubts(use: FuelUse, fuel: Factor) -> tuple[str, ...]:
    assumed = use.unit == ENERGY and not use.net_heat
    return (
        *filter(None, (contradiction(fuel),)),
        *((f"{use.meter}: its Wh are assumed to be net (lower) heat",) if assumed else ()),
    )
