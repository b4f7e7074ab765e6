"""The factors of the rules, and a park's books to put activities into."""

from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path

from services.carbon_accounting.domain.activities.basis import Basis
from services.carbon_accounting.domain.activities.boundary import Sector, boundary_of
from services.carbon_accounting.domain.activities.line import Line, NotCounted, OpenItem
from services.carbon_accounting.domain.factoring.factor import Factor, Validity
from services.carbon_accounting.domain.factoring.store import FactorStore
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.input_files.factor_import import load_factor_store
from services.carbon_accounting.input_files.factor_row import COLUMNS

TONNE_NG = 10**15
KG_NG = 10**12
MID_2023 = date(2023, 7, 1)


@cache
def rules_factors() -> FactorStore:
    return load_factor_store()


def books(
    ledger: Ledger = Ledger.PARK_ACCEPTANCE,
    *,
    at: date = MID_2023,
    region: str = "CN",
    factors: FactorStore | None = None,
    sector: Sector = Sector.OTHER,
) -> Basis:
    return Basis(boundary_of(ledger, sector), factors or rules_factors(), region, at)


def cbam(*, sector: Sector = Sector.OTHER) -> Basis:
    return books(Ledger.CBAM, at=date(2024, 7, 1), sector=sector)


def line(outcome: Line | OpenItem | NotCounted) -> Line:
    assert isinstance(outcome, Line), outcome
    return outcome


def years(first: int, end: int) -> Validity:
    return Validity(date(first, 1, 1), date(end, 1, 1))


def a_factor(**changes: object) -> Factor:
    """A grid factor of 0.5 kgCO2/kWh for 2023 in CN, but for `changes`."""
    fields: dict[str, object] = {
        "ledger": Ledger.LOCATION_BASED,
        "quantity": "grid-electricity",
        "gas": "CO2",
        "region": "CN",
        "validity": years(2023, 2024),
        "version": 1,
        "value": Fraction(1, 2),
        "digits": 1,
        "unit": "kgCO2/kWh",
        "trust": "V",
        "source": "a document",
    }
    return Factor(**(fields | changes))  # type: ignore[arg-type]


GOOD_ROW = {
    "ledgers": "location_based",
    "quantity": "grid-electricity",
    "gas": "CO2",
    "region": "CN",
    "valid_from": "2030-01-01",
    "valid_until": "2031-01-01",
    "version": "1",
    "value": "0.4",
    "unit": "kgCO2/kWh",
    "trust": "V",
    "source": "a document",
}
A_FUEL = {
    "quantity": "syngas",
    "value": "2.0",
    "unit": "kgCO2/Nm3",
    "ncv": "30",
    "ncv_unit": "MJ/Nm3",
    "carbon_t_per_gj": "0.02",
    "oxidation": "1",
}


def a_text(*rows: dict[str, str]) -> str:
    """The text of a factor file of good rows, but for what each row says."""
    full = [GOOD_ROW | row for row in rows]
    text = [",".join(COLUMNS), *(",".join(row.get(c, "") for c in COLUMNS) for row in full)]
    return "\n".join(text) + "\n"


def a_file(folder: Path, *rows: dict[str, str], name: str = "own.csv") -> Path:
    """A factor file of good rows, but for what each row says."""
    path = folder / name
    path.write_text(a_text(*rows), encoding="utf-8")
    return path
