"""Entries in columns: exact nanograms, one order, chained files, totals by month."""

import csv
import hashlib
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.book.entries_file import write_entries
from services.carbon_accounting.domain.inventory.entries import (
    Block,
    Line,
    Stamp,
    TooMuch,
    block,
    exact_sum,
)
from services.carbon_accounting.domain.inventory.totals import totals_of
from services.carbon_accounting.domain.ledgers import Ledger
from services.energy.time_grid import to_microseconds
from tests.support.builders import MORNING

SHANGHAI = ZoneInfo("Asia/Shanghai")
QUARTER_US = 900_000_000
FOSSIL = 832_500_000  # 0.8325 kg/kWh in ng/Wh
STAMP = Stamp("park_acceptance/fossil-power/CN/2022", 1, "V2", "", "activity data x factor")


X


def booked(amounts: list[int], line: Line | None = None, start_us: int | None = None) -> Block:
    first = to_microseconds(MORNING) if start_us is None else start_us
    starts = first + QUARTER_US * np.arange(len(amounts))
    ones = np.ones(len(amounts), bool)
    line = line or a_line()
    return block(
        Ledger.PARK_ACCEPTANCE, line, STAMP, FOSSIL, starts, np.array(amounts, np.int64), ones
    )


def test_ten_kwh_of_fossil_power_are_8325_grams() -> None:
    made = booked([10_000, 0, 1])

    assert made.amounts.tolist() == [10_000, 1]  # an interval with nothing has no entry
    assert made.emissions_ng.tolist() == [8_325 * 10**9, 832_500_000]


def test_an_entry_too_large_for_its_column_names_the_meter() -> None:
    with pytest.raises(TooMuch, match="load: an interval with 83250 t is more than one entry"):
        booked([10**11])


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=20), st.data())
def test_splitting_a_line_over_enterprises_changes_no_total(
    wh: list[int], data: st.DataObject
) -> None:
    parts = [data.draw(st.integers(0, amount)) for amount in wh]
    whole = booked(wh)
    one = booked(parts, a_line(enterprise="a"))
    other = booked([a - b for a, b in zip(wh, parts, strict=True)], a_line(enterprise="b"))

    total = exact_sum(whole.emissions_ng)
    assert exact_sum(one.emissions_ng) + exact_sum(other.emissions_ng) == total == sum(wh) * FOSSIL


def test_a_month_is_local(tmp_path: Path) -> None:
    new_year = to_microseconds(MORNING.replace(year=2024, month=1, day=31, hour=15, minute=45))

    totals = totals_of([booked([1_000, 2_000], start_us=new_year)], SHANGHAI)

    assert [(key.month, total.amount) for key, total in totals.items()] == [
        ("2024-01", 1_000),
        ("2024-02", 2_000),
    ]


def test_the_same_entries_make_the_same_files_in_any_order(tmp_path: Path) -> None:
    blocks = [booked([1, 2, 3], a_line(meter)) for meter in ("c", "a", "b")]

    one = write_entries(tmp_path / "one", blocks, SHANGHAI)
    other = write_entries(tmp_path / "other", blocks[::-1], SHANGHAI)

    assert [link.link for link in one] == [link.link for link in other]
    assert one[0].entries == 9


def test_each_link_is_the_hash_of_the_one_before_and_the_file(tmp_path: Path) -> None:
    new_year = to_microseconds(MORNING.replace(year=2024, month=1, day=31, hour=15, minute=45))

    first, second = write_entries(tmp_path / "e", [booked([1, 2], start_us=new_year)], SHANGHAI)

    of_file = hashlib.sha256((tmp_path / second.file).read_bytes()).hexdigest()
    assert second.link == hashlib.sha256((first.link + of_file).encode()).hexdigest()
    assert first.link == hashlib.sha256(("0" * 64 + first.sha256).encode()).hexdigest()
    rows = [*csv.DictReader((tmp_path / first.file).read_text().splitlines())]
    assert (rows[0]["start"], rows[0]["meter"], rows[0]["emissions_ng"]) == (
        "2024-01-31 15:45:00Z",
        "load",
        "832500000",
    )
