"""What the indicators' words of electricity come to, of one hour that fits into a head."""

import argparse
from fractions import Fraction
from pathlib import Path

from services.carbon_accounting.book.indicators import incomplete
from services.carbon_accounting.book.inputs import read_inputs
from services.carbon_accounting.book.output import booked_into
from services.carbon_accounting.domain.inventory.measuring import Measuring
from tests.unit.carbon.book.books import CERTIFICATES, PARK, quarters

CURTAILED = """    - {id: lost, activity: resource, substance: green.curtailed, unit: MWh}
"""


def megawatt_hours(
    folder: Path, *names: str, park: str = PARK, certificates: str = CERTIFICATES, **more: str
) -> list[Fraction | None]:
    """The words of the hour in MWh; None where a word is not there."""
    for name, text in {"p.yaml": park, "r.csv": quarters(**more), "c.csv": certificates}.items():
        (folder / name).write_text(text, encoding="utf-8")
    asked = argparse.Namespace(
        park=folder / "p.yaml",
        readings=folder / "r.csv",
        certificates=folder / "c.csv" if certificates else None,
        factors=[],
        production=None,
    )
    inputs = read_inputs(asked)
    inventory = booked_into(folder / "out", inputs, "csv").inventory
    lacking = incomplete(inventory)
    words = Measuring(inventory, inputs.site, inputs.factors, {}, lacking).amounts(["2024-01"])
    return [words[name].value / 10**6 if name in words else None for name in names]


def test_a_certificate_bought_apart_covers_market_power_and_leaves_the_parks_as_it_is(
    tmp_path: Path,
) -> None:
    names = ("grid_unmatched", "traded_green", "unbundled_certificates")

    found = megawatt_hours(tmp_path, *(f"electricity.{name}" for name in names))

    assert found == [4, 1, 1]


def test_where_certificates_count_in_the_core_none_is_left_apart(tmp_path: Path) -> None:
    park = PARK.replace("  factor_year", "  gec_counts_in_park_core: true\n  factor_year", 1)
    names = ("grid_unmatched", "traded_green", "unbundled_certificates", "unbundled_counted")

    found = megawatt_hours(tmp_path, *(f"electricity.{name}" for name in names), park=park)

    assert found == [3, 1, 0, 1]


def test_without_certificates_all_grid_power_is_unmatched(tmp_path: Path) -> None:
    names = ("electricity.grid_unmatched", "electricity.traded_green")

    assert megawatt_hours(tmp_path, *names, certificates="") == [4, 0]


def test_a_ledger_that_lacks_a_factor_knows_its_certificates_and_not_the_rest(
    tmp_path: Path,
) -> None:
    park = PARK.replace("factor_year: 2023", "factor_year: 1995")  # nobody published it
    names = ("grid_unmatched", "traded_green", "unbundled_certificates", "total")

    found = megawatt_hours(
        tmp_path, *(f"electricity.{name}" for name in names), park=park, certificates=""
    )

    assert found[:3] == [None, 0, 0]  # what is matched needs no factor
    assert found[3] == Fraction("5.6")


def test_available_generation_is_used_sold_and_curtailed(tmp_path: Path) -> None:
    park = PARK + CURTAILED  # 0.25 MWh a quarter hour
    names = ("self_used", "sold", "curtailed", "available")

    found = megawatt_hours(tmp_path, *(f"green.{n}" for n in names), park=park, lost="0.25")

    assert found == [Fraction("1.6"), Fraction("0.4"), 1, 3]


def test_available_generation_is_not_known_where_nobody_meters_what_is_curtailed(
    tmp_path: Path,
) -> None:
    assert megawatt_hours(tmp_path, "green.available", "green.sold") == [None, Fraction("0.4")]


def test_what_is_curtailed_is_not_known_where_a_quarter_hour_of_it_is_not(tmp_path: Path) -> None:
    names = ("green.curtailed", "green.available", "green.sold")

    found = megawatt_hours(tmp_path, *names, park=PARK + CURTAILED, lost="")

    assert found == [None, None, Fraction("0.4")]


def test_a_park_that_exports_nothing_has_sold_nothing(tmp_path: Path) -> None:
    park = PARK.replace("    - {id: out, role: export}\n", "")
    names = ("electricity.exported", "green.sold")

    found = megawatt_hours(tmp_path, *names, park=park, without="out", pv="400")

    assert found == [0, 0]
