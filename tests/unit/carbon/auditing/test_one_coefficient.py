"""Comprehensive energy is reckoned for indicators and for audits: of the same coefficients."""

from datetime import date
from fractions import Fraction

from ruamel.yaml import YAML

from services.carbon_accounting.coal_equivalent_import import COAL_EQUIVALENTS
from services.carbon_accounting.domain.factoring.factor import Factor
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.units import ratio
from services.carbon_accounting.factor_import import load_factor_store

ALSO_CALLED = {"coal-middlings": "middlings", "low-pressure-steam": "steam-3763"}


def test_a_carrier_has_the_same_coal_equivalent_in_both_files() -> None:
    store = load_factor_store()
    stated = {
        row["carrier"]: (Fraction(str(row["kgce"])), row["unit"])
        for row in YAML(typ="safe").load(COAL_EQUIVALENTS)["coefficients"]
        if "kgce" in row
    }

    for carrier, (kgce, unit) in stated.items():
        quantity = f"coal-equivalent:{ALSO_CALLED.get(carrier, carrier)}"
        factor = store.find(Ledger.PARK_ACCEPTANCE, quantity, "CN", date(2025, 1, 1))
        assert isinstance(factor, Factor), carrier
        assert factor.stated() * ratio(factor.unit, f"kgce/{unit}") == kgce, carrier
    assert len(stated) >= 15
