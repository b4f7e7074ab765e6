"""Tables that cannot mix ledgers.

Emissions of several ledgers may stand side by side (`SideBySide`, a column each); no type here can
hold a total over ledgers.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias

from services.carbon_accounting.domain.ledgers import B, Ledger, MixedLedgers
from services.carbon_accounting.domain.reporting.cells import (
    Cell,
    Emitted,
    Name,
    Quantity,
    Value,
)
from services.carbon_accounting.domain.reporting.measures import Measure
from services.energy.site import Text


@dataclass(frozen=True, slots=True)
class Column:
    """A heading. With a measure every number below has it and the heading names the unit."""

    heading: Text
    measure: Measure | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Words and quantities; emissions stand in the tables of ledgers instead."""

    title: Text
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None

    def __post_init__(self) -> None:
        _check_width(self.title, self.columns, _with_total(self.rows, self.total))
        if any(isinstance(cell, Emitted) for cell in self.cells()):
            raise MixedLedgers(f"table {self.title.en!r} names no ledger; use LedgerTable for it")

    def cells(self) -> Iterator[Cell]:
        """All cells, row by row."""
        return (cell for row in _with_total(self.rows, self.total) for cell in row)


@dataclass(frozen=True, slots=True)
class LedgerTable(Generic[B]):
    """A table of one ledger, which it carries; emissions of another one are refused."""

    book: type[B]
    title: Text
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None

    def __post_init__(self) -> None:
        _check_width(self.title, self.columns, _with_total(self.rows, self.total))
        _check_book(self.title, self.book, self.cells())

    @property
    def ledger(self) -> Ledger:
        """The ledger all its emissions are of."""
        return self.book.ledger

    def cells(self) -> Iterator[Cell]:
        """All cells, row by row."""
        return (cell for row in _with_total(self.rows, self.total) for cell in row)


@dataclass(frozen=True, slots=True)
class LedgerColumn(Generic[B]):
    """Emissions of one ledger, one a row."""

    book: type[B]
    values: tuple[Value, ...]

    def __post_init__(self) -> None:
        _check_book(Text("side by side", "并列"), self.book, self.values)


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Ledgers next to each other, a column each, with the same rows."""

    title: Text
    heading: Text
    labels: tuple[Name, ...]
    columns: tuple[LedgerColumn[Any], ...]

    def __post_init__(self) -> None:
        for column in self.columns:
            if len(column.values) != len(self.labels):
                raise ValueError(
                    f"{column.book.__name__} has {len(column.values)} values for "
                    f"{len(self.labels)} rows of {self.title.en!r}"
                )

    def cells(self) -> Iterator[Cell]:
        """All cells, row by row."""
        for place, label in enumerate(self.labels):
            yield label
            yield from (column.values[place] for column in self.columns)


AnyTable: TypeAlias = Table | LedgerTable[Any] | SideBySide


def _with_total(
    rows: tuple[tuple[Cell, ...], ...], total: tuple[Cell, ...] | None
) -> tuple[tuple[Cell, ...], ...]:
    return rows if total is None else (*rows, total)


def _check_width(
    title: Text, columns: tuple[Column, ...], rows: Iterable[tuple[Cell, ...]]
) -> None:
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"table {title.en!r} has {len(columns)} columns, a row {len(row)}")
        for column, cell in zip(columns, row, strict=True):
            _check_measure(title, column, cell)


def _check_measure(title: Text, column: Column, cell: Cell) -> None:
    if column.measure is None or not isinstance(cell, Quantity | Emitted):
        return
    if cell.measure != column.measure:
        raise ValueError(
            f"table {title.en!r}: {cell.measure.unit} stands in column {column.heading.en!r} "
            f"of {column.measure.unit}"
        )


def _check_book(title: Text, book: type[Any], cells: Iterable[Cell]) -> None:
    strangers = {c.book.__name__ for c in cells if isinstance(c, Emitted) and c.book is not book}
    if strangers:
        raise MixedLedgers(f"{title.en!r} is of {book.__name__}, not of {sorted(strangers)}")
