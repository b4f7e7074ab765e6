"""Books in a folder as they are compared: what they rest on, their months, their totals.

Nothing is compared that is not what was booked: books are refused of which a file of entries is
not the one of the chain, a link not the one of its files, or the chain not the manifest's.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet

from services.carbon_accounting.book.entries_file import CONSTANTS
from services.carbon_accounting.book.manifest import FORMAT, MANIFEST
from services.carbon_accounting.book.tables import NG_DIGITS
from services.carbon_accounting.book.written_books import (
    CHAIN,
    WrittenBooks,
    changed_entries,
    changed_file,
)

LedgerMonth = tuple[str, str]
"""A ledger's key and a local month."""
TEXTS = (*CONSTANTS, "quality")
TOTALS = "totals.csv"
SHOWN_DIGITS = 12
CODED = pa.dictionary(pa.int32(), pa.string())


class NotComparable(Exception):
    """Two folders of which no difference can be told; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Books:
    """One folder: `inputs` are the digests of its files by role, `months` its links."""

    folder: Path
    park: str
    inputs: Mapping[str, tuple[str, ...]]
    months: Mapping[LedgerMonth, tuple[str, str]]
    totals_ng: Mapping[LedgerMonth, int]

    @classmethod
    def at(cls, folder: Path) -> "Books":
        """Return the books in a folder; NotComparable when there are none that we can read."""
        manifest = _manifest(folder)
        _refuse_changed(WrittenBooks(folder, manifest))
        inputs = defaultdict[str, list[str]](list)
        for file in manifest["files"]:
            inputs[file["role"]].append(f"{file['name']} {file['sha256'][:SHOWN_DIGITS]}")
        return cls(
            folder,
            manifest["park"],
            {role: tuple(sorted(digests)) for role, digests in inputs.items()},
            {
                (row["ledger"], row["month"]): (row["file"], row["sha256"])
                for row in _rows(folder / CHAIN)
            },
            _totals(folder / TOTALS),
        )

    def entries(self, month: LedgerMonth) -> pa.Table | None:
        """Return the entries of a month, None where it has none."""
        if month not in self.months:
            return None
        return _entries(self.folder / self.months[month][0])


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise NotComparable(f"{folder} holds no books ({MANIFEST}): name what book wrote") from None
    if content.get("format") != FORMAT:
        told = f"{folder} has format {content.get('format')}, this reads {FORMAT}"
        raise NotComparable(f"{told}: book it again")
    return dict(content)


def _refuse_changed(books: WrittenBooks) -> None:
    """Raise NotComparable with every file that is not what was booked; the chain comes first."""
    _rows(books.folder / CHAIN)
    digests = books.manifest.get("tables", {})  # books of earlier versions name none
    for name in (CHAIN, TOTALS):
        if then := digests.get(name):
            _refuse([*changed_file(books.folder, name, then)], books.folder)
    _refuse([*changed_entries(books)], books.folder)


def _refuse(changed: list[str], folder: Path) -> None:
    if changed:
        told = "\n".join(changed)
        raise NotComparable(f"{folder} is not what was booked\n{told}")


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [*csv.DictReader(file)]
    except OSError as error:
        told = f"{path}: {error.strerror}"
        raise NotComparable(f"{told}: book again, the folder is not whole") from None


def _totals(path: Path) -> dict[LedgerMonth, int]:
    """Return what counts in each ledger and month, ng."""
    sums: dict[LedgerMonth, int] = defaultdict(int)
    for row in _rows(path):
        ng = int(Decimal(row["emissions_g"]).scaleb(NG_DIGITS))
        sums[row["ledger"], row["month"]] += ng if row["counted"] == "true" else 0
    return dict(sums)


def _entries(path: Path) -> pa.Table:
    """Return a file's entries; texts are coded, times are microseconds in UTC."""
    table = parquet.read_table(path) if path.suffix == ".parquet" else _csv(path)
    for name in TEXTS:
        column = table.column(name)
        if column.type != CODED:  # Parquet without a row has no type of text
            column = column.cast(pa.string()).dictionary_encode()
        table = table.set_column(table.schema.get_field_index(name), name, column)
    start = table.column("start").cast(pa.timestamp("us", "UTC"))
    return table.set_column(table.schema.get_field_index("start"), "start", start)


def _csv(path: Path) -> pa.Table:
    kinds: dict[str, pa.DataType] = dict.fromkeys(TEXTS, CODED)
    kinds |= {"start": pa.timestamp("s", "UTC"), "amount": pa.int64(), "emissions_ng": pa.int64()}
    options = arrow_csv.ConvertOptions(column_types=kinds, strings_can_be_null=False)
    return arrow_csv.read_csv(path, convert_options=options)
