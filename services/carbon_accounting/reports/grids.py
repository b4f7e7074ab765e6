"""Every kind of table as one grid, which is what both writers lay out."""

from dataclasses import dataclass

from services.carbon_accounting.domain.reporting.cells import Cell, Emitted, Quantity
from services.carbon_accounting.domain.reporting.measures import emissions_in
from services.carbon_accounting.domain.reporting.tables import (
    AnyTable,
    Column,
    LedgerTable,
    SideBySide,
)
from services.carbon_accounting.domain.reporting.wording import LEDGERS
from services.energy.site import Text


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns, rows below each other, and whether the last row is their total."""

    title: Text
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    ends_in_total: bool

    def column(self, place: int) -> list[Cell]:
        """Return the cells of one column."""
        return [row[place] for row in self.rows]

    def is_of_numbers(self, place: int) -> bool:
        """Whether a column is meant for numbers, or has any."""
        cells = self.column(place)
        has_measure = self.columns[place].measure is not None
        return has_measure or any(isinstance(cell, Quantity | Emitted) for cell in cells)


def grid_of(table: AnyTable) -> Grid:
    """Return a table as a grid; that of one ledger names it in its title."""
    if isinstance(table, SideBySide):
        return _side_by_side(table)
    rows = table.rows if table.total is None else (*table.rows, table.total)
    title = table.title
    if isinstance(table, LedgerTable):
        title = _with_ledger(title, LEDGERS[table.ledger])
    return Grid(title, table.columns, rows, table.total is not None)


def _side_by_side(table: SideBySide) -> Grid:
    ledgers = [column.book.ledger for column in table.columns]
    columns = [Column(LEDGERS[ledger], emissions_in(ledger.gas)) for ledger in ledgers]
    rows = tuple(
        (label, *(column.values[place] for column in table.columns))
        for place, label in enumerate(table.labels)
    )
    return Grid(table.title, (Column(table.heading), *columns), rows, ends_in_total=False)


def _with_ledger(title: Text, ledger: Text) -> Text:
    if title == ledger:
        return title
    return Text(f"{title.en} · {ledger.en}", f"{title.zh} · {ledger.zh}")
