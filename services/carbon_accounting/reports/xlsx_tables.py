"""Tables on sheets: every rounded number has its exact one in a column beside it."""

from typing import Any

from services.carbon_accounting.domain.reporting.cells import Cell, Emitted, Quantity
from services.carbon_accounting.reports.grids import Grid
from services.carbon_accounting.reports.phrases import (
    EXACT,
    Footnotes,
    Language,
    cell_text,
    heading_text,
    mark_of,
    said,
)
from services.carbon_accounting.reports.xlsx_sheets import HEAD, TOTAL, Sheet


def write_table(sheet: Sheet, grid: Grid, language: Language, footnotes: Footnotes) -> int:
    """Write title, headings and rows from the sheet's next row; return the row of the headings."""
    sheet.text(0, said(grid.title, language), widens=False, bold=True)
    sheet.row += 1
    places = _places(grid)
    _write_headings(sheet, grid, places, language)
    headings = sheet.row
    for number, row in enumerate(grid.rows, start=1):
        sheet.row += 1
        is_total = grid.ends_in_total and number == len(grid.rows)
        _write_row(sheet, grid, row, places, language, footnotes, is_total=is_total)
    sheet.row += 2
    return headings


def has_exact(grid: Grid, place: int) -> bool:
    """Whether any number of a column has whole base units behind it."""
    cells = grid.column(place)
    return any(isinstance(c, Quantity | Emitted) and c.measure.base_unit for c in cells)


def _places(grid: Grid) -> list[int]:
    """Return the sheet's column of each of the grid's: exact numbers stand in between."""
    places, free = [], 0
    for place in range(len(grid.columns)):
        places.append(free)
        free += 2 if has_exact(grid, place) else 1
    return places


def _write_headings(sheet: Sheet, grid: Grid, places: list[int], language: Language) -> None:
    style: dict[str, Any] = {
        "bold": True,
        "font_color": "white",
        "bg_color": HEAD,
        "text_wrap": True,
    }
    for place, column in enumerate(grid.columns):
        text = heading_text(column.heading, column.measure, language)
        sheet.text(places[place], text, **style)
        if has_exact(grid, place):
            exact = f"{said(column.heading, language)}, {said(EXACT, language)}"
            sheet.text(places[place] + 1, exact, **style)


def _write_row(
    sheet: Sheet,
    grid: Grid,
    row: tuple[Cell, ...],
    places: list[int],
    language: Language,
    footnotes: Footnotes,
    *,
    is_total: bool,
) -> None:
    style: dict[str, Any] = {"bold": True, "bg_color": TOTAL} if is_total else {}
    for column, place, cell in zip(grid.columns, places, row, strict=True):
        if isinstance(cell, Quantity | Emitted):
            sheet.number(place, cell, mark_of(cell.unverified, footnotes), **style)
            if cell.measure.base_unit:
                sheet.exact(place + 1, cell, **style)
        else:
            text = cell_text(cell, column.measure, language, footnotes)
            sheet.text(place, text, text_wrap=True, valign="top", **style)
