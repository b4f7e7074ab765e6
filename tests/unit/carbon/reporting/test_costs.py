"""Costs in an enterprise's inventory: its own alone, and what is not known is said so."""

from dataclasses import replace
from pathlib import Path

import pytest

from services.carbon_accounting.book.report_inputs import inventory_inputs, year_up_to
from services.carbon_accounting.book.written_books import WrittenBooks, opened
from services.carbon_accounting.domain.reporting.activity_names import ORIGINS
from services.carbon_accounting.domain.reporting.cells import NOT_KNOWN, Quantity
from services.carbon_accounting.domain.reporting.inventory import NotItsOwn, enterprise_inventory
from services.carbon_accounting.domain.reporting.tables import Table
from tests.support.booking import run
from tests.unit.carbon.book.books import quarters
from tests.unit.carbon.costing.test_books import PARK, PRICES


def the_books(folder: Path, prices: str = PRICES) -> WrittenBooks:
    return opened(run(folder, PARK + prices, quarters()).folder, ("costs.csv",))


def table_of(books: WrittenBooks, enterprise: str) -> Table | None:
    """The table of costs of an inventory."""
    period = year_up_to(books.months[-1], books.months)
    report = enterprise_inventory(inventory_inputs(books, period, enterprise))
    blocks = [block for section in report.sections for block in section.blocks]
    found = [b for b in blocks if isinstance(b, Table) and b.title.en == "Cost by position"]
    return found[0] if found else None


def test_an_inventory_tells_what_each_position_cost_and_their_sum(tmp_path: Path) -> None:
    table = table_of(the_books(tmp_path), "b")

    # 2 MWh of the grid at 0.60 and 0.8 of the roof at 0.30
    assert table is not None
    assert [row[0] for row in table.rows] == [ORIGINS["grid"], ORIGINS["pv"]]
    costs = [row[2].amount for row in table.rows if isinstance(row[2], Quantity)]
    assert costs == [120_000, 24_000]
    assert table.total is not None
    (sum_of,) = [cell for cell in table.total if isinstance(cell, Quantity)]
    assert (sum_of.amount, sum_of.measure.unit) == (144_000, "CNY")


def test_a_position_without_a_price_is_not_known_and_neither_is_the_sum(tmp_path: Path) -> None:
    table = table_of(the_books(tmp_path), "a")  # a burns gas, which has no price

    assert table is not None
    assert [row[2] for row in table.rows if row[2] == NOT_KNOWN] == [NOT_KNOWN]
    assert table.total is not None
    assert table.total[2] == NOT_KNOWN


def test_where_no_price_is_stated_there_is_no_table(tmp_path: Path) -> None:
    assert table_of(the_books(tmp_path, ""), "a") is None


def test_a_cost_of_another_enterprise_is_refused(tmp_path: Path) -> None:
    books = the_books(tmp_path)
    period = year_up_to(books.months[-1], books.months)
    of_a, of_b = (inventory_inputs(books, period, name) for name in "ab")

    with pytest.raises(NotItsOwn, match=r"costs of \['b'\]"):
        enterprise_inventory(replace(of_a, costs=of_b.costs))
