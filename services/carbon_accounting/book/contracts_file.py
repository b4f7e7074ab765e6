"""Green-power contracts: a row of CSV a contract, or a contract's next span with other terms.

Columns are in docs/carbon-contracts.md. All mistakes are told at once, with their lines.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from services.carbon_accounting.book.hourly_file import HourlyFile
from services.carbon_accounting.domain.certificates.contract_rules import odd_beside, odd_terms
from services.carbon_accounting.domain.certificates.contracts import (
    DEAREST_PER_MWH,
    MOST_WH,
    PRICE_DIGITS,
)
from services.carbon_accounting.domain.certificates.gec import Technology, Use
from services.carbon_accounting.domain.certificates.settlement import Terms
from services.carbon_accounting.input_files.certificate_cells import Cells
from services.carbon_accounting.input_files.certificate_parts import (
    NG_PER_WH_IN_KG_PER_KWH,
    Books,
    Trust,
)
from services.carbon_accounting.input_files.mistakes import BadFiles, Mistake
from services.carbon_accounting.saved_files import is_said
from services.energy.time_grid import Interval
from services.runtime.park_file_values import nearest

REQUIRED = (
    *("contract", "device", "technology", "market", "seller", "buyer", "price_per_mwh"),
    *("take_or_pay", "from", "to", "emission_kg_per_kwh", "trust"),
)
OPTIONAL = ("agreed", "unit", "profile", "use", "commissioned", "market_hydro")
UsualUse = Callable[[str], Use]
"""Takes a device, and returns which of its power a contract means that does not say."""
MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Contracted:
    """A row: its terms and how much is agreed, `flat_wh` an hour or a column of the profiles."""

    line: int
    terms: Terms
    flat_wh: int | None
    profile: str


@dataclass(slots=True)
class Reader:
    """Reads the rows of one file; what a row may name is known before."""

    file: str
    books: Books
    profiles: HourlyFile
    usual_use: UsualUse
    rows: list[Contracted] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)

    def read(self, line: int, row: Mapping[str, str | None]) -> None:
        """Take a row in, or note everything that is wrong with it."""
        cells = Cells(self.file, line, row, self.books.zone)
        terms = self._terms(cells)
        flat_wh, profile = self._agreed(cells)
        if terms is not None:
            before = [one.terms for one in self.rows]
            odd = odd_terms(terms, self.books.market, self.books.beneficiaries)
            for name, value, cure in (*odd, *odd_beside(terms, before)):
                cells.wrong(name, cure, value)
        self.mistakes += dict.fromkeys(cells.mistakes)
        if terms is not None and not cells.mistakes:
            self.rows.append(Contracted(line, terms, flat_wh, profile))

    def _terms(self, cells: Cells) -> Terms | None:
        names = {name: cells.name(name) for name in ("contract", "device", "market", "seller")}
        buyer, technology = cells.name("buyer"), cells.one_of("technology", Technology)
        price, span = _price(cells), _span(cells)
        rate, trust = cells.number("emission_kg_per_kwh"), cells.one_of("trust", Trust)
        use = cells.one_of("use", Use, self.usual_use(names["device"]))
        if not cells.text("take_or_pay"):
            cells.wrong("take_or_pay", "must be yes or no")
        told = (cells.flag("take_or_pay"), cells.day("commissioned"), cells.flag("market_hydro"))
        if cells.mistakes or not (technology and span and use and trust):
            return None
        return Terms(
            **names,
            technology=technology,
            buyer=buyer,
            price_per_mwh=price,
            take_or_pay=told[0],
            span=span,
            ng_per_wh=round((rate or Fraction(0)) * NG_PER_WH_IN_KG_PER_KWH),
            trust=str(trust),
            use=use,
            commissioned=told[1],
            market_hydro=told[2],
        )

    def _agreed(self, cells: Cells) -> tuple[int | None, str]:
        """Return the Wh of an hour, or the name of a profile."""
        profile, flat = cells.text("profile"), cells.text("agreed")
        if bool(profile) == bool(flat):
            cells.wrong("agreed", "give the energy of an hour with its unit, or a profile")
            return None, ""
        if flat:
            flat_wh = cells.whole_wh("agreed", "unit")
            if flat_wh is not None and flat_wh > MOST_WH:
                cells.wrong("agreed", f"must be at most {MOST_WH} Wh an hour; check the unit")
            return flat_wh, ""
        known = sorted(self.profiles.by_name)
        if profile not in known:
            cure = nearest(profile, known) if known else "give --profiles"
            cells.wrong("profile", f"is no column of the file of profiles; {cure}")
        return None, profile


def read_contracts(
    path: Path, books: Books, profiles: HourlyFile, usual_use: UsualUse
) -> list[Contracted]:
    """Return the rows of a file; BadFiles with every mistake."""
    reader = Reader(path.name, books, profiles, usual_use)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            _read(reader, csv.DictReader(file, strict=True))
    except OSError as error:
        cure = "check the path"
        raise BadFiles([Mistake(path.name, 1, "file", str(error.strerror), cure)]) from None
    except (UnicodeDecodeError, csv.Error) as error:
        cure = "save the file as CSV in UTF-8"
        raise BadFiles([Mistake(path.name, 1, "file", repr(str(error)), cure)]) from None
    if reader.mistakes:
        raise BadFiles(reader.mistakes)
    return reader.rows


def _read(reader: Reader, rows: "csv.DictReader[str]") -> None:
    reader.mistakes += _header_mistakes(reader.file, rows.fieldnames or ())
    count = 0
    for row in filter(is_said, rows) if not reader.mistakes else ():
        count += 1
        if None in row or None in row.values():
            cure = "give each line as many cells as the header"
            what = "has more or fewer cells than there are columns"
            reader.mistakes.append(Mistake(reader.file, rows.line_num, "line", what, cure))
            continue
        reader.read(rows.line_num, row)
    if not reader.mistakes and not 0 < count <= MOST_ROWS:
        what = f"holds {count} contracts"
        reader.mistakes.append(Mistake(reader.file, 1, "file", what, f"give 1 to {MOST_ROWS}"))


def _header_mistakes(file: str, header: Sequence[str]) -> Iterator[Mistake]:
    for name in (one for one in REQUIRED if one not in header):
        yield Mistake(file, 1, name, "is no column", "add it")
    for name in sorted(set(header) - {*REQUIRED, *OPTIONAL}):
        yield Mistake(file, 1, name, "is an unknown column", "remove or rename it")
    for name in sorted({name for name in header if list(header).count(name) > 1}):
        yield Mistake(file, 1, name, "is a column twice", "remove one")


def _price(cells: Cells) -> Decimal:
    number = cells.number("price_per_mwh")
    if number is None:
        return Decimal(0)
    price = Decimal(cells.text("price_per_mwh"))
    if price > DEAREST_PER_MWH or number * 10**PRICE_DIGITS % 1:
        cure = f"must be at most {DEAREST_PER_MWH}, with at most {PRICE_DIGITS} decimals"
        cells.wrong("price_per_mwh", cure)
    return price


def _span(cells: Cells) -> Interval | None:
    start, end = cells.needed_moment("from"), cells.needed_moment("to")
    if start is None or end is None:
        return None
    if end <= start:
        cells.wrong("to", "must be after from")
        return None
    return Interval(start, end)
