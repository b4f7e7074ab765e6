"""The fuels as a table for people, made from the factor files so that it cannot go stale.

`python -m services.carbon_accounting.input_files.factor_table` prints what
`docs/carbon-factors.md` must hold.
"""

from collections.abc import Iterator
from datetime import date

from services.carbon_accounting.domain.factoring.factor import Factor, FuelParts
from services.carbon_accounting.domain.factoring.fuel import (
    contradiction,
    default_ng_per,
    oxidation_of,
)
from services.carbon_accounting.domain.factoring.store import FactorStore
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.input_files.factor_import import load_factor_store

DAY = date(2024, 7, 1)
NG_PER_TONNE = 10**15
GUIDELINE, BORDER = Ledger.PARK_ACCEPTANCE, Ledger.CBAM
DISPLAYED_BOILER = "oxidation:industrial-boiler"
HEAD = (
    "| Fuel | NCV | CC tC/GJ | OF | tCO2 per t or 10^4 Nm3 | CBAM EF | CBAM NCV | To know |\n"
    "|---|---|---|---|---|---|---|---|"
)


def fuel_table(store: FactorStore) -> str:
    """Return the fuels of the China guidelines and of CBAM side by side, as markdown."""
    return "\n".join([HEAD, *_rows(store)])


def _rows(store: FactorStore) -> Iterator[str]:
    for fuel in dict.fromkeys(f.quantity for f in sorted(store, key=_place) if f.parts):
        china = store.find(GUIDELINE, fuel, "*", DAY)
        border = store.find(BORDER, fuel, "*", DAY)
        cells = [
            *_china(china if isinstance(china, Factor) else None, store),
            *_border(border if isinstance(border, Factor) else None),
            _told(china, border),
        ]
        yield f"| {fuel} | {' | '.join(cells)} |"


def _place(factor: Factor) -> tuple[int, str]:
    return factor.ledger, factor.quantity


def _china(factor: Factor | None, store: FactorStore) -> tuple[str, str, str, str]:
    if factor is None or factor.parts is None or factor.parts.carbon_t_per_gj is None:
        return ("–",) * 4
    parts, carbon = factor.parts, factor.parts.carbon_t_per_gj
    boiler = store.find(GUIDELINE, DISPLAYED_BOILER, "*", DAY)
    by_equipment = boiler.stated() if isinstance(boiler, Factor) else None
    oxidation = oxidation_of(factor, by_equipment)
    shown = f"{float(oxidation):g}" if parts.oxidation else f"by equipment, {float(oxidation):g}"
    base, amount = ("Ndm3", 10**7) if "Nm3" in parts.ncv_unit else ("g", 10**6)
    tonnes = default_ng_per(factor, base, oxidation) * amount / NG_PER_TONNE
    return _heat(parts), f"{float(carbon):g}", shown, f"{tonnes:.3f}"


def _border(factor: Factor | None) -> tuple[str, str]:
    if factor is None or factor.parts is None:
        return ("–",) * 2
    return factor.shown, _heat(factor.parts)


def _heat(parts: FuelParts) -> str:
    return f"{float(parts.ncv):g} {parts.ncv_unit}"


def _told(*factors: object) -> str:
    found = [factor for factor in factors if isinstance(factor, Factor)]
    trust = "/".join(factor.trust for factor in found)
    against = [contradiction(factor).partition(": ")[2] for factor in found]
    doubts = [factor.unverified_because for factor in found]
    return "; ".join(filter(None, [trust, *doubts, *against]))


if __name__ == "__main__":
    print(fuel_table(load_factor_store()))
