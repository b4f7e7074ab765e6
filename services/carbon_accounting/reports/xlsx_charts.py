"""Charts on sheets: the numbers that are drawn, and a native chart or colour scale of them."""

from typing import Any

from xlsxwriter import Workbook

from services.carbon_accounting.domain.reporting.charts import Chart, HeatMap, Lines, StackedBars
from services.carbon_accounting.reports.drawn import COLD, HOT, PALETTE, chart_title, course_of
from services.carbon_accounting.reports.phrases import (
    GAPS,
    NO_NUMBERS,
    Footnotes,
    Language,
    said,
)
from services.carbon_accounting.reports.xlsx_sheets import HEAD, Sheet

ROWS_OF_A_CHART = 17
PIXELS = {"x_scale": 1.6, "y_scale": 1.1}


def write_chart(
    sheet: Sheet, workbook: Workbook, chart: Chart, language: Language, footnotes: Footnotes
) -> None:
    """Write the drawn numbers from the sheet's next row, and what draws them."""
    title_row = sheet.row
    sheet.text(0, chart_title(chart, language, footnotes), widens=False, bold=True)
    sheet.row += 1
    if not chart.series:
        sheet.text(0, said(NO_NUMBERS, language), widens=False, italic=True)
        sheet.row += 1
    elif isinstance(chart, HeatMap):
        _write_field(sheet, chart, language)
    else:
        first = sheet.row
        _write_numbers(sheet, chart, language)
        native = workbook.add_chart(_kind(chart))
        _fill(native, sheet.worksheet.get_name(), chart, title_row, first)
        sheet.worksheet.insert_chart(sheet.row, 0, native, PIXELS)
        sheet.row += ROWS_OF_A_CHART
    sheet.row += 1


def _kind(chart: Chart) -> dict[str, str]:
    if isinstance(chart, Lines):
        return {"type": "line"}
    return {"type": "column"} | ({"subtype": "stacked"} if isinstance(chart, StackedBars) else {})


def _write_numbers(sheet: Sheet, chart: Chart, language: Language) -> None:
    """Write a row a category and a column a series; what is absent is left blank."""
    for place, series in enumerate(chart.series, start=1):
        _heading(sheet, place, said(series.name, language))
    for place, name in enumerate(chart.categories):
        sheet.row += 1
        sheet.text(0, said(name, language))
        for column, series in enumerate(chart.series, start=1):
            _write_drawn(sheet, column, course_of(series)[place])
    sheet.row += 1
    sheet.text(0, said(GAPS, language), widens=False, italic=True)
    sheet.row += 1


def _write_field(sheet: Sheet, chart: HeatMap, language: Language) -> None:
    """Write a row a series and a column a category, coloured by value."""
    for place, name in enumerate(chart.categories, start=1):
        _heading(sheet, place, said(name, language))
    first = sheet.row + 1
    for series in chart.series:
        sheet.row += 1
        sheet.text(0, said(series.name, language))
        for place, value in enumerate(course_of(series), start=1):
            _write_drawn(sheet, place, value)
    scale = {"type": "2_color_scale", "min_color": f"#{COLD}", "max_color": f"#{HOT}"}
    sheet.worksheet.conditional_format(first, 1, sheet.row, len(chart.categories), scale)
    sheet.row += 1
    sheet.text(0, said(GAPS, language), widens=False, italic=True)
    sheet.row += 1


def _heading(sheet: Sheet, column: int, text: str) -> None:
    sheet.text(column, text, bold=True, font_color="white", bg_color=HEAD)


def _write_drawn(sheet: Sheet, column: int, value: float | None) -> None:
    if value is not None:
        style = sheet.styles.of(num_format="#,##0.000")
        sheet.worksheet.write_number(sheet.row, column, value, style)


def _fill(native: Any, sheet: str, chart: Chart, title_row: int, first: int) -> None:
    """Point the chart at its cells: names and title too, so that no text is read as a formula."""
    last = first + len(chart.categories)
    for column in range(1, len(chart.series) + 1):
        color = {"color": f"#{PALETTE[(column - 1) % len(PALETTE)]}"}
        line = {"line": color} if isinstance(chart, Lines) else {"fill": color}
        native.add_series(
            {
                "name": [sheet, first, column],
                "categories": [sheet, first + 1, 0, last, 0],
                "values": [sheet, first + 1, column, last, column],
                **line,
            }
        )
    native.set_title({"name": [sheet, title_row, 0], "name_font": {"size": 10}})
    native.set_y_axis({"num_format": "#,##0.###"})
    native.set_legend({"position": "bottom"})
    native.show_blanks_as("gap")
