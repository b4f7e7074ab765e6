"""Power by the way it came: which factor each ledger takes for an origin (rules 0.1(3), C.4, C.5).

Claims by certificate or contract are matched elsewhere; here every Wh is booked by its origin, or
by the rate that its certificate conveys where the ledger has no factor for the rest (D.1).
"""

from services.carbon_accounting.domain.activities.basis import Activity, Basis, Made, booked, told
from services.carbon_accounting.domain.activities.line import Category, Line
from services.carbon_accounting.domain.factoring.exact import Amounts
from services.carbon_accounting.domain.ledgers import Ledger

GRID_KINDS = frozenset({"grid", "unknown", "unaccounted"})
"""Origins that count as grid power: also what nobody knows, the conservative reading."""
GRID = "grid-electricity"
GRID_QUANTITY = {Ledger.PARK_ACCEPTANCE: "fossil-power", Ledger.MARKET_BASED: "residual-mix"}


def quantity_of(kind: str, ledger: Ledger) -> str:
    """Return which factor a ledger takes for an origin, as `fossil-power`, `pv-electricity`."""
    if kind in GRID_KINDS:
        return GRID_QUANTITY.get(ledger, GRID)
    if kind == "fossil" and ledger is Ledger.PARK_ACCEPTANCE:
        return GRID_QUANTITY[ledger]
    return f"{kind}-electricity"


@told
def supplied(kind: str, meter: str, energy_wh: Amounts, basis: Basis) -> Line:
    """Return the emissions of power consumed from one origin (grid, pv, wind, hydro …)."""
    basis.require(Category.PURCHASED_ELECTRICITY, "CO2", meter)
    factor = basis.factor(quantity_of(kind, basis.boundary.ledger), meter)
    made = Made(factor.ng_per("Wh"), (factor,), f"energy x {factor.shown}")
    return booked(_activity(kind, meter, factor.gas, energy_wh), made, basis)


@told
def conveyed(kind: str, meter: str, energy_wh: Amounts, ng_per_wh: int, basis: Basis) -> Line:
    """Return the emissions of power at the rate that its certificate conveys; no factor is asked.

    The line names no factor and no method: whoever knows the certificate does.
    """
    basis.require(Category.PURCHASED_ELECTRICITY, "CO2", meter)
    return booked(_activity(kind, meter, "CO2", energy_wh), Made(ng_per_wh, (), ""), basis)


def _activity(kind: str, meter: str, gas: str, energy_wh: Amounts) -> Activity:
    name = f"electricity:{kind}"
    return Activity(meter, name, Category.PURCHASED_ELECTRICITY, gas, energy_wh, "Wh")
