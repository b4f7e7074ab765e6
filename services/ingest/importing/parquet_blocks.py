"""Parquet files, read row group by row group in blocks of bounded size."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as arrow_parquet

from services.ingest.importing.blocks import Block, Report, Unreadable

BLOCK_ROWS = 64 * 1024


class ParquetFile:
    """A Parquet file; a row is named by its row group and its number there, both from 1."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with arrow_parquet.ParquetFile(path) as file:
                self.columns = tuple(file.schema_arrow.names)
                types = dict(zip(self.columns, file.schema_arrow.types, strict=True))
                self.types: Mapping[str, pa.DataType] = types
                self._rows = max(1, int(file.metadata.num_rows))
        except pa.ArrowInvalid as error:
            raise Unreadable(f"{path}: {error} - is it a Parquet file?") from None
        self._read = 0

    @property
    def share(self) -> float:
        """Return how much has been read, 0 to 1."""
        return min(1.0, self._read / self._rows)

    def blocks(self, columns: tuple[str, ...], _: Report) -> Iterator[Block]:
        """Yield these columns in the types the file has."""
        self._read = 0
        with arrow_parquet.ParquetFile(self.path) as file:
            try:
                for group in range(file.num_row_groups):
                    yield from self._group(file, group, columns)
            except (pa.ArrowInvalid, OSError) as error:
                raise Unreadable(f"{self.path}: {error} - copy the file anew") from None

    def _group(
        self, file: arrow_parquet.ParquetFile, group: int, columns: tuple[str, ...]
    ) -> Iterator[Block]:
        row = 1
        for batch in file.iter_batches(BLOCK_ROWS, row_groups=[group], columns=list(columns)):
            number = np.arange(row, row + batch.num_rows)
            row += batch.num_rows
            self._read += batch.num_rows
            content = {name: batch.column(name) for name in columns}
            yield Block(content, number, f"row group {group + 1}, row {{}}")
