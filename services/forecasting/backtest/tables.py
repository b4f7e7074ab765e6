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


def must_be_writable(path: Path) -> None:
    """BadFiles where the path cannot become a file: said before hours of work, not after."""
    if path.is_dir() or not path.parent.is_dir():
        text = f"{path} cannot be written: name a file in a directory there is"
        raise BadFiles([Mistake("--out", 0, text)])


def write_table(path: Path, lines: Iterator[str]) -> None:
    """Write lines, packed where the name ends in .gz; the same lines give the same bytes.

    A file is there as a whole or not at all (what is no file, such as /dev/stdout, is written to);
    BadFiles where it cannot be written.
    """
    content = "".join(f"{line}\n" for line in lines).encode()
    packed = gzip.compress(content, mtime=0) if path.suffix == ".gz" else content
    try:
        _write(path.resolve(), packed)
    except OSError as error:
        text = f"{path} cannot be written: {error.strerror}"
        raise BadFiles([Mistake("--out", 0, text)]) from error


def _write(path: Path, content: bytes) -> None:
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
