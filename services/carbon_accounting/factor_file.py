"""The factor file `factors/factors.csv`: one row is one version of one factor (rules H.1)."""

import csv
from fractions import Fraction
from pathlib import Path

from services.carbon_accounting.domain.booking import QUANTITIES
from services.carbon_accounting.domain.factors import (
    ANYWHERE,
    Factor,
    FactorSet,
    FactorStore,
    FactorYear,
)
from services.carbon_accounting.domain.ledgers import Ledger
from services.energy.site import Park

FACTOR_FILE = Path(__file__).parent / "factors" / "factors.csv"
# kg/kWh = g/Wh; 1 t/GJ = 10^9 mg / (10^9 J / 3600 J per Wh)
MG_PER_WH = {"kg/kWh": Fraction(1000), "t/GJ": Fraction(3600)}
LEDGERS = {ledger.key: ledger for ledger in Ledger}
NATIONAL = "CN"


def load_factors(path: Path = FACTOR_FILE) -> FactorStore:
    """Return all factors of the file; ValueError names every row that is wrong."""
    factors: list[Factor] = []
    mistakes: list[str] = []
    with path.open(newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                factors.append(_factor(row))
            except (ValueError, KeyError) as mistake:
                mistakes.append(f"{path.name}:{number}: {mistake}")
    if mistakes:
        raise ValueError("\n".join(mistakes))
    return FactorStore(factors)


def _factor(row: dict[str, str]) -> Factor:
    if row["unit"] not in MG_PER_WH:
        raise ValueError(f"unit {row['unit']!r} is none of {', '.join(MG_PER_WH)}")
    if row["ledger"] not in LEDGERS:
        raise ValueError(f"ledger {row['ledger']!r} is none of {', '.join(LEDGERS)}")
    return Factor(
        ledger=LEDGERS[row["ledger"]],
        quantity=row["quantity"],
        region=row["region"],
        year=None if row["year"] == ANYWHERE else int(row["year"]),
        version=int(row["version"]),
        mg_per_wh=Fraction(row["value"]) * MG_PER_WH[row["unit"]],
        trust=row["trust"],
        source=row["source"],
        unverified_because=row["unverified_because"],
    )


def factors_for(park: Park, acceptance_year: int, store: FactorStore) -> FactorSet:
    """Return the factors the park books with; MissingFactor names every one there is not.

    The fossil-power factor and the residual mix are national; annex 4 names the fossil-power
    factor by its own year (rules A.2).
    """
    year = park.carbon.factor_year
    choices = {
        Ledger.PARK_ACCEPTANCE: FactorYear(NATIONAL, acceptance_year),
        Ledger.LOCATION_BASED: FactorYear(park.carbon.grid_region, year),
        Ledger.MARKET_BASED: FactorYear(NATIONAL, year),
    }
    return FactorSet.chosen(store, choices, QUANTITIES)
