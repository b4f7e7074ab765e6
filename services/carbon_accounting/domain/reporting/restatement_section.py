"""Restatements: both versions of what a ledger holds, the difference and the reason."""

from collections.abc import Sequence

from services.carbon_accounting.domain.ledgers import B
from services.carbon_accounting.domain.reporting.cells import (
    NOT_BOOKED,
    NOT_STATED,
    Absent,
    Cell,
    Emitted,
    together,
)
from services.carbon_accounting.domain.reporting.content import Paragraph, Section
from services.carbon_accounting.domain.reporting.doubts import told
from services.carbon_accounting.domain.reporting.ledger_tables import BOOKS
from services.carbon_accounting.domain.reporting.measures import (
    emissions_in,
)
from services.carbon_accounting.domain.reporting.records import (
    BookedVersion,
    Enterprise,
    Restatement,
)
from services.carbon_accounting.domain.reporting.tables import Column, LedgerTable
from services.carbon_accounting.domain.reporting.wording import (
    LEDGERS,
    NONE_RESTATED,
    TOTAL,
    name_of,
    utc,
)
from services.energy.site import Text


def restatements_section(
    restatements: Sequence[Restatement], enterprises: Sequence[Enterprise]
) -> Section:
    """Return both versions of what was restated, a table for each ledger."""
    heading = Text("Restatements", "重述")
    tables = []
    for book in BOOKS:
        mine = [each for each in restatements if each.ledger is book.ledger]
        if mine:
            tables.append(_restated(book, mine, enterprises))
    return Section(heading, tuple(tables) or (Paragraph(NONE_RESTATED),))


def _restated(
    book: type[B], restatements: Sequence[Restatement], enterprises: Sequence[Enterprise]
) -> LedgerTable[B]:
    measure = emissions_in(book.ledger.gas)
    columns = (
        Column(Text("Month", "月份")),
        Column(Text("Enterprise", "企业")),
        Column(Text("Activity", "排放活动")),
        Column(Text("As reported", "原版本")),
        Column(Text("Emissions", "原排放量"), measure),
        Column(Text("As known now", "现版本")),
        Column(Text("Emissions", "现排放量"), measure),
        Column(Text("Difference", "差值"), measure),
        Column(Text("Reason", "原因")),
        Column(Text("Approved by", "批准人")),
    )
    rows = tuple(_restatement(book, each, enterprises) for each in restatements)
    change = Emitted(book, 0)
    for each in restatements:
        change += _difference(book, each)
    total = (TOTAL, "", "", "", "", "", "", change, "", "")
    return LedgerTable(book, LEDGERS[book.ledger], columns, rows, total)


def _restatement(
    book: type[B], each: Restatement, enterprises: Sequence[Enterprise]
) -> tuple[Cell, ...]:
    return (
        str(each.month),
        name_of(each.enterprise, enterprises),
        each.activity,
        _version(each.before),
        _emissions(book, each.before),
        _version(each.after),
        _emissions(book, each.after),
        _difference(book, each),
        told(each.reason),
        each.approved_by or NOT_STATED,
    )


def _difference(book: type[B], each: Restatement) -> Emitted[B]:
    """Return by how much the booked emissions changed; what was not booked adds nothing."""
    change = (each.after.nanograms or 0) - (each.before.nanograms or 0)
    return Emitted(book, change, together((each.before.unverified, each.after.unverified)))


def _version(version: BookedVersion) -> str:
    return f"v{version.version}, {utc(version.known_at)}"


def _emissions(book: type[B], version: BookedVersion) -> Emitted[B] | Absent:
    if version.nanograms is None:
        return NOT_BOOKED
    return Emitted(book, version.nanograms, version.unverified)
