"""CSV files, streamed in blocks of bounded size; every column stays text until it is parsed."""

import bisect
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.csv as arrow_csv

from services.ingest.importing.blocks import Block, Mistake, Report, Unreadable
from services.ingest.importing.mapping import FileMapping

BLOCK_BYTES = 1024 * 1024  # Arrow reads some of them ahead
HEADER_LINES = 1


class CsvFile:
    """A CSV file whose first line names the columns."""

    def __init__(self, path: Path, mapping: FileMapping) -> None:
        self.path, self._mapping = path, mapping
        self._size = max(1, path.stat().st_size)
        self._read = 0
        self._odd_lines: list[int] = []
        self._report: Report = lambda mistake: None
        self.columns: tuple[str, ...] = ()
        with path.open("rb") as file:
            self.columns = tuple(self._open(file).schema.names)
        self._require_distinct_names()
        self.types: Mapping[str, pa.DataType] = dict.fromkeys(self.columns, pa.binary())

    def _require_distinct_names(self) -> None:
        twice = sorted({name for name in self.columns if self.columns.count(name) > 1})
        if twice:
            names = ", ".join(map(repr, twice))
            raise Unreadable(f"{self.path}, line 1: {names} stand twice - give columns other names")

    @property
    def share(self) -> float:
        """Return how much has been read, 0 to 1."""
        return min(1.0, self._read / self._size)

    def blocks(self, columns: tuple[str, ...], report: Report) -> Iterator[Block]:
        """Yield these columns as text; a line with another number of fields is a mistake."""
        self._odd_lines, self._report, line = [], report, HEADER_LINES + 1
        with self.path.open("rb") as file:
            try:
                for batch in self._open(file):
                    self._read = file.tell()
                    number = self._lines(batch.num_rows, line)
                    line = int(number[-1]) + 1 if len(number) else line
                    yield _block(batch, columns, number)
            except pa.ArrowInvalid as error:
                raise Unreadable(f"{self.path}: {error} - is it the CSV that was meant?") from None

    def _lines(self, rows: int, line: int) -> npt.NDArray[np.int64]:
        """Return the lines of the next rows, the first of which is at `line` or behind it."""
        number = np.arange(line, line + rows)
        for odd in self._odd_lines[bisect.bisect_left(self._odd_lines, line) :]:
            number[number >= odd] += 1
        return number

    def _open(self, file: object) -> arrow_csv.CSVStreamingReader:
        try:
            return arrow_csv.open_csv(
                file,
                read_options=arrow_csv.ReadOptions(
                    block_size=BLOCK_BYTES, encoding=self._mapping.encoding, use_threads=False
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=self._mapping.delimiter,
                    invalid_row_handler=self._odd,
                    ignore_empty_lines=False,
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(self.columns, pa.binary()), strings_can_be_null=False
                ),
            )
        except (pa.ArrowInvalid, UnicodeDecodeError) as error:
            raise Unreadable(f"{self.path}, line 1: {error} - name the columns there") from None

    def _odd(self, row: arrow_csv.InvalidRow) -> str:
        self._odd_lines.append(row.number)
        what = f"has {row.actual_columns} fields, the first line has {row.expected_columns}"
        cure = "give every line the same number of fields; the delimiter is in the mapping"
        self._report(Mistake(str(self.path), row.number, f"line {row.number}", what, cure))
        return "skip"


def _block(batch: pa.RecordBatch, columns: tuple[str, ...], number: npt.NDArray[np.int64]) -> Block:
    """Return the rows of a batch that are not blank lines."""
    lengths = [np.asarray(compute.binary_length(column)) for column in batch.columns]
    said = np.logical_or.reduce([length > 0 for length in lengths])
    if not said.all():
        batch, number = batch.filter(pa.array(said)), number[said]
    return Block({name: batch.column(name) for name in columns}, number)
