"""Entries in columns: exact nanograms, one order, chained files, totals."""

import csv
import hashlib
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.book.chain import chained, digest_of
from services.carbon_accounting.book.entries_file import write_month
from services.carbon_accounting.domain.activities.line import Category, FactorRef, Line
from services.carbon_accounting.domain.factoring.exact import exact_sum, product
from services.carbon_accounting.domain.inventory.entries import Block, Place, block_of
from services.carbon_accounting.domain.inventory.totals import added
from services.carbon_accounting.domain.ledgers import Ledger
from services.energy.time_grid import to_microseconds
from tests.support.builders import MORNING

QUARTER_US = 900_000_000
FOSSIL = 832_500_000  # 0.8325 kg/kWh in ng/Wh


def booked(wh: list[int], meter: str = "load", enterprise: str = "a") -> Block:
    """Fossil power of one meter from the morning on."""
    amounts = np.array(wh, np.int64)
    line = Line(
        ledger=Ledger.PARK_ACCEPTANCE,
        subject=meter,
        activity="electricity:grid",
        category=Category.PURCHASED_ELECTRICITY,
        gas="CO2",
        amount=amounts,
        unit="Wh",
        factors=(FactorRef("park_acceptance/fossil-power/CN/2022", 1),),
        method="energy x 0.8325 kgCO2/kWh",
        unverified=(),
        emissions_ng=product(amounts, FOSSIL, meter),
        counted=True,
    )
    starts = to_microseconds(MORNING) + QUARTER_US * np.arange(len(wh))
    place = Place(enterprise, "electricity", "electricity-use", "grid:import")
    return block_of(line, place, starts, np.ones(len(wh), bool))


def test_ten_kwh_of_fossil_power_are_8325_grams() -> None:
    made = booked([10_000, 0, 1])

    assert made.amounts.tolist() == [10_000, 1]  # an interval with nothing has no entry
    assert made.emissions_ng.tolist() == [8_325 * 10**9, 832_500_000]


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=20), st.data())
def test_splitting_over_enterprises_changes_no_total(wh: list[int], data: st.DataObject) -> None:
    parts = [data.draw(st.integers(0, amount)) for amount in wh]
    rest = [amount - part for amount, part in zip(wh, parts, strict=True)]

    ng = [exact_sum(booked(some).emissions_ng) for some in (wh, parts, rest)]

    assert ng[1] + ng[2] == ng[0] == sum(wh) * FOSSIL


def test_a_total_holds_amount_emissions_and_how_many_entries() -> None:
    totals = added(added({}, [booked([1_000, 2_000])], "2024-01"), [booked([500])], "2024-02")

    assert [(key.month, t.amount, t.emissions_ng, t.entries) for key, t in totals.items()] == [
        ("2024-01", 3_000, 3_000 * FOSSIL, 2),
        ("2024-02", 500, 500 * FOSSIL, 1),
    ]


def test_the_same_entries_make_the_same_file_in_any_order(tmp_path: Path) -> None:
    blocks = [booked([1, 2, 3], meter) for meter in ("c", "a", "b")]

    rows = write_month(tmp_path / "one.csv", blocks)
    write_month(tmp_path / "other.csv", blocks[::-1])

    assert rows == 9
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "other.csv").read_bytes()


def test_a_row_says_what_it_is_made_of(tmp_path: Path) -> None:
    write_month(tmp_path / "month.csv", [booked([1])])

    (row,) = csv.DictReader((tmp_path / "month.csv").read_text().splitlines())
    assert (row["start"], row["meter"], row["enterprise"]) == ("2019-06-03 22:00:00Z", "load", "a")
    assert (row["scope"], row["counted"], row["quality"]) == ("2", "true", "measured")
    assert row["factors"] == "park_acceptance/fossil-power/CN/2022 v1"
    assert (row["amount"], row["emissions_ng"]) == ("1", "832500000")


def test_each_link_is_the_hash_of_the_one_before_and_the_file(tmp_path: Path) -> None:
    months = []
    for month, wh in (("2024-01", [1]), ("2024-02", [2])):
        write_month(tmp_path / f"{month}.csv", [booked(wh)])
        months.append((month, f"{month}.csv", 1, digest_of(tmp_path / f"{month}.csv")))

    first, second = chained("park_acceptance", months)

    of_file = hashlib.sha256((tmp_path / "2024-02.csv").read_bytes()).hexdigest()
    assert first.link == hashlib.sha256(("0" * 64 + first.sha256).encode()).hexdigest()
    assert second.link == hashlib.sha256((first.link + of_file).encode()).hexdigest()
