"""CSV and Parquet files as columns; of CSV every cell stays text, with the line it stands in."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet
import pyarrow.types as kind

from services.carbon_accounting.domain.inventory.amounts import Amounts
from services.carbon_accounting.domain.inventory.readings import Mask
from services.carbon_accounting.input_files.mistakes import BadFiles, Mistake
from services.carbon_accounting.saved_files import NOT_UTF_8, odd_file

MOST_ODD = 1_000
"""With so many lines of another length a file is no table, and read no further."""
CELLS = (
    *(kind.is_string, kind.is_large_string, kind.is_dictionary, kind.is_timestamp),
    *(kind.is_integer, kind.is_floating, kind.is_decimal128, kind.is_null),
)
PARQUET = (".parquet", ".pq")


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Columns of a file and the line of each row (of Parquet: the row's number from 1).

    `odd` are lines with another number of fields than the header; they are no rows.
    """

    file: str
    columns: dict[str, pa.Array]
    lines: Amounts
    odd: tuple[Mistake, ...] = ()

    def __len__(self) -> int:
        return len(self.lines)


def table_of(path: Path) -> Table:
    """Return the columns of a file; BadFiles when it is no table."""
    try:
        return _parquet(path) if path.suffix.lower() in PARQUET else _csv(path)
    except FileNotFoundError:
        raise _unreadable(path, "is not there", "check the path") from None
    except UnicodeDecodeError:
        raise _unreadable(path, *NOT_UTF_8) from None
    except (pa.ArrowInvalid, OSError) as error:
        if "invalid UTF8" in str(error):
            raise _unreadable(path, *NOT_UTF_8) from None
        what = f"is no table: {str(error).splitlines()[0]}"
        raise _unreadable(path, what, "give a CSV with a header line, or Parquet") from None


def rows_of(path: Path) -> int | None:
    """Return how many rows a CSV (its header is none) or a Parquet file has; None for others."""
    if path.suffix.lower() in PARQUET:
        return int(parquet.read_metadata(path).num_rows)
    if path.suffix.lower() != ".csv":
        return None
    with path.open("rb") as file:
        return max(sum(1 for line in file if line.strip()) - 1, 0)


def _parquet(path: Path) -> Table:
    table = parquet.read_table(path)
    if mistakes := [*_columns_of_no_cells(path.name, table.schema)]:
        raise BadFiles(mistakes)
    columns = {name: table.column(name).combine_chunks() for name in table.column_names}
    return Table(path.name, columns, np.arange(1, table.num_rows + 1))


def _columns_of_no_cells(file: str, schema: pa.Schema) -> Iterator[Mistake]:
    for field in schema:
        if len(schema.get_all_field_indices(field.name)) > 1:
            yield Mistake(file, 1, field.name, "stands twice", "rename one")
        if not any(is_kind(field.type) for is_kind in CELLS):
            yield Mistake(file, 1, field.name, f"is {field.type}", "give times, numbers or texts")


def _csv(path: Path) -> Table:
    if odd_one := odd_file(path):
        raise _unreadable(path, *odd_one)
    with path.open(encoding="utf-8-sig") as file:
        header = file.readline().rstrip("\r\n").split(",")
    names = [name.strip().strip('"') for name in header]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadFiles([Mistake(path.name, 1, ", ".join(twice), "stands twice", "rename one")])
    if "" in names:
        what = f"of column {names.index('') + 1} is missing"
        cure = "name it, or take out the comma that is too many"
        raise BadFiles([Mistake(path.name, 1, "the name", what, cure)])
    odd: list[Mistake] = []
    table = _rows(path, names, odd)
    lines = np.arange(2, table.num_rows + len(odd) + 2)
    lines = np.setdiff1d(lines, [one.line for one in odd])
    if (blank := _blank(table)).any():
        table, lines = table.filter(pa.array(~blank)), lines[~blank]
    columns = {name: table.column(name).combine_chunks() for name in names}
    return Table(path.name, columns, lines, tuple(odd))


def _blank(table: pa.Table) -> Mask:
    """Return which rows are lines without a word."""
    blank: Mask = np.ones(table.num_rows, np.bool_)
    for column in table.columns:
        if not blank.any():
            return blank
        blank &= compute.equal(column, "").to_numpy()
    return blank


def _rows(path: Path, names: list[str], odd: list[Mistake]) -> pa.Table:
    """Return the rows of a CSV, all texts; BadFiles when too many lines are `odd`."""
    try:
        return _texts(path, names, odd)
    except pa.ArrowInvalid:
        if len(odd) < MOST_ODD:
            raise
        last = Mistake(path.name, odd[-1].line, "file", "is read no further", "correct the lines")
        raise BadFiles([*odd, last]) from None


def _texts(path: Path, names: list[str], odd: list[Mistake]) -> pa.Table:
    return arrow_csv.read_csv(
        path,
        read_options=arrow_csv.ReadOptions(column_names=names, skip_rows=1, use_threads=False),
        parse_options=arrow_csv.ParseOptions(
            ignore_empty_lines=False, invalid_row_handler=lambda row: _odd(path, row, odd)
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )


def _odd(path: Path, row: arrow_csv.InvalidRow, odd: list[Mistake]) -> str:
    line = row.number or 1
    what = f"has {row.actual_columns} fields where the header has {row.expected_columns}"
    odd.append(Mistake(path.name, line, "line", what, "give each line as many as the header"))
    return "skip" if len(odd) < MOST_ODD else "error"


def _unreadable(path: Path, what: str, cure: str) -> BadFiles:
    return BadFiles([Mistake(path.name, 1, "file", what, cure)])
