"""Decimals of Parquet are read to their last digit: no float is between a value and its Wh."""

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.book.decimals import Decimals
from services.carbon_accounting.book.production_file import read_production
from services.carbon_accounting.book.readings_file import read_readings
from services.carbon_accounting.domain.inventory.amounts import TooLarge
from services.carbon_accounting.input_files.mistakes import BadFiles
from tests.unit.carbon.book.files import ACCOUNTING, a_site
from tests.unit.carbon.book.test_readings_file import of

TIMES = pa.array([1_704_038_400_000_000 + n * 900_000_000 for n in range(3)])
START = TIMES.cast(pa.timestamp("us", "UTC"))
KWH = [Decimal("12.345500"), None, Decimal("0.012500")]


def decimals(scale: int, *values: Decimal | None) -> pa.Array:
    return pa.array(values, pa.decimal128(38, scale))


@pytest.mark.parametrize("layout", ["wide", "long"])
@pytest.mark.parametrize("scale", [6, 18])
def test_readings_of_decimals_are_whole_units_half_to_even(
    tmp_path: Path, layout: str, scale: int
) -> None:
    columns = {"time": START, "grid": decimals(scale, *KWH)}
    if layout == "long":
        columns = {
            "time": START,
            "meter": pa.array(["grid"] * 3),
            "value": decimals(scale, *KWH),
        }
    parquet.write_table(pa.table(columns), tmp_path / "r.parquet")

    read = read_readings(tmp_path / "r.parquet", a_site(tmp_path))

    assert of(read, "grid") == [12_346, None, 12]  # 12345.5 and 12.5 Wh


def test_a_digit_that_no_float_holds_decides_what_is_above_a_half() -> None:
    just_above, half = Decimal("12.34450000000000000001"), Decimal("12.3445")

    assert float(just_above) == float(half)
    read = Decimals.of(decimals(20, just_above, half))
    assert read is not None
    assert read.whole(Fraction(1000)).tolist() == [12_345, 12_344]


@given(st.lists(st.decimals(-(10**9), 10**9, places=12), min_size=1, max_size=20), st.data())
def test_whole_units_are_those_of_exact_arithmetic(
    values: list[Decimal], data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(values) - 1))
    read = Decimals.of(decimals(12, *values).slice(first))

    assert read is not None
    assert read.whole(Fraction(1000)).tolist() == [
        int((value * 1000).to_integral_value(ROUND_HALF_EVEN)) for value in values[first:]
    ]


@pytest.mark.parametrize("scale", [0, 6])
def test_more_than_whole_units_can_count_is_refused(scale: int) -> None:
    too_much = Decimals.of(decimals(scale, Decimal(10**13), Decimal(1)))

    assert too_much is not None
    with pytest.raises(TooLarge, match="1e\\+13 is more than whole base units can count"):
        too_much.whole(Fraction(1000))


def test_a_reading_of_decimals_that_is_too_large_or_below_zero_is_told_with_its_row(
    tmp_path: Path,
) -> None:
    columns = {
        "time": START,
        "grid": decimals(3, Decimal(1), Decimal(10**13), Decimal(1)),
        "load_a": decimals(3, Decimal(1), Decimal(1), Decimal(-1)),
    }
    parquet.write_table(pa.table(columns), tmp_path / "r.parquet")

    with pytest.raises(BadFiles) as bad:
        read_readings(tmp_path / "r.parquet", a_site(tmp_path))

    large, negative = map(str, bad.value.mistakes)
    assert large.startswith("r.parquet:2: grid 1e+13 is more than whole")
    assert negative.startswith("r.parquet:3: load_a is -1: nothing counts below zero")


def test_what_was_made_may_be_decimals(tmp_path: Path) -> None:
    site = a_site(tmp_path, ACCOUNTING + "  products: [{id: steel, enterprise: a, unit: t}]\n")
    made = {"period": ["2024-01"], "product": ["steel"], "amount": decimals(3, Decimal("41.5"))}
    parquet.write_table(pa.table(made), tmp_path / "p.parquet")

    assert read_production(tmp_path / "p.parquet", site) == {("steel", "2024-01"): 41_500_000}
