"""Reports as XLSX: values, exact values, number formats, charts; texts that stay texts."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.workbook import Workbook

from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.reporting.content import Report
from services.carbon_accounting.domain.reporting.evidence import evidence_pack
from services.carbon_accounting.domain.reporting.inventory import enterprise_inventory
from services.carbon_accounting.domain.reporting.monthly import monthly_report
from services.carbon_accounting.domain.reporting.periods import Period
from services.carbon_accounting.domain.reporting.records import Enterprise
from services.carbon_accounting.reports.phrases import Language
from services.carbon_accounting.reports.rendering import render
from services.energy.site import Text
from tests.support.carbon_reports import (
    a_large_year,
    a_line,
    a_masthead,
    an_indicator,
    an_open_item,
    evidence_inputs,
    inventory_inputs,
    monthly_inputs,
)

EN, ZH = Language.EN, Language.ZH
REPORTS = {
    "monthly": monthly_report(monthly_inputs()),
    "inventory": enterprise_inventory(inventory_inputs()),
    "evidence": evidence_pack(evidence_inputs()),
}


def written(tmp_path: Path, report: Report, language: Language = EN) -> Path:
    path = tmp_path / "report.xlsx"
    render(report, language, path)
    return path


def read(tmp_path: Path, report: Report, language: Language = EN) -> Workbook:
    return load_workbook(written(tmp_path, report, language))


def cells(sheet: Any) -> Iterator[Cell]:
    return (cell for row in sheet.iter_rows() for cell in row if cell.value is not None)


def row_of(sheet: Any, first: str) -> list[Cell]:
    """The first row whose first cell reads so, without its blank cells."""
    row = next(row for row in sheet.iter_rows() if row[0].value == first)
    return [cell for cell in row if cell.value is not None]


def test_every_section_has_a_sheet_and_the_notes_one_too(tmp_path: Path) -> None:
    assert read(tmp_path, REPORTS["monthly"]).sheetnames == [
        "Cover",
        "Summary",
        "Park acceptance (CO2)",
        "Location-based (CO2e)",
        "Market-based (CO2e)",
        "Electricity by origin",
        "Indicators",
        "Clean supply matched in time",
        "Open items",
        "Restatements",
        "Factors",
        "Notes",
    ]


def test_a_number_stands_with_unit_mark_and_exact_value_beside(tmp_path: Path) -> None:
    _, shown, exact, *_ = row_of(read(tmp_path, REPORTS["monthly"])["Market-based (CO2e)"], "Total")

    assert shown.value == "none booked"
    sheet = read(tmp_path, REPORTS["monthly"])["Market-based (CO2e)"]
    _, _, amount, energy, shown, exact = row_of(sheet, "Scope 2")
    assert (amount.value, amount.number_format) == (1000, '#,##0.000" MWh"')
    assert (energy.value, energy.number_format) == (10**9, '#,##0" Wh"')
    assert (shown.value, shown.number_format) == (609.6, '#,##0.000" tCO2e †1"')
    assert exact.value == "609600000000000000 ng"


def test_exact_values_that_a_spreadsheet_keeps_are_numbers(tmp_path: Path) -> None:
    lines = (a_line(ng=9 * 10**15),)

    sheet = read(tmp_path, monthly_report(monthly_inputs(lines=lines)))["Location-based (CO2e)"]

    exact = row_of(sheet, "Scope 2")[-1]
    assert (exact.value, exact.number_format) == (9 * 10**15, '#,##0" ng"')


def test_shares_are_percentages(tmp_path: Path) -> None:
    sheet = read(tmp_path, REPORTS["monthly"])["Electricity by origin"]

    share = row_of(sheet, "grid")[-1]
    assert (share.value, share.number_format) == (0.9231, "0.00%")


def test_absence_is_a_word_in_the_language_of_the_report(tmp_path: Path) -> None:
    row = row_of(read(tmp_path, REPORTS["monthly"])["Summary"], "Scope 3")
    assert [cell.value for cell in row[1:]] == ["none booked"] * 3

    row = row_of(read(tmp_path, REPORTS["monthly"], ZH)["摘要"], "范围三")
    assert [cell.value for cell in row[1:]] == ["未记账"] * 3


def test_the_reason_stands_on_every_sheet_with_a_doubted_number_and_in_the_notes(
    tmp_path: Path,
) -> None:
    book = read(tmp_path, REPORTS["monthly"])
    reason = "†1 the factor's official text has not been read (M)"

    with_reason = [s.title for s in book if reason in {cell.value for cell in cells(s)}]

    assert with_reason == [
        "Summary",
        "Location-based (CO2e)",
        "Market-based (CO2e)",
        "Indicators",
        "Notes",
    ]
    assert all(sheet["A3"].value == "Contains unverified numbers (†)" for sheet in book)


def test_charts_are_native_and_the_hours_are_coloured(tmp_path: Path) -> None:
    book = read(tmp_path, REPORTS["monthly"])

    assert {sheet.title: len(sheet._charts) for sheet in book if sheet._charts} == {
        "Summary": 1,
        "Park acceptance (CO2)": 1,
        "Location-based (CO2e)": 1,
        "Market-based (CO2e)": 1,
        "Electricity by origin": 1,
        "Indicators": 1,
    }
    assert len(book["Clean supply matched in time"].conditional_formatting) == 1


def test_what_is_absent_is_left_out_of_a_chart(tmp_path: Path) -> None:
    lines = (a_line(1, month=Month(2025, 7)),)

    sheet = read(tmp_path, monthly_report(monthly_inputs(lines=lines)))["Location-based (CO2e)"]

    drawn = [row for row in sheet.iter_rows() if row[0].value == "2025-06"][-1]
    assert drawn[1].value is None


def test_headings_stay_in_sight(tmp_path: Path) -> None:
    book = read(tmp_path, REPORTS["evidence"])

    assert book["Factors"]["A6"].value == "Ledger"
    assert book["Factors"].freeze_panes == "A7"
    assert book["Factors"].print_title_rows == "$6:$6"


def test_an_inventory_names_no_other_enterprise(tmp_path: Path) -> None:
    book = read(tmp_path, REPORTS["inventory"])

    texts = " ".join(str(cell.value) for sheet in book for cell in cells(sheet))
    assert "Steel Works" in texts
    assert "Laboratories" not in texts


@pytest.mark.parametrize("language", [EN, ZH])
@pytest.mark.parametrize("kind", list(REPORTS))
def test_the_same_content_gives_the_same_bytes_dated_by_the_content(
    tmp_path: Path, kind: str, language: Language
) -> None:
    path = written(tmp_path, REPORTS[kind], language)
    first = path.read_bytes()

    with ZipFile(path) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2025-08-03T06:00:00Z" in parts.read("docProps/core.xml")
    assert written(tmp_path, REPORTS[kind], language).read_bytes() == first


HOSTILE = (
    '=HYPERLINK("http://example.org","x")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "http://example.org/?a=1",
    "12345",
    "{=1+1}",
    "a\x00b\x07c",
    "[]:*?/\\'&amp;<x>",
    "😀" * 300,
    "half \ud800 of a pair",
    '"; [Red]0',
    "",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_of_users_stay_texts(tmp_path: Path, text: str) -> None:
    inputs = monthly_inputs(
        masthead=replace(a_masthead(), park=text),
        enterprises=(Enterprise("steel", text),),
        lines=(a_line(1, activity=text, unverified=(Text(text, text),)),),
        open_items=(an_open_item(what=text, where=text, kind=text),),
        indicators=(an_indicator(name=text, formula=text, missing=(text,), unit=text),),
    )

    path = written(tmp_path, monthly_report(inputs))

    book = load_workbook(path)
    assert {c.data_type for sheet in book for c in cells(sheet)} <= {"s", "n"}
    assert not any(cell.hyperlink for sheet in book for cell in cells(sheet))
    with ZipFile(path) as parts:
        files = {name: parts.read(name) for name in parts.namelist()}
    assert not any(b"<f>" in file for name, file in files.items() if "worksheets/sheet" in name)
    assert all(ElementTree.fromstring(file).tag for file in files.values())


def test_a_text_that_looks_like_a_formula_is_kept_as_it_is(tmp_path: Path) -> None:
    item = an_open_item(kind="=1+1")

    sheet = read(tmp_path, monthly_report(monthly_inputs(open_items=(item,))))["Open items"]

    cell = row_of(sheet, "=1+1")[0]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)


def test_a_text_longer_than_a_cell_is_cut_and_says_so(tmp_path: Path) -> None:
    item = an_open_item(kind="x" * 40_000)

    sheet = read(tmp_path, monthly_report(monthly_inputs(open_items=(item,))))["Open items"]

    longest = max((str(cell.value) for cell in cells(sheet)), key=len)
    assert len(longest) == 32_767
    assert longest.endswith("x…")


def test_a_number_with_many_doubts_has_a_format_that_a_spreadsheet_takes(tmp_path: Path) -> None:
    reasons = tuple(Text(f"reason {number}", f"原因{number}") for number in range(400))
    every_other = tuple(a_line(1, unverified=(reason,)) for reason in reasons[::2])
    all_of_them = (a_line(1, ledger=Ledger.PARK_ACCEPTANCE, unverified=(x,)) for x in reasons)
    lines = (*all_of_them, *every_other)

    sheet = read(tmp_path, monthly_report(monthly_inputs(lines=lines)))["Location-based (CO2e)"]

    formats = {cell.number_format for cell in cells(sheet)}
    assert max(map(len, formats)) <= 255


def test_a_share_of_a_doubted_whole_is_doubted(tmp_path: Path) -> None:
    doubted = replace(monthly_inputs().origins[0], unverified=(Text("estimated", "估算"),))
    report = monthly_report(monthly_inputs(origins=(doubted, *monthly_inputs().origins[1:])))

    sheet = read(tmp_path, report)["Electricity by origin"]

    assert row_of(sheet, "own PV")[-1].number_format == '0.00%" †2"'


def test_an_indicator_keeps_its_unit(tmp_path: Path) -> None:
    steps = an_indicator(value=Fraction(1, 3), unit="tCO2/tce", unverified=())

    sheet = read(tmp_path, monthly_report(monthly_inputs(indicators=(steps,))))["Indicators"]

    value = row_of(sheet, "whole park")[2]
    assert (value.value, value.number_format) == (0.3333, '#,##0.0000" tCO2/tce"')


def test_a_year_of_seven_ledgers_has_a_sheet_for_each(tmp_path: Path) -> None:
    period = Period(Month(2025, 1), Month(2025, 12))
    inputs = evidence_inputs(masthead=a_masthead(period), lines=tuple(a_large_year(3)))

    book = read(tmp_path, evidence_pack(inputs))

    assert sum(sheet.title.endswith(("(CO2)", "(CO2e)")) for sheet in book) == len(Ledger)


def test_only_pdf_and_xlsx_are_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"report.csv is no .pdf or .xlsx file"):
        render(REPORTS["monthly"], EN, tmp_path / "report.csv")
