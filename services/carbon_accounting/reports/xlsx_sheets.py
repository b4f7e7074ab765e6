"""One sheet of a workbook, filled from the top: texts as texts, numbers with format and unit."""

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any
from unicodedata import category

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from services.carbon_accounting.domain.reporting.cells import Number
from services.carbon_accounting.domain.reporting.formatting import exact, number, steps
from services.carbon_accounting.domain.reporting.measures import SHARE

LONGEST_TEXT = 32_767
"""What a cell of a spreadsheet can hold."""
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n")
UNPRINTABLE = ("Cc", "Cs")
OF_UNITS, LONGEST_UNIT = " %/.-()·°^", 40
MOST_MARKS = 60
"""Letters of a mark in a format, which may have 255; a longer mark is a † for all reasons below."""
NARROWEST, WIDEST = 8, 52
AMBER, HEAD, TOTAL = "#FFE08A", "#1F4E5F", "#DFE9EC"


@dataclass
class Styles:
    """The formats of a workbook, each made once."""

    workbook: Workbook
    _made: dict[tuple[tuple[str, Any], ...], Format] = field(default_factory=dict)

    def of(self, **properties: Any) -> Format:
        """Return the format with these properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self.workbook.add_format(properties)
        return self._made[key]


@dataclass
class Sheet:
    """A worksheet with the row that is written next."""

    worksheet: Worksheet
    styles: Styles
    row: int = 0
    _widths: defaultdict[int, int] = field(default_factory=lambda: defaultdict(lambda: NARROWEST))

    def text(self, column: int, text: str, *, widens: bool = True, **properties: Any) -> None:
        """Write a text as a text, whatever it begins with."""
        text = printable(text)
        if text.startswith(FORMULA_BEGINS):
            properties["quote_prefix"] = True
        if len(text) > LONGEST_TEXT:
            text = text[: LONGEST_TEXT - 1] + "…"
        self.worksheet.write_string(self.row, column, text, self.styles.of(**properties))
        if widens:
            self._widen(column, text)

    def number(self, column: int, cell: Number, mark: str, **properties: Any) -> None:
        """Write the rounded number; its format shows unit and mark, its fill that it is doubted."""
        if mark:
            properties["bg_color"] = AMBER
        shown = number(cell.amount, cell.measure)
        if cell.measure == SHARE:
            shown = float(Fraction(steps(cell.amount, SHARE), 100 * 10**SHARE.decimals))
        style = self.styles.of(num_format=number_format(cell, mark), **properties)
        self.worksheet.write_number(self.row, column, shown, style)
        self._widen(column, f"{shown:,.3f} {cell.measure.unit} {mark}")

    def exact(self, column: int, cell: Number, **properties: Any) -> None:
        """Write the amount in whole base units: a number, or text where it is too large for one."""
        amount = exact(cell.amount)
        if isinstance(amount, int):
            style = self.styles.of(num_format=f'#,##0" {cell.measure.base_unit}"', **properties)
            self.worksheet.write_number(self.row, column, amount, style)
        else:
            self.text(column, f"{amount} {cell.measure.base_unit}", align="right", **properties)
        self._widen(column, f"{cell.amount:,} {cell.measure.base_unit}")

    def fit(self) -> None:
        """Make the columns as wide as what they hold, within bounds."""
        for column, width in self._widths.items():
            self.worksheet.set_column(column, column, min(width + 2, WIDEST))

    def _widen(self, column: int, text: str) -> None:
        width = sum(1 if letter.isascii() else 2 for letter in text)
        self._widths[column] = max(self._widths[column], width)


def number_format(cell: Number, mark: str) -> str:
    """Return the spreadsheet's format for a number, as `#,##0.000" tCO2e †1"`."""
    mark = mark if len(mark) <= MOST_MARKS else "†"
    decimals = "." + "0" * cell.measure.decimals if cell.measure.decimals else ""
    if cell.measure == SHARE:
        return f'0{decimals}%" {mark}"' if mark else f"0{decimals}%"
    tail = " ".join(filter(None, (_of_a_format(cell.measure.unit), mark)))
    return f'#,##0{decimals}" {tail}"' if tail else f"#,##0{decimals}"


def printable(text: str) -> str:
    """Return the text with � for what no XML may hold: control letters, halves of pairs."""
    return "".join("�" if category(letter) in UNPRINTABLE else letter for letter in text)


def _of_a_format(unit: str) -> str:
    """Return what of a unit may stand in a number format, none of its own signs among it."""
    return "".join(letter for letter in unit if letter.isalnum() or letter in OF_UNITS)[
        :LONGEST_UNIT
    ]
