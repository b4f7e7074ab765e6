"""What is forecast of the rest of a year: CSV of `word`, `amount`, `unit`, words of indicators."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from services.carbon_accounting.book.arrow_tables import Table, table_of
from services.carbon_accounting.book.cells import texts
from services.carbon_accounting.book.edition import edition_of
from services.carbon_accounting.domain.indicators.meanings import dimension_of
from services.carbon_accounting.domain.indicators.values import Amount
from services.carbon_accounting.domain.indicators.vocabulary import Word
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.units import NotAUnit
from services.carbon_accounting.input_files.mistakes import BadFiles, Mistake
from services.runtime.park_file_values import Misread, decimal, nearest

COLUMNS = ("word", "amount", "unit")
Forecast = Mapping[str, Amount]


def read_forecast(path: Path, site: Site) -> Forecast:
    """Return the amounts of the rest of the year by word; BadFiles with every mistake."""
    table = table_of(path)
    cure = f"give the columns {', '.join(COLUMNS)}"
    lacking = [name for name in COLUMNS if name not in table.columns]
    mistakes = [*table.odd, *(Mistake(table.file, 1, n, "is no column", cure) for n in lacking)]
    if lacking:
        raise BadFiles(mistakes)
    flows = {n: w for n, w in edition_of(site).vocabulary.words.items() if w.adds_up}
    found: dict[str, Amount] = {}
    for line, row in _rows(table):
        tell = _teller(table.file, line, mistakes)
        if row["word"] in found:
            tell("word", f"is {row['word']!r} a second time", "keep one of the two")
        elif (amount := _amount(row, flows, tell)) is not None:
            found[row["word"]] = amount
    if mistakes:
        raise BadFiles(mistakes)
    return found


Tell = Callable[[str, str, str], None]
"""Takes a field, what is wrong with it, and the cure."""


def _teller(file: str, line: int, mistakes: list[Mistake]) -> Tell:
    return lambda name, what, cure: mistakes.append(Mistake(file, line, name, what, cure))


def _rows(table: Table) -> list[tuple[int, dict[str, str]]]:
    columns = {name: texts(table.columns[name]) for name in COLUMNS}
    return [
        (int(line), {name: names[of_row[row]] for name, (names, of_row) in columns.items()})
        for row, line in enumerate(table.lines)
    ]


def _amount(row: dict[str, str], flows: Mapping[str, Word], tell: Tell) -> Amount | None:
    word = flows.get(row["word"])
    if word is None:
        cure = nearest(row["word"], [*flows])
        tell("word", f"is {row['word']!r}, no word that adds up over time", cure)
        return None
    number = _number(row["amount"], tell)
    try:
        fits = dimension_of(row["unit"]) == dimension_of(word.unit)
    except NotAUnit:
        fits = False
    if not fits:
        tell("unit", f"is {row['unit']!r}", f"write one that can be {word.unit}")
    return Amount(number, row["unit"]) if fits and number is not None else None


def _number(text: str, tell: Tell) -> Fraction | None:
    try:
        found: Decimal = decimal(text)
    except Misread:
        tell("amount", f"is {text!r}, no number", "write a number like 12.5")
        return None
    if found < 0:
        tell("amount", "is negative", "write 0 or more")
        return None
    return Fraction(found)
