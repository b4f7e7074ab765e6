"""Books as they stand in a folder: read only where every byte is still what was written."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from services.carbon_accounting.book.chain import BEFORE_ALL, chained, digest_of
from services.carbon_accounting.book.manifest import MANIFEST
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.reporting.records import Restatement
from services.energy.site import Text

CHAIN = "chain.csv"
NEEDED = ("begins", "ends", "enterprises", "files", "name", "software", "tables", "time_zone")
Row = dict[str, str]


class NotReadable(Exception):
    """Books that cannot be used; every reason on a line, with the cure."""

    def __init__(self, reasons: Iterable[str]) -> None:
        super().__init__("\n".join(reasons))


@dataclass(frozen=True, slots=True)
class WrittenBooks:
    """A folder that `book` wrote, and its manifest; restatements where earlier books are given."""

    folder: Path
    manifest: dict[str, Any]
    restatements: tuple[Restatement, ...] = ()

    @property
    def software(self) -> str:
        """The program that wrote them and its version."""
        return str(self.manifest["software"])

    @property
    def files(self) -> list[dict[str, Any]]:
        """The files they rest on: role, name, SHA-256, rows."""
        return list(self.manifest["files"])

    @property
    def chain_digest(self) -> str:
        """The SHA-256 of the chain, which seals all entries."""
        return str(self.manifest["tables"][CHAIN])

    def reason_for_one(self, restated: Restatement) -> str:
        """Return why; the reasons of written books name no meter."""
        return restated.reason

    @property
    def zone(self) -> ZoneInfo:
        """The clock of the park."""
        return ZoneInfo(self.manifest["time_zone"])

    @property
    def begins(self) -> datetime:
        """Start of the first interval, UTC."""
        return datetime.fromisoformat(self.manifest["begins"])

    @property
    def ends(self) -> datetime:
        """End of the last interval, UTC; nothing later is in the books."""
        return datetime.fromisoformat(self.manifest["ends"])

    @property
    def known_at(self) -> datetime:
        """The end of their data: files do not say when they became known."""
        return self.ends

    @property
    def closings(self) -> None:
        """None: no month of written books is closed."""
        return None

    @property
    def park(self) -> Text:
        """The park's name."""
        return Text(**self.manifest["name"])

    @property
    def enterprises(self) -> dict[str, Text]:
        """The names of the enterprises, by id."""
        return {one["id"]: Text(**one["name"]) for one in self.manifest["enterprises"]}

    @property
    def products(self) -> dict[str, str]:
        """Who makes each product, by id; earlier books do not say."""
        return {one["id"]: one["enterprise"] for one in self.manifest.get("products", ())}

    @property
    def months(self) -> tuple[Month, ...]:
        """The local months that entries were booked in, in order."""
        return tuple(sorted({Month.read(row["month"]) for row in self.table(CHAIN)}))

    def has(self, name: str) -> bool:
        """Whether the books have a table."""
        return name in self.manifest["tables"]

    def table(self, name: str) -> list[Row]:
        """Return the rows of a table."""
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


def opened(folder: Path, tables: Sequence[str], where_there: Sequence[str] = ()) -> WrittenBooks:
    """Return the books; NotReadable names each changed file: of `tables`, chain and entries.

    Tables `where_there` are not in all books.
    """
    books = WrittenBooks(folder, _manifest(folder))
    there = filter(books.has, where_there)
    if changed := [*_changed_tables(books, (CHAIN, *tables, *there))]:
        raise NotReadable(changed)
    if changed := [*changed_entries(books)]:
        raise NotReadable(changed)
    return books


def _manifest(folder: Path) -> dict[str, Any]:
    cure = "name a folder that `python -m services.carbon_accounting book` wrote"
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except OSError:
        raise NotReadable([f"{folder} holds no books ({MANIFEST} is not there): {cure}"]) from None
    except ValueError:
        found = None
    lacking = [key for key in NEEDED if not isinstance(found, dict) or key not in found]
    if lacking:
        what = f"{MANIFEST} in {folder} does not say {', '.join(lacking)}"
        raise NotReadable([f"{what}: book again with this version, or {cure}"])
    manifest: dict[str, Any] = found
    return manifest


def _changed_tables(books: WrittenBooks, names: Iterable[str]) -> Iterator[str]:
    for name in dict.fromkeys(names):
        then = books.manifest["tables"].get(name)
        if then is None:
            yield f"{name}: {MANIFEST} does not name it: book again with this version"
        else:
            yield from changed_file(books.folder, name, then)


def changed_entries(books: WrittenBooks) -> Iterator[str]:
    """Yield what of the entries is not as chain.csv has it: a changed or lost file, a link."""
    links = books.table(CHAIN)
    for row in links:
        yield from changed_file(books.folder, row["file"], row["sha256"])
    for ledger in dict.fromkeys(row["ledger"] for row in links):
        mine = [row for row in links if row["ledger"] == ledger]
        months = [(r["month"], r["file"], int(r["entries"]), r["sha256"]) for r in mine]
        for row, right in zip(mine, chained(ledger, months), strict=True):
            if row["link"] != right.link:
                what = f"the link of {ledger} {row['month']} is {row['link']}"
                yield f"{CHAIN}: {what}, its files make {right.link} (first after {BEFORE_ALL})"


def changed_file(folder: Path, name: str, then: str) -> Iterator[str]:
    """Yield why a file is not the one of SHA-256 `then`; nothing where it is."""
    try:
        now = digest_of(folder / name)
    except OSError as error:
        yield f"{name}: {error.strerror}; the books had it with SHA-256 {then}: book again"
        return
    if now != then:
        cure = "book again, or put back the file that was booked"
        yield f"{name}: was changed: SHA-256 is {now}, the books say {then}: {cure}"
