"""Whether books are what their files make: booked anew beside them and compared byte by byte."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from services.carbon_accounting.book.inputs import Inputs
from services.carbon_accounting.book.manifest import MANIFEST, SOFTWARE
from services.carbon_accounting.book.output import OutputTaken, Tell, booked_into, silent


def differences(folder: Path, inputs: Inputs, tell: Tell = silent) -> list[str]:
    """Return what differs, a line a file; empty when all is equal.

    OutputTaken when there are no books in the folder.
    """
    if not (folder / MANIFEST).exists():
        raise OutputTaken(f"{folder} holds no books ({MANIFEST}): book without --verify first")
    parquet = any(folder.glob("entries/*/*.parquet"))
    with TemporaryDirectory() as beside:
        again = Path(beside) / "books"
        booked_into(again, inputs, "parquet" if parquet else "csv", tell)
        return [*_compared(folder, again)]


def _compared(folder: Path, again: Path) -> Iterator[str]:
    here, there = _files(folder), _files(again)
    for name in sorted(here | there):
        if name not in here:
            yield f"{name}: missing"
        elif name not in there:
            yield f"{name}: these files make no such file"
        elif _content(folder / name) != _content(again / name):
            yield f"{name}: {_first_difference(folder / name, again / name)}"


def _content(path: Path) -> bytes:
    """Return a file's bytes; of the manifest without the program, which is no input."""
    if path.name != MANIFEST:
        return path.read_bytes()
    lines = path.read_bytes().splitlines()
    return b"\n".join(line for line in lines if not line.startswith(f'  "{SOFTWARE}"'.encode()))


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def _first_difference(held: Path, right: Path) -> str:
    if held.suffix == ".parquet":
        return "holds other rows than these files make (see the command compare)"
    pairs = zip(held.read_bytes().splitlines(), right.read_bytes().splitlines(), strict=False)
    for line, (one, other) in enumerate(pairs, start=1):
        if one != other:
            shown, wanted = one.decode(errors="replace"), other.decode(errors="replace")
            return f"line {line} says {shown!r}, these files make {wanted!r}"
    return "one is longer than the other"
