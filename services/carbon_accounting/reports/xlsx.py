"""A report as an XLSX workbook, a sheet a section: the same content gives the same bytes."""

from datetime import UTC
from pathlib import Path

from xlsxwriter import Workbook

from services.carbon_accounting.domain.reporting.charts import Bars, HeatMap, Lines, StackedBars
from services.carbon_accounting.domain.reporting.content import Block, Paragraph, Report, Section
from services.carbon_accounting.reports.grids import grid_of
from services.carbon_accounting.reports.phrases import (
    COVER,
    FOOTNOTES,
    NOTES,
    UNVERIFIED_BANNER,
    Footnotes,
    Language,
    facts_of,
    running_head,
    said,
)
from services.carbon_accounting.reports.xlsx_charts import write_chart
from services.carbon_accounting.reports.xlsx_sheets import AMBER, Sheet, Styles, printable
from services.carbon_accounting.reports.xlsx_tables import write_table
from services.energy.site import Text

AS_TEXT = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
LONGEST_SHEET_NAME = 31
LONGEST_HEADER = 100
"""Of the 255 units there are: a letter may take two, an & is written twice."""
FORBIDDEN_IN_NAMES = str.maketrans("", "", "[]:*?/\\'")
FOOT = {
    Language.EN: "&RPage &P of &N",
    Language.ZH: "&R第 &P 页，共 &N 页",
}


def write_xlsx(report: Report, language: Language, path: Path) -> None:
    """Write the report to `path`, over what stood there."""
    created = report.cover.written_at.astimezone(UTC).replace(tzinfo=None)
    with Workbook(str(path), AS_TEXT) as workbook:
        title = printable(running_head(report.cover, language))
        workbook.set_properties({"title": title[:255], "author": "Parkflow", "created": created})
        styles = Styles(workbook)
        _write_cover(_sheet(workbook, styles, report, COVER, language), report, language)
        for section in report.sections:
            sheet = _sheet(workbook, styles, report, section.heading, language)
            _write_section(sheet, workbook, section, language, report.footnotes)
        _write_notes(_sheet(workbook, styles, report, NOTES, language), report, language)


def _sheet(
    workbook: Workbook, styles: Styles, report: Report, heading: Text, language: Language
) -> Sheet:
    """Return a new sheet with park, period and banner in its first rows."""
    sheet = Sheet(workbook.add_worksheet(_free_name(workbook, said(heading, language))), styles)
    head = printable(running_head(report.cover, language))
    _set_up_page(sheet, head, language)
    sheet.text(0, said(heading, language), widens=False, bold=True, font_size=14)
    sheet.row += 1
    sheet.text(0, head, widens=False)
    sheet.row += 1
    if report.is_unverified:
        banner = said(UNVERIFIED_BANNER, language)
        sheet.text(0, banner, widens=False, bold=True, bg_color=AMBER)
    sheet.row += 2
    return sheet


def _set_up_page(sheet: Sheet, head: str, language: Language) -> None:
    worksheet = sheet.worksheet
    worksheet.set_landscape()
    worksheet.set_paper(9)
    worksheet.fit_to_pages(1, 0)
    worksheet.set_header("&L" + head[:LONGEST_HEADER].replace("&", "&&"))
    worksheet.set_footer(FOOT[language])
    worksheet.hide_gridlines(2)


def _free_name(workbook: Workbook, heading: str) -> str:
    """Return a name that no sheet has yet, without what names may not hold."""
    taken = {sheet.get_name().casefold() for sheet in workbook.worksheets()}
    name = heading.translate(FORBIDDEN_IN_NAMES)[:LONGEST_SHEET_NAME]
    number = 2
    while name.casefold() in taken:
        name, number = f"{name[: LONGEST_SHEET_NAME - 4]} {number}", number + 1
    return name


def _write_cover(sheet: Sheet, report: Report, language: Language) -> None:
    for what, which in facts_of(report, language):
        sheet.text(0, what, bold=True)
        sheet.text(1, which)
        sheet.row += 1
    sheet.fit()


def _write_section(
    sheet: Sheet, workbook: Workbook, section: Section, language: Language, footnotes: Footnotes
) -> None:
    headings = []
    for block in section.blocks:
        row = _write_block(sheet, workbook, block, language, footnotes)
        headings += [row] if row is not None else []
    _freeze(sheet, headings)
    for reason in sorted(section.unverified, key=footnotes.__getitem__):
        sheet.text(0, f"†{footnotes[reason]} {said(reason, language)}", widens=False)
        sheet.row += 1
    sheet.fit()


def _write_block(
    sheet: Sheet, workbook: Workbook, block: Block, language: Language, footnotes: Footnotes
) -> int | None:
    """Write a block; return the row of its headings when it is a table."""
    match block:
        case Paragraph(text):
            sheet.text(0, said(text, language), widens=False)
            sheet.row += 2
        case Bars() | StackedBars() | Lines() | HeatMap():
            write_chart(sheet, workbook, block, language, footnotes)
        case _:
            return write_table(sheet, grid_of(block), language, footnotes)
    return None


def _freeze(sheet: Sheet, headings: list[int]) -> None:
    """Keep the headings in sight; of several tables only what is true of all: park and banner."""
    worksheet = sheet.worksheet
    worksheet.freeze_panes(headings[0] + 1 if len(headings) == 1 else 3, 0)
    if len(headings) == 1:
        worksheet.repeat_rows(headings[0])


def _write_notes(sheet: Sheet, report: Report, language: Language) -> None:
    for note in report.notes:
        sheet.text(0, said(note, language), widens=False)
        sheet.row += 1
    sheet.row += 1
    if report.footnotes:
        sheet.text(0, said(FOOTNOTES, language), widens=False, bold=True)
    for reason, number in report.footnotes.items():
        sheet.row += 1
        sheet.text(0, f"†{number} {said(reason, language)}", widens=False)
