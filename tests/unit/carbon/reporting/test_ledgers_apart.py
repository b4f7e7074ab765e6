"""Ledgers stand side by side; there is no place for a total over them."""

import pytest

from services.carbon_accounting.domain.ledgers import (
    Cbam,
    LocationBased,
    MarketBased,
    MixedLedgers,
    ParkAcceptance,
)
from services.carbon_accounting.domain.reporting.cells import NOT_BOOKED, Emitted
from services.carbon_accounting.domain.reporting.charts import Bars, Series, StackedBars
from services.carbon_accounting.domain.reporting.tables import (
    Column,
    LedgerColumn,
    LedgerTable,
    Table,
)
from services.energy.site import Text

TITLE = Text("emissions", "排放")
WORDS, TONNES = Column(Text("what", "何")), Column(Text("t", "吨"))


def test_emissions_of_one_ledger_are_added_with_their_doubts() -> None:
    first, second = Text("a", "甲"), Text("b", "乙")

    total = Emitted(Cbam, 1, (first,)) + Emitted(Cbam, 2, (second, first))

    assert total == Emitted(Cbam, 3, (first, second))


def test_emissions_of_two_ledgers_are_never_added() -> None:
    with pytest.raises(MixedLedgers, match="side by side"):
        Emitted(LocationBased, 1) + Emitted(MarketBased, 1)  # type: ignore[operator]


def test_a_table_of_a_ledger_takes_no_emissions_of_another() -> None:
    rows = ((TITLE, Emitted(MarketBased, 1)),)

    with pytest.raises(MixedLedgers, match="is of LocationBased"):
        LedgerTable(LocationBased, TITLE, (WORDS, TONNES), rows)


def test_the_total_of_a_ledgers_table_is_of_that_ledger() -> None:
    total = (TITLE, Emitted(Cbam, 1))

    with pytest.raises(MixedLedgers):
        LedgerTable(LocationBased, TITLE, (WORDS, TONNES), (), total)


def test_a_column_of_a_ledger_takes_no_emissions_of_another() -> None:
    with pytest.raises(MixedLedgers):
        LedgerColumn(ParkAcceptance, (NOT_BOOKED, Emitted(LocationBased, 1)))


def test_a_table_of_no_ledger_takes_no_emissions_at_all() -> None:
    with pytest.raises(MixedLedgers, match="use LedgerTable"):
        Table(TITLE, (WORDS, TONNES), ((TITLE, Emitted(Cbam, 1)),))


def test_bars_of_two_ledgers_stand_next_to_each_other_but_not_on_each_other() -> None:
    series = (
        Series("location", (Emitted(LocationBased, 1),)),
        Series("market", (Emitted(MarketBased, 1),)),
    )

    assert len(Bars(TITLE, "t", ("July",), series).series) == 2
    with pytest.raises(MixedLedgers, match="cannot be stacked"):
        StackedBars(TITLE, "t", ("July",), series)


def test_emissions_are_whole_nanograms() -> None:
    with pytest.raises(TypeError, match="whole nanograms"):
        Emitted(Cbam, 1.5)  # type: ignore[arg-type]
