"""Perfluorocarbons of aluminium smelting by the slope method (rules E.4.1)."""

from dataclasses import dataclass
from fractions import Fraction

from services.carbon_accounting.domain.activities.basis import Activity, Basis, Made, booked, told
from services.carbon_accounting.domain.activities.boundary import Gwp
from services.carbon_accounting.domain.activities.fugitive import warming
from services.carbon_accounting.domain.activities.line import Category, Line, NotCounted, OpenItem
from services.carbon_accounting.domain.factoring.exact import Amounts

CF4, C2F6 = "CF4", "C2F6"


@dataclass(frozen=True, slots=True)
class Smelting:
    """Cells of one technology (`PFPB-L`, `CWPB` …) and their anode-effect minutes per cell day."""

    meter: str
    technology: str
    anode_effect_minutes: Fraction

    def __post_init__(self) -> None:
        if self.anode_effect_minutes < 0:
            raise ValueError(
                f"{self.meter}: {self.anode_effect_minutes} minutes per cell day must be at least 0"
            )


def perfluorocarbons(
    smelting: Smelting, aluminium_g: Amounts, gwp: Gwp, basis: Basis
) -> tuple[Line | OpenItem | NotCounted, Line | OpenItem | NotCounted]:
    """Return the CO2e of CF4 = minutes x slope x Al and of C2F6 = CF4 x share."""
    return (
        _gas(smelting, aluminium_g, CF4, gwp, basis),
        _gas(smelting, aluminium_g, C2F6, gwp, basis),
    )


@told
def _gas(smelting: Smelting, aluminium_g: Amounts, gas: str, gwp: Gwp, basis: Basis) -> Line:
    meter = smelting.meter
    basis.require(Category.PROCESS, gas, meter)
    slope = basis.factor(f"pfc-slope:{smelting.technology}", meter)
    share = basis.factor(f"pfc-c2f6-share:{smelting.technology}", meter) if gas == C2F6 else None
    warms = warming(gas, gwp, basis, meter)
    kg_per_t = smelting.anode_effect_minutes * slope.stated() * (share.stated() if share else 1)
    per_g = round(kg_per_t / 1000 * warms.per("g"))
    used = (slope, share, warms) if share else (slope, warms)
    activity = Activity(meter, f"smelting:{gas}", Category.PROCESS, gas, aluminium_g, "g")
    return booked(activity, Made(per_g, used, "anode-effect minutes x slope x Al x GWP"), basis)
