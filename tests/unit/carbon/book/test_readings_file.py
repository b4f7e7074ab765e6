"""Readings from files: whole base units, what is unknown, and every mistake with its line."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from services.carbon_accounting.book.readings_file import read_readings
from services.carbon_accounting.domain.inventory.readings import ActivityData
from tests.unit.carbon.book.files import a_site, mistakes_in_readings, readings

WIDE = """
    time,grid,load_a
    2024-01-01T00:00:00+08:00,10,4.0005
    2024-01-01T00:15:00+08:00,,6
"""
LONG = """
    time,meter,value
    2023-12-31T16:15:00Z,load_a,6
    2023-12-31T16:00:00Z,grid,10
    2024-01-01 00:00,load_a,4.0005
"""


def of(read: ActivityData, meter: str) -> list[int | None]:
    """What a meter counted, in base units; None where nobody knows."""
    row = read.rows[meter]
    pairs = zip(read.amounts[row].tolist(), read.known[row].tolist(), strict=True)
    return [amount if known else None for amount, known in pairs]


@pytest.mark.parametrize("text", [WIDE, LONG], ids=["wide", "long"])
def test_both_layouts_say_the_same(tmp_path: Path, text: str) -> None:
    read = readings(tmp_path, a_site(tmp_path), text)

    assert read.begins == datetime(2023, 12, 31, 16, tzinfo=UTC)
    assert of(read, "grid") == [10_000, None]
    assert of(read, "load_a") == [4_000, 6_000]  # 4000.5 Wh: half to even
    assert of(read, "pv") == [None, None]


def test_parquet_says_the_same_as_csv(tmp_path: Path) -> None:
    site = a_site(tmp_path)
    times = [datetime(2023, 12, 31, 16, tzinfo=UTC), datetime(2023, 12, 31, 16, 15, tzinfo=UTC)]
    table = pa.table({"time": times, "grid": [10.0, None], "load_a": [4.0005, 6.0]})
    parquet.write_table(table, tmp_path / "readings.parquet")

    read = read_readings(tmp_path / "readings.parquet", site)

    wide = readings(tmp_path, site, WIDE)
    assert np.array_equal(read.amounts, wide.amounts)
    assert np.array_equal(read.known, wide.known)


def test_an_interval_that_no_line_names_is_unknown(tmp_path: Path) -> None:
    read = readings(
        tmp_path,
        a_site(tmp_path),
        """
        time,grid
        2024-01-01T00:00:00Z,1
        2024-01-01T00:30:00Z,3
        """,
    )

    assert of(read, "grid") == [1_000, None, 3_000]


def test_the_same_line_twice_counts_once(tmp_path: Path) -> None:
    read = readings(
        tmp_path,
        a_site(tmp_path),
        """
        time,meter,value,quality
        2024-01-01T00:00:00Z,grid,1,measured
        2024-01-01T00:00:00Z,grid,1,measured
        2024-01-01T00:15:00Z,grid,2,estimated
        """,
    )

    assert of(read, "grid") == [1_000, 2_000]
    assert read.measured[read.rows["grid"]].tolist() == [True, False]


def test_a_register_is_read_as_differences(tmp_path: Path) -> None:
    site = a_site(
        tmp_path,
        "accounting: {meters: [{id: grid, role: grid_import, counts: register, unit: MWh}]}",
    )
    read = readings(
        tmp_path,
        site,
        """
        time,grid
        2024-01-01T00:00:00Z,7.000
        2024-01-01T00:15:00Z,7.010
        2024-01-01T00:30:00Z,
        2024-01-01T00:45:00Z,7.050
        """,
    )

    assert of(read, "grid") == [10_000, None, None]


def test_the_last_reading_of_a_register_begins_no_interval(tmp_path: Path) -> None:
    site = a_site(
        tmp_path,
        """
        accounting:
          meters:
            - {id: grid, role: grid_import, counts: register}
            - {id: load, role: consumption}
        """,
    )
    read = readings(
        tmp_path,
        site,
        """
        time,grid,load
        2024-01-01T00:00:00Z,7,2
        2024-01-01T00:15:00Z,9,
        """,
    )

    assert (of(read, "grid"), of(read, "load")) == ([2_000], [2_000])


def test_one_reading_of_a_register_counts_nothing(tmp_path: Path) -> None:
    site = a_site(
        tmp_path, "accounting: {meters: [{id: grid, role: grid_import, counts: register}]}"
    )

    told = mistakes_in_readings(tmp_path, site, "time,grid\n2024-01-01T00:00:00Z,7\n")

    assert told == [
        "readings.csv:1: file holds one reading of each register, which counts nothing - give the "
        "next reading too"
    ]


def test_a_register_that_falls_is_a_mistake(tmp_path: Path) -> None:
    site = a_site(
        tmp_path, "accounting: {meters: [{id: grid, role: grid_import, counts: register}]}"
    )
    told = mistakes_in_readings(
        tmp_path, site, "time,grid\n2024-01-01T00:00:00Z,7\n2024-01-01T00:15:00Z,6\n"
    )

    assert told == [
        "readings.csv:3: grid falls after 2024-01-01T00:00:00+00:00 - give a register that only "
        "grows, or interval values"
    ]


def test_all_mistakes_of_a_wide_file_are_told_with_their_lines(tmp_path: Path) -> None:
    told = mistakes_in_readings(
        tmp_path,
        a_site(tmp_path),
        """
        time,grid,lod_a
        2024-01-01T00:00:00Z,ten,1
        2024-01-01T00:15:00Z,1,2,3
        noon,-4,1
        2024-01-01T00:20:00Z,inf,1
        """,
    )

    assert told == [
        "readings.csv:1: lod_a is a column that the park file does not declare - did you mean "
        "load_a?",
        "readings.csv:2: grid is 'ten', no number - write a number like 12.5",
        "readings.csv:3: line has 4 fields where the header has 3 - give each line as many as the "
        "header",
        "readings.csv:4: grid is -4: nothing counts below zero - give the other direction a meter "
        "of its own",
        "readings.csv:4: time is 'noon', no time - write 2024-01-31T00:15:00+08:00",
        "readings.csv:5: grid is inf - leave it empty where unknown",
        "readings.csv:5: time is 2024-01-01T00:20:00+00:00, between two intervals - intervals of "
        "0:15:00 begin on the hour",
    ]


def test_of_many_meters_an_unknown_one_does_not_list_all(tmp_path: Path) -> None:
    meters = "".join(f"    - {{id: load_{n}, role: consumption}}\n" for n in range(100))
    site = a_site(tmp_path, f"accounting:\n  meters:\n{meters}")

    told = mistakes_in_readings(tmp_path, site, "time,zzzz\n2024-01-01T00:00:00Z,1\n")

    assert told == [
        "readings.csv:1: zzzz is a column that the park file does not declare - declare it under "
        "accounting.meters or streams, or leave it out"
    ]


def test_two_values_for_one_place_are_a_mistake(tmp_path: Path) -> None:
    told = mistakes_in_readings(
        tmp_path,
        a_site(tmp_path),
        """
        time,meter,value
        2024-01-01T00:00:00Z,grid,1
        2024-01-01T00:00:00Z,grid,2
        """,
    )

    assert told == [
        "readings.csv:2: value of grid is given twice with two values, here and in line 3 - "
        "keep the right one"
    ]


def test_an_hour_that_a_clock_shows_twice_needs_its_offset(tmp_path: Path) -> None:
    park = """
    park: {id: mill, name: {en: Mill, zh: 工厂}, time_zone: Europe/London, currency: GBP}
    """
    site = a_site(tmp_path, "accounting: {meters: [{id: grid, role: grid_import}]}", park)

    told = mistakes_in_readings(tmp_path, site, "time,grid\n2024-10-27 01:30,5\n")

    assert told == [
        "readings.csv:2: time is '2024-10-27 01:30', which the clock of Europe/London shows twice "
        "or never - write its offset, as 2024-10-27T01:30:00+01:00"
    ]


@pytest.mark.parametrize("text", ["", "time,grid\n", "grid\n1\n", "\x00\x01"])
def test_a_file_without_readings_is_refused(tmp_path: Path, text: str) -> None:
    assert mistakes_in_readings(tmp_path, a_site(tmp_path), text)
