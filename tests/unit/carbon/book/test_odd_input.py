"""Input that is odd and was once taken in silence: told as an open item, or refused."""

from pathlib import Path

import pytest

from tests.support.booking import Row, run
from tests.unit.carbon.book.books import PARK, quarters
from tests.unit.carbon.book.files import mistakes_in_site

FACTORS = (
    "ledgers,quantity,gas,region,valid_from,valid_until,version,published,value,unit,ncv,ncv_unit,"
    "carbon_t_per_gj,oxidation,trust,unverified_because,source\n"
    "location_based,{fuel},CO2,CN,2024-01-01,2025-01-01,2,,30,kgCO2/Nm3,38.931,MJ/Nm3,0.01532,0.99,"
    "V,,a supplier\n"
)
STEEL = PARK + "  products:\n    - {id: steel, enterprise: a, unit: t}\n"


def odd_ones(folder: Path, park: str = PARK, **files: str) -> list[Row]:
    booked = run(folder, park, quarters(), **files)
    assert booked.code == 0, booked.refused
    return [row for row in booked.rows("open_items") if row["kind"] == "contradiction"]


def test_the_factors_of_a_sound_park_contradict_nothing(tmp_path: Path) -> None:
    assert odd_ones(tmp_path) == []


def test_a_factor_that_contradicts_its_own_parts_is_an_open_item_of_who_burns_it(
    tmp_path: Path,
) -> None:
    (item,) = odd_ones(tmp_path, factors=FACTORS.format(fuel="natural-gas"))

    assert item["subject"] == "boiler_a"
    assert "states 30 kgCO2/Nm3" in item["what"]
    assert "of its parts is 2.16502" in item["what"]
    own = (tmp_path / "books" / "open_items_by_enterprise.csv").read_text("utf-8")
    assert [line for line in own.splitlines() if line.startswith("a,contradiction,boiler_a")]


def test_a_published_factor_that_does_so_is_one_where_its_fuel_is_burnt(tmp_path: Path) -> None:
    oil = PARK.replace("natural-gas, unit: Nm3", "fuel-oil, unit: t")

    (item,) = odd_ones(tmp_path, oil)

    assert "fuel-oil: states 3.171 tCO2/t" in item["what"]


def test_a_row_of_an_own_file_that_nothing_uses_is_held_against_its_parts_too(
    tmp_path: Path,
) -> None:
    (item,) = odd_ones(tmp_path, factors=FACTORS.format(fuel="town-gas"))

    assert (item["subject"], item["what"][:9]) == ("factors", "town-gas:")


@pytest.mark.parametrize(
    ("ncv", "times"), [("35.5", "912"), ("0.0355", None), ("0.0195", None), ("0.0077", "0.198")]
)
def test_a_heat_of_combustion_far_from_the_default_is_an_open_item(
    tmp_path: Path, ncv: str, times: str | None
) -> None:
    park = PARK.replace("unit: Nm3,", f"unit: Nm3, ncv_gj_per_unit: {ncv},")

    told = [item["what"] for item in odd_ones(tmp_path, park)]

    if times is None:
        assert told == []
    else:
        (what,) = told
        assert what == f"{ncv} GJ per Nm3 is {times} times the default 38.931 MJ/Nm3"


def test_what_was_made_in_years_that_are_not_booked_is_refused(tmp_path: Path) -> None:
    made = "period,product,amount\n2024-01,steel,2\n2034-01,steel,2\n2023-12-31,steel,1\n"

    booked = run(tmp_path, STEEL, quarters(), production=made)

    assert booked.code == 2
    first, second = booked.refused.splitlines()
    assert first.startswith("production.csv:3: period is of 2034-01, and the readings are of 2024")
    assert second.startswith("production.csv:4: period is of 2023-12")


def test_a_month_beside_its_own_days_is_refused(tmp_path: Path) -> None:
    made = "period,product,amount\n2024-01,steel,2\n2024-01-05,steel,2\n2024-02-01,steel,1\n"

    booked = run(tmp_path, STEEL, quarters(), production=made)

    assert booked.code == 2
    (told,) = booked.refused.splitlines()
    assert told.startswith("production.csv:3: period is a day of 2024-01, which line 2 tells")


def test_two_enterprises_of_one_id_are_refused(tmp_path: Path) -> None:
    park = PARK[: PARK.index("accounting:")].replace("{id: b,", "{id: a,")

    told = mistakes_in_site(tmp_path, PARK[PARK.index("accounting:") :], park)

    assert "tenants[a].id: stands twice ('a')" in told
