"""CSV files, packed or not, row by row with their line numbers."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path

from services.forecasting.backtest.mistakes import BadFiles, Mistake

Row = tuple[int, list[str]]
_GZIP_MAGIC = b"\x1f\x8b"


def rows_of(path: Path) -> Iterator[Row]:
    """Yield (line, cells) of every row that is not empty; BadFiles when it cannot be read."""
    try:
        packed = path.read_bytes()
        content = gzip.decompress(packed) if packed.startswith(_GZIP_MAGIC) else packed
        text = content.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise BadFiles([Mistake(path.name, 0, f"cannot be read: {error}")]) from error
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise BadFiles([Mistake(path.name, reader.line_num, f"is no CSV: {error}")]) from error


def write_table(path: Path, lines: Iterator[str]) -> None:
    """Write lines, packed where the name ends in .gz; the same lines give the same bytes."""
    content = "".join(f"{line}\n" for line in lines).encode()
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
