"""What went into stores and came out: CSV of charge and discharge records (docs/carbon-storage.md).

Columns `record`, `kind`, `store`, `from`, `to`, `quantity`, `unit`, `certificate`, and `charge`
where an operator tells its pairs.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from services.carbon_accounting.book.arrow_tables import Table, table_of
from services.carbon_accounting.book.cells import texts
from services.carbon_accounting.domain.certificates.storage import (
    ChargeRecord,
    DischargeRecord,
    RecordRefused,
)
from services.carbon_accounting.input_files.certificate_cells import Cells
from services.carbon_accounting.input_files.mistakes import BadFiles, Mistake
from services.energy.time_grid import Interval

COLUMNS = ("record", "kind", "store", "from", "to", "quantity", "unit", "certificate")
CHARGE = "charge"
MOST_RECORDS = 20_000


class Kind(StrEnum):
    """What a record is of."""

    CHARGE = "charge"
    DISCHARGE = "discharge"


@dataclass(frozen=True, slots=True)
class StorageFile:
    """The records of a file in its order, and the line of each by its id."""

    name: str
    charges: list[ChargeRecord] = field(default_factory=list)
    discharges: list[DischargeRecord] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)

    def told(self, refused: Iterable[RecordRefused]) -> Iterator[Mistake]:
        """Yield what is refused of records with their lines."""
        for one in refused:
            line, why = self.lines[one.record_id], one.refused
            yield Mistake(self.name, line, why.field, repr(why.value), why.why)


def read_storage(path: Path, zone: ZoneInfo) -> StorageFile:
    """Return the records of a file; BadFiles with every mistake. Dates are midnight in `zone`."""
    table = table_of(path)
    mistakes = [*table.odd, *_header_mistakes(table)]
    found = StorageFile(table.file)
    if not mistakes and len(table) > MOST_RECORDS:
        what, cure = f"holds {len(table)} records", f"give up to {MOST_RECORDS}"
        mistakes.append(Mistake(table.file, 1, "file", what, cure))
    for line, row in _rows(table) if not mistakes else ():
        cells = Cells(table.file, line, row, zone)
        _read_row(cells, found, line)
        mistakes += dict.fromkeys(cells.mistakes)
    if mistakes:
        raise BadFiles(mistakes)
    return found


def _header_mistakes(table: Table) -> Iterator[Mistake]:
    cure = f"give the columns {', '.join((*COLUMNS, CHARGE))}; the last may lack"
    for name in (name for name in COLUMNS if name not in table.columns):
        yield Mistake(table.file, 1, name, "is no column", cure)
    for name in (name for name in table.columns if name not in (*COLUMNS, CHARGE)):
        yield Mistake(table.file, 1, name, "is an unknown column", cure)


def _rows(table: Table) -> Iterator[tuple[int, dict[str, str]]]:
    columns = {name: texts(column) for name, column in table.columns.items()}
    for row, line in enumerate(table.lines.tolist()):
        yield line, {name: names[of_row[row]] for name, (names, of_row) in columns.items()}


def _read_row(cells: Cells, file: StorageFile, line: int) -> None:
    """Add the record of a row, unless it has mistakes."""
    id, kind, span = cells.name("record"), cells.one_of("kind", Kind), _span(cells)
    store = cells.name("store")
    if id and id in file.lines:
        cells.wrong("record", f"stands in line {file.lines[id]} too; give each its own")
    file.lines.setdefault(id, line)
    charge = _charge(cells, id, store, span) if kind is not Kind.DISCHARGE else None
    discharge = _discharge(cells, id, store, span) if kind is Kind.DISCHARGE else None
    if cells.mistakes:
        return
    if charge is not None:
        file.charges.append(charge)
    if discharge is not None:
        file.discharges.append(discharge)


def _span(cells: Cells) -> Interval | None:
    start, end = cells.needed_moment("from"), cells.needed_moment("to")
    if start is not None and end is not None and end <= start:
        cells.wrong("to", "must be after from")
        return None
    return None if start is None or end is None else Interval(start, end)


def _charge(cells: Cells, id: str, store: str, span: Interval | None) -> ChargeRecord | None:
    certificate_id = cells.text("certificate")
    told = cells.text("quantity") or cells.text("unit") or not certificate_id
    charge_wh = cells.whole_wh("quantity", "unit") if told else None
    if cells.text(CHARGE):
        cells.wrong(CHARGE, "only a discharge names a charge; leave it empty")
    return None if span is None else ChargeRecord(id, store, span, certificate_id, charge_wh)


def _discharge(cells: Cells, id: str, store: str, span: Interval | None) -> DischargeRecord | None:
    if cells.text("certificate"):
        cells.wrong("certificate", "a discharge gets one of its own; leave it empty")
    discharge_wh = cells.whole_wh("quantity", "unit")
    if span is None or discharge_wh is None:
        return None
    return DischargeRecord(id, store, span, discharge_wh, cells.text(CHARGE))
