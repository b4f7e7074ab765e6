"""Published prices (CSV) as people meet them: every mistake at once, with its line and cure."""

from pathlib import Path

import pytest

from services.carbon_accounting.book.prices_file import read_prices
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.input_files.mistakes import BadFiles
from tests.support.costing import a_site

METERS = """
  meters:
    - {id: grid, role: grid_import}
    - {id: load, role: consumption, enterprise: a}
  streams: [{id: boiler, activity: combustion, substance: natural-gas, unit: Nm3, enterprise: a}]
"""
HEADER = "start,end,position,price_micros_per_unit,unit\n"
TWO = "2024-01-01T00:00,2024-01-01T01:00,grid,500000,kWh\n"
THREE = "2024-01-01T01:00,2024-01-01T02:00,grid,-20000,kWh\n"


@pytest.fixture(scope="module")
def site() -> Site:
    return a_site(METERS)


def mistakes(folder: Path, site: Site, text: str) -> list[str]:
    file = folder / "prices.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadFiles) as bad:
        read_prices(file, site)
    return str(bad.value).splitlines()


def test_prices_may_be_negative_and_a_row_twice_counts_once(tmp_path: Path, site: Site) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(HEADER + THREE + TWO + TWO, encoding="utf-8")

    (line, found), *others = read_prices(file, site).items()

    assert (line, others) == (("grid", "Wh"), [])
    assert found.nanos.tolist() == [500_000, -20_000]  # micros per kWh are nanos per Wh
    assert (found.ends_us - found.starts_us).tolist() == [3600 * 10**6] * 2


def test_all_mistakes_are_told_at_once_with_their_lines(tmp_path: Path, site: Site) -> None:
    rows = [
        TWO,
        "2024-01-01T00:30,2024-01-01T01:00,grid,1,kWh\n",
        "2024-01-01T03:00,2024-01-01T04:00,grid,1,kWh\n",
        "2024-01-01T00:00,2024-01-01T01:00,gird,1,kWh\n",
        "2024-01-01T00:00,2024-01-01T01:00,natural-gas,1,kWh\n",
        "2024-01-01T01:00,2024-01-01T02:00,natural-gas,0.5,Nm3\n",
        "2024-01-01T00:07,2024-01-01T00:07,pv,1,MWh\n",
    ]

    told = mistakes(tmp_path, site, HEADER + "".join(rows))

    assert told == [
        "prices.csv:3: start of grid overlaps line 2, which holds until 2023-12-31T17:00:00Z - "
        "give each moment one price",
        "prices.csv:4: start of grid leaves a gap: no price from 2023-12-31T17:00:00Z to "
        "2023-12-31T19:00:00Z - give its price",
        "prices.csv:5: position is 'gird', which the park does not have - did you mean grid?",
        "prices.csv:6: unit is 'kWh', in which natural-gas is not counted - give a price per Nm3",
        "prices.csv:7: price_micros_per_unit is '0.5' - write whole millionths of the currency, at "
        "most 12 digits, as 620000 for 0.62",
        "prices.csv:8: end is not after start - name the moment from which the price no longer "
        "holds",
        "prices.csv:8: unit is 'MWh' - did you mean kWh?",
    ]


def test_a_price_that_changes_within_an_interval_is_refused(tmp_path: Path, site: Site) -> None:
    (told,) = mistakes(tmp_path, site, HEADER + "2024-01-01T00:10,2024-01-01T01:00,grid,1,kWh\n")

    assert "start lies within an interval of 0:15:00 - give the border of an interval" in told


def test_a_file_without_a_row_is_refused(tmp_path: Path, site: Site) -> None:
    assert mistakes(tmp_path, site, HEADER) == [
        "prices.csv:1: file holds no price - give a row a span"
    ]


def test_a_column_that_lacks_is_told(tmp_path: Path, site: Site) -> None:
    (told,) = mistakes(tmp_path, site, "start,end,position,price_micros_per_unit\n")

    assert told.startswith("prices.csv:1: unit is no column - give the columns start, end,")


def test_a_substance_may_be_priced_by_its_volume_and_by_its_mass(tmp_path: Path) -> None:
    by_mass = "{id: oven, activity: combustion, substance: natural-gas, unit: t, enterprise: a}"
    site = a_site(METERS.rstrip().removesuffix("]") + f", {by_mass}]\n")
    span = "2024-01-01T00:00,2024-01-01T01:00,natural-gas"
    file = tmp_path / "prices.csv"
    file.write_text(f"{HEADER}{span},3000000,Nm3\n{span},4000000,kg\n", encoding="utf-8")

    found = read_prices(file, site)

    assert [position for position, _ in found] == ["natural-gas", "natural-gas"]
