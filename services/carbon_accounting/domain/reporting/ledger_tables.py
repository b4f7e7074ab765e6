"""Tables and charts of booked lines; each is of one book, or has a column for each."""

from collections.abc import Iterable, Sequence

from services.carbon_accounting.domain.ledgers import (
    B,
    Battery,
    Book,
    Cbam,
    EmissionTrading,
    LocationBased,
    MarketBased,
    ParkAcceptance,
    ProductFootprint,
)
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.reporting.cells import (
    NOT_BOOKED,
    Absent,
    Cell,
    Emitted,
    Name,
    Quantity,
    together,
)
from services.carbon_accounting.domain.reporting.charts import Bars, Series, StackedBars
from services.carbon_accounting.domain.reporting.grouping import grouped
from services.carbon_accounting.domain.reporting.measures import amount_in, emissions_in
from services.carbon_accounting.domain.reporting.records import BookedLine, Scope
from services.carbon_accounting.domain.reporting.tables import (
    Column,
    LedgerColumn,
    LedgerTable,
    SideBySide,
)
from services.carbon_accounting.domain.reporting.wording import ALL_SCOPES, LEDGERS, SCOPES, TOTAL
from services.energy.site import Text

BOOKS: tuple[type[Book], ...] = (
    ParkAcceptance,
    LocationBased,
    MarketBased,
    ProductFootprint,
    Cbam,
    EmissionTrading,
    Battery,
)
WITHIN = (Scope.DIRECT, Scope.ENERGY, Scope.VALUE_CHAIN)


def lines_of(book: type[Book], lines: Iterable[BookedLine]) -> list[BookedLine]:
    """Return the lines of one ledger."""
    return [line for line in lines if line.ledger is book.ledger]


def books_in(lines: Iterable[BookedLine]) -> list[type[Book]]:
    """Return the books that hold any line, in the order of the ledgers."""
    booked = {line.ledger for line in lines}
    return [book for book in BOOKS if book.ledger in booked]


def emitted(book: type[B], lines: Iterable[BookedLine]) -> Emitted[B] | Absent:
    """Return the sum of the lines of `book`, other ledgers left aside; none is absent, not 0."""
    found = lines_of(book, lines)
    if not found:
        return NOT_BOOKED
    reasons = together(line.unverified for line in found)
    return Emitted(book, sum(line.nanograms for line in found), reasons)


def in_scope(lines: Iterable[BookedLine], *scopes: Scope) -> list[BookedLine]:
    """Return the lines of these scopes."""
    return [line for line in lines if line.scope in scopes]


def scopes_side_by_side(title: Text, lines: Sequence[BookedLine]) -> SideBySide:
    """Return the scopes as rows and the ledgers as columns."""
    parts = [in_scope(lines, scope) for scope in WITHIN]
    parts += [in_scope(lines, *WITHIN), in_scope(lines, Scope.OUTSIDE)]
    return SideBySide(
        title,
        Text("Scope", "范围"),
        (*(SCOPES[scope] for scope in WITHIN), ALL_SCOPES, SCOPES[Scope.OUTSIDE]),
        tuple(
            LedgerColumn(book, tuple(emitted(book, part) for part in parts))
            for book in books_in(lines)
        ),
    )


def scopes_chart(title: Text, lines: Sequence[BookedLine]) -> Bars:
    """Return bars of the scopes, the ledgers next to each other."""
    series = [
        Series(
            LEDGERS[book.ledger],
            tuple(emitted(book, in_scope(lines, scope)) for scope in WITHIN),
        )
        for book in books_in(lines)
    ]
    return Bars(title, "t", tuple(SCOPES[scope] for scope in WITHIN), tuple(series))


def scope_columns(book: type[Book]) -> tuple[Column, ...]:
    """Return the columns of the scopes, of all together and of what is outside."""
    measure = emissions_in(book.ledger.gas)
    names = [SCOPES[scope] for scope in WITHIN]
    return tuple(Column(name, measure) for name in (*names, ALL_SCOPES, SCOPES[Scope.OUTSIDE]))


def scope_cells(book: type[Book], lines: Sequence[BookedLine]) -> tuple[Cell, ...]:
    """Return one cell for each of the scope columns."""
    each: list[Cell] = [emitted(book, in_scope(lines, scope)) for scope in WITHIN]
    return (
        *each,
        emitted(book, in_scope(lines, *WITHIN)),
        emitted(book, in_scope(lines, Scope.OUTSIDE)),
    )


def by_group(
    book: type[B],
    title: Text,
    heading: Text,
    groups: Sequence[tuple[Name, Sequence[BookedLine]]],
) -> LedgerTable[B]:
    """Return a row for each group with its scopes, and their total within this ledger."""
    everything = [line for _, lines in groups for line in lines]
    return LedgerTable(
        book,
        title,
        (Column(heading), *scope_columns(book)),
        tuple((label, *scope_cells(book, lines)) for label, lines in groups),
        (TOTAL, *scope_cells(book, everything)),
    )


def by_activity(book: type[B], title: Text, lines: Sequence[BookedLine]) -> LedgerTable[B]:
    """Return a row for each scope and activity with its amount and emissions."""
    groups = grouped(lines_of(book, lines), _activity)
    rows = tuple(
        (SCOPES[key[0]], key[1], _amount(groups[key]), emitted(book, groups[key]))
        for key in sorted(groups, key=_place)
    )
    within = emitted(book, in_scope(lines, *WITHIN))
    measure = emissions_in(book.ledger.gas)
    columns = (
        Column(Text("Scope", "范围")),
        Column(Text("Activity", "排放活动")),
        Column(Text("Amount", "活动水平")),
        Column(Text("Emissions", "排放量"), measure),
    )
    total = (ALL_SCOPES, TOTAL, "", within)
    return LedgerTable(book, title, columns, rows, total)


def by_month_chart(
    book: type[Book], title: Text, months: Sequence[Month], lines: Sequence[BookedLine]
) -> StackedBars:
    """Return the months of one ledger with their scopes on top of each other."""
    mine = grouped(lines_of(book, lines), lambda line: (line.scope, line.month))
    series = [
        Series(
            SCOPES[scope], tuple(emitted(book, mine.get((scope, month), ())) for month in months)
        )
        for scope in WITHIN
        if any((scope, month) in mine for month in months)
    ]
    unit = emissions_in(book.ledger.gas).unit
    return StackedBars(title, unit, tuple(str(month) for month in months), tuple(series))


def _amount(lines: Sequence[BookedLine]) -> Quantity:
    amount = sum(line.amount for line in lines)
    return Quantity(amount, amount_in(amount, lines[0].unit))


def _activity(line: BookedLine) -> tuple[Scope, Name, str]:
    return (line.scope, line.activity, line.unit)


def _place(key: tuple[Scope, Name, str]) -> tuple[int, str, str]:
    scope, activity, unit = key
    name = activity.en if isinstance(activity, Text) else activity
    return (list(SCOPES).index(scope), name, unit)
