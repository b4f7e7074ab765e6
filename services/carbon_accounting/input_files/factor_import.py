"""Factor files (CSV) into a factor store; every mistake at once with line, field, value and cure.

One row is one version of one factor for one or several ledgers; the columns are told in
`docs/carbon-factors.md`. Read a file yourself with
`python -m services.carbon_accounting.input_files.factor_import FILE...`.
"""

import csv
import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.carbon_accounting.domain.factoring.factor import Factor
from services.carbon_accounting.domain.factoring.store import FactorStore, overlapping
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.input_files.factor_row import COLUMNS, Row
from services.carbon_accounting.input_files.mistakes import Mistake
from services.carbon_accounting.saved_files import is_said, odd_header

FOLDER = Path(__file__).parents[1] / "factors"
Kept = dict[tuple[Ledger, str, str], list[Factor]]


class FactorMistakes(ValueError):
    """All mistakes of the factor files; none of their rows is used."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = tuple(mistakes)


def load_factor_store(own: Iterable[Path] = ()) -> FactorStore:
    """Return the factors of the rules file and of a park's own files; FactorMistakes if any."""
    built_in = sorted(FOLDER.glob("*.csv"))
    return read_factors([*built_in, *own])


def own_lines(files: Iterable[Path]) -> dict[tuple[str, int], tuple[str, int]]:
    """Return file and line of each factor of a park's own files, by its id and version."""
    return {
        (factor.id, factor.version): (row.file, row.line)
        for path in files
        for row in _rows(path, [])
        for factor in row.factors()
    }


def read_factors(files: Iterable[Path]) -> FactorStore:
    """Return a store of all rows of these files; FactorMistakes names every mistake there is."""
    mistakes: list[Mistake] = []
    kept: Kept = {}
    for path in files:
        for row in _rows(path, mistakes):
            _keep(row, kept)
    if mistakes:
        raise FactorMistakes(mistakes)
    return FactorStore(factor for rivals in kept.values() for factor in rivals)


@dataclass(frozen=True, slots=True)
class Read:
    """A factor and the line that says it."""

    line: int
    factor: Factor


def factors_in(name: str, text: str, beside: Iterable[Factor] = ()) -> list[Read]:
    """Return what the text of a file says; FactorMistakes names every mistake there is.

    What overlaps a factor of the same version in the file or in `beside` is one.
    """
    mistakes: list[Mistake] = []
    kept: Kept = {}
    for factor in beside:
        kept.setdefault((factor.ledger, factor.quantity, factor.region), []).append(factor)
    rows = rows_in(name, text.removeprefix("\ufeff"), mistakes)
    found = [Read(row.line, factor) for row in rows for factor in _keep(row, kept)]
    if mistakes:
        raise FactorMistakes(mistakes)
    return found


def _keep(row: Row, kept: Kept) -> list[Factor]:
    """Keep the factors of a row and return them, none from the first on that overlaps another."""
    taken = []
    for factor in row.factors():
        rivals = kept.setdefault((factor.ledger, factor.quantity, factor.region), [])
        if (rival := overlapping(factor, rivals)) is not None:
            cure = f"version {factor.version} overlaps {rival.id}; end one or give the next version"
            row.wrong("valid_from", cure)
            break
        rivals.append(factor)
        taken.append(factor)
    return taken


def _rows(path: Path, mistakes: list[Mistake]) -> Iterator[Row]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as trouble:
        cure = f"give a readable UTF-8 CSV file ({type(trouble).__name__})"
        mistakes.append(Mistake(path.name, 1, "file", repr(str(path)), cure))
        return
    yield from rows_in(path.name, text, mistakes)


def rows_in(name: str, text: str, mistakes: list[Mistake]) -> Iterator[Row]:
    """Yield the rows of a file's text; what is wrong with it goes to `mistakes`."""
    lines = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        header = lines.fieldnames or ()
        if odd := odd_header(",".join(header)):
            mistakes.append(Mistake(name, 1, "file", *odd))
            return
        if sorted(header) != sorted(COLUMNS):
            cure = f"the header must have exactly the columns {','.join(COLUMNS)}"
            mistakes.append(Mistake(name, 1, "header", repr(",".join(header)), cure))
            return
        for cells in filter(is_said, lines):
            yield from _whole_row(name, lines.line_num, cells, mistakes)
    except csv.Error as trouble:
        cure = f"quote the field as CSV asks ({trouble})"
        mistakes.append(Mistake(name, lines.line_num, "row", "cannot be read", cure))


def _whole_row(
    name: str, line: int, cells: dict[str, str], mistakes: list[Mistake]
) -> Iterator[Row]:
    if None in cells or None in cells.values():
        cure = f"a row has exactly {len(COLUMNS)} fields"
        mistakes.append(Mistake(name, line, "row", repr(cells.get("quantity") or ""), cure))
        return
    yield Row(name, line, {column: text.strip() for column, text in cells.items()}, mistakes)


def main(files: Sequence[str]) -> int:
    """Read factor files, say what is wrong or contradicts itself; 1 when something is wrong."""
    try:
        store = load_factor_store(map(Path, files))
    except FactorMistakes as mistakes:
        print(mistakes)
        return 1
    print(f"{len(list(store))} factors", *store.contradictions(), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
