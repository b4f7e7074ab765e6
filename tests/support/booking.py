"""The command `book` in this process: files in, exit code, words and tables out."""

import csv
import io
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from services.carbon_accounting.book.command import main

Row = Mapping[str, str]
PROGRESS = ("reading ", "matching certificates", "booked ", "refused; nothing was written")
NOT_COVERED = "not-covered"
"""Open items of the rules themselves, which every book has."""


@dataclass(frozen=True, slots=True)
class Booked:
    """What the command did: its exit code, what it said, and where it wrote."""

    code: int
    said: str
    refused: str
    folder: Path

    def rows(self, table: str) -> list[Row]:
        """Return the rows of a table of the books, as `totals`."""
        with (self.folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return [row for row in csv.DictReader(file) if row.get("kind") != NOT_COVERED]

    def total(self, **wanted: str) -> tuple[int, int]:
        """Return amount (base units) and ng over the totals that have these cells."""
        found = [row for row in self.rows("totals") if wanted.items() <= row.items()]
        return sum(int(row["amount"]) for row in found), sum(nanograms(row) for row in found)

    @property
    def bytes_by_file(self) -> dict[str, bytes]:
        """Everything written but the manifest, which names the input files by digest."""
        files = (path for path in self.folder.rglob("*.csv"))
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in files}


def nanograms(row: Row) -> int:
    """Return the emissions of a row of totals; `1.5` g are written `1.500000000`."""
    return int(row["emissions_g"].replace(".", ""))


def run(folder: Path, park: str | Path, readings: str | Path, **files: str | Path) -> Booked:
    """Book `park.yaml` and `readings.csv` of these texts (or files) into `folder/books`.

    `files`: factors, certificates, production, as texts or files; `verify="yes"` verifies.
    """
    folder.mkdir(parents=True, exist_ok=True)
    arguments = ["--out", str(folder / "books")]
    if files.pop("verify", None):
        arguments.append("--verify")
    given = {"park": park, "readings": readings, **files}
    for name, content in given.items():
        ending = "yaml" if name == "park" else "csv"
        arguments += [f"--{name}", str(_file(folder / f"{name}.{ending}", content))]
    return run_with(arguments, folder / "books")


def run_with(arguments: Sequence[str], books: Path) -> Booked:
    """Run the command with arguments."""
    said, refused = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(refused):
        code = main(list(arguments))
    return Booked(code, said.getvalue(), _refusals(refused.getvalue()), books)


def _refusals(told: str) -> str:
    """Return what was told of mistakes, without how far the work was."""
    lines = (line for line in told.splitlines() if not line.startswith(PROGRESS))
    return "".join(f"{line}\n" for line in lines)


def _file(path: Path, content: str | Path) -> Path:
    if isinstance(content, Path):
        return content
    path.write_text(dedent(content).lstrip("\n"), encoding="utf-8")
    return path
