"""Reports as PDF: what is read on the pages, and that nothing leaves them."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from pypdf import PdfReader

from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.reporting.cells import NOT_KNOWN
from services.carbon_accounting.domain.reporting.charts import Lines, Series
from services.carbon_accounting.domain.reporting.content import Report, Section
from services.carbon_accounting.domain.reporting.evidence import evidence_pack
from services.carbon_accounting.domain.reporting.inventory import enterprise_inventory
from services.carbon_accounting.domain.reporting.monthly import monthly_report
from services.carbon_accounting.domain.reporting.periods import Period
from services.carbon_accounting.domain.reporting.records import Enterprise
from services.carbon_accounting.reports.pdf_charts import unbroken
from services.carbon_accounting.reports.pdf_pages import MARGIN, PAGE
from services.carbon_accounting.reports.phrases import Language
from services.carbon_accounting.reports.rendering import render
from services.energy.site import Text
from tests.support.carbon_reports import (
    DOUBT,
    LABS,
    a_large_year,
    a_line,
    a_masthead,
    an_indicator,
    an_open_item,
    evidence_inputs,
    inventory_inputs,
    monthly_inputs,
    unmatched_days,
)
from tests.support.pdf_texts import Piece, pages_of, pieces_of, text_of

EN, ZH = Language.EN, Language.ZH
REPORTS_LEDGERS = tuple(Ledger)
REPORTS = {
    "monthly": monthly_report(monthly_inputs()),
    "inventory": enterprise_inventory(inventory_inputs()),
    "evidence": evidence_pack(evidence_inputs()),
}


def written(tmp_path: Path, report: Report, language: Language = EN) -> Path:
    path = tmp_path / "report.pdf"
    render(report, language, path)
    return path


def test_the_monthly_report_reads_in_english(tmp_path: Path) -> None:
    text = text_of(written(tmp_path, REPORTS["monthly"]))

    assert "Park monthly carbon report" in text
    assert "as known at 2025-08-03 06:00 UTC" in text
    assert "Scope 2 832.500 630.600 609.600 †1" in text
    assert "grid 2.400 92.31" in text
    assert "0.3000 tCO2/tce †1" in text
    assert "†1 the factor's official text has not been read (M)" in text


def test_the_monthly_report_reads_in_chinese(tmp_path: Path) -> None:
    text = text_of(written(tmp_path, REPORTS["monthly"], ZH))

    assert "园区碳排放月报" in text
    assert "范围二 832.500 630.600 609.600 †1" in text
    assert "基于市场台账, tCO2e" in text
    assert "钢铁厂" in text
    assert "†1 未读到因子的官方文本（M）" in text


def test_absence_is_a_word_and_not_a_zero(tmp_path: Path) -> None:
    assert "Scope 3 none booked none booked none booked" in text_of(
        written(tmp_path, REPORTS["monthly"])
    )
    assert "范围三 未记账 未记账 未记账" in text_of(written(tmp_path, REPORTS["monthly"], ZH))


def test_every_page_names_park_period_number_and_doubt(tmp_path: Path) -> None:
    pages = pages_of(written(tmp_path, REPORTS["monthly"]))

    for number, page in enumerate(pages, start=1):
        assert "Demo Park · Park monthly carbon report · 2025-07 (course from 2025-06)" in page
        assert f"Page {number} of {len(pages)}" in page
        assert "Contains unverified numbers (†)" in page


def test_a_report_of_sure_numbers_alone_has_no_banner(tmp_path: Path) -> None:
    sure = monthly_report(monthly_inputs(lines=(a_line(1),), indicators=()))

    text = text_of(written(tmp_path, sure))

    assert "unverified numbers" not in text
    assert "no number is marked unverified" in text


def test_an_inventory_names_its_enterprise_and_no_other(tmp_path: Path) -> None:
    text = text_of(written(tmp_path, REPORTS["inventory"]))

    assert "Demo Park · Steel Works · Enterprise greenhouse gas inventory" in text
    assert "Laboratories" not in text
    assert "labs" not in text


def test_the_evidence_shows_digests_in_full(tmp_path: Path) -> None:
    text = text_of(written(tmp_path, REPORTS["evidence"], ZH))

    assert "0f" * 32 in text
    assert "cd" * 32 in text
    assert "0.832500000 kg/kWh" in text


@pytest.mark.parametrize("language", [EN, ZH])
@pytest.mark.parametrize("kind", list(REPORTS))
def test_the_same_content_gives_the_same_bytes(
    tmp_path: Path, kind: str, language: Language
) -> None:
    first = written(tmp_path, REPORTS[kind], language).read_bytes()

    assert written(tmp_path, REPORTS[kind], language).read_bytes() == first


def test_an_empty_park_says_so(tmp_path: Path) -> None:
    empty = monthly_report(
        monthly_inputs(
            lines=(),
            origins=(),
            indicators=(),
            matching=(),
            unmatched=(),
            open_items=(),
            restatements=(),
            factors=(),
        )
    )

    assert "Nothing is booked in this period." in text_of(written(tmp_path, empty))
    assert "本期没有任何记账。" in text_of(written(tmp_path, empty, ZH))


@pytest.mark.parametrize("language", [EN, ZH])
@pytest.mark.parametrize("kind", list(REPORTS))
def test_nothing_runs_out_of_the_page_and_all_is_legible(
    tmp_path: Path, kind: str, language: Language
) -> None:
    pieces = list(pieces_of(written(tmp_path, REPORTS[kind], language)))

    assert_on_the_page(pieces)
    assert_apart(pieces)


def test_long_names_and_large_numbers_still_fit(tmp_path: Path) -> None:
    long_name = "Consolidated Works of the Northern Industrial Zone " * 3
    enterprises = (Enterprise("steel", Text(long_name, "北方工业园区联合钢铁有限公司" * 5)), LABS)
    huge = tuple(
        a_line(ng=987_654_321_987 * 10**15, ledger=ledger, activity="a" * 200, unverified=doubts)
        for ledger in REPORTS_LEDGERS
        for doubts in [tuple(replace(DOUBT, en=f"doubt {number}") for number in range(6))]
    )
    inputs = monthly_inputs(enterprises=enterprises, lines=huge)

    for language in (EN, ZH):
        pieces = list(pieces_of(written(tmp_path, monthly_report(inputs), language)))
        assert_on_the_page(pieces)
        assert_apart(pieces)


def test_a_long_table_repeats_its_heading_on_every_page(tmp_path: Path) -> None:
    items = tuple(an_open_item(where=f"meter-{number:03d}") for number in range(120))

    pages = pages_of(written(tmp_path, monthly_report(monthly_inputs(open_items=items))))

    listing = [page for page in pages if "meter-" in page]
    assert len(listing) >= 4
    assert all("What closes it" in page for page in listing)
    assert sum(page.count("meter-0") + page.count("meter-1") for page in listing) >= 120


HOSTILE = (
    '<b>bold</b> & <para>x</para> <img src="file:///etc/passwd"/>',
    "</font></para><a href='http://example.org'>x</a>",
    "a\x00b\x07c\u202ed\ufeffe\nf\tg",
    '=HYPERLINK("http://example.org")',
    "emoji \U0001f600 and \ud800 half",
    "Köln 钢铁 Œuvre",
    "",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_users_is_never_read_as_markup(tmp_path: Path, text: str) -> None:
    inputs = monthly_inputs(
        masthead=replace(a_masthead(), park=text),
        enterprises=(Enterprise("steel", text),),
        lines=(a_line(1, activity=text, unverified=(Text(text, text),)),),
        open_items=(an_open_item(what=text, where=text, cure=text),),
        indicators=(an_indicator(name=text, formula=text, missing=(text,), unit=text),),
    )

    for language in (EN, ZH):
        pieces = list(pieces_of(written(tmp_path, monthly_report(inputs), language)))
        assert_on_the_page(pieces)


def test_markup_is_shown_as_it_was_written(tmp_path: Path) -> None:
    item = an_open_item(what="<b>5 & 6</b>")

    text = text_of(written(tmp_path, monthly_report(monthly_inputs(open_items=(item,)))))

    assert "<b>5 & 6</b>" in text


def test_letters_that_no_font_has_are_shown_as_such(tmp_path: Path) -> None:
    item = an_open_item(what="smile \U0001f600")

    text = text_of(written(tmp_path, monthly_report(monthly_inputs(open_items=(item,)))))

    assert "smile 〓" in text


def test_a_text_longer_than_a_page_goes_on_over_several(tmp_path: Path) -> None:
    item = an_open_item(what="lorem " * 6000)

    pages = pages_of(written(tmp_path, monthly_report(monthly_inputs(open_items=(item,)))))

    assert sum(page.count("lorem") for page in pages) == 6000


def test_a_chart_without_numbers_says_so(tmp_path: Path) -> None:
    unknown = Series(Text("value", "数值"), (NOT_KNOWN, NOT_KNOWN))
    bare = Lines(Text("Clean share", "清洁占比"), "%", ("2025-06", "2025-07"), (unknown,))
    section = Section(Text("Indicators", "指标"), (bare,))

    text = text_of(written(tmp_path, replace(REPORTS["monthly"], sections=(section,))))

    assert "There are no numbers to draw." in text


def test_the_footnotes_of_a_section_stand_in_their_order(tmp_path: Path) -> None:
    other = replace(DOUBT, en="annex 4 was not read")
    first, both = a_line(1, unverified=(other,)), an_indicator(unverified=(DOUBT, other))

    text = text_of(
        written(tmp_path, monthly_report(monthly_inputs(lines=(first,), indicators=(both,))))
    )

    assert text.rindex("†1 annex 4 was not read") < text.rindex(f"†2 {DOUBT.en}")


def test_what_the_books_say_in_english_is_told_in_chinese(tmp_path: Path) -> None:
    item = an_open_item(
        where="location_based",
        what="CH4 and N2O of combustion: no factor in the rules (GAP)",
        cure="nothing of it is in this ledger",
    )
    report = monthly_report(monthly_inputs(open_items=(item,)))

    text = text_of(written(tmp_path, report, ZH))

    assert "基于位置" in text
    assert "燃烧的 CH4 与 N2O：规则中没有因子（GAP）" in text
    assert "该台账不含此项" in text
    assert "no factor" not in text


def test_charts_of_many_years_still_fit_on_a_page(tmp_path: Path) -> None:
    period = Period(Month(2015, 1), Month(2024, 12))
    days = tuple(
        replace(unmatched_days("steel")[0], day=date(month.year, month.month, 1))
        for month in period.months
    )
    lines = tuple(a_line(1, month=month) for month in period.months)
    inputs = inventory_inputs(masthead=a_masthead(period), lines=lines, unmatched=days)

    pieces = list(pieces_of(written(tmp_path, enterprise_inventory(inputs))))

    assert_on_the_page(pieces)
    assert_apart(pieces)


def test_a_line_stops_at_a_gap_and_begins_anew_after_it() -> None:
    assert unbroken([1, 2, None, 4]) == [[1, 2, None, None], [None, None, None, 4]]
    assert unbroken([None, None]) == []


def test_a_chart_of_zeros_and_one_of_captures_are_drawn(tmp_path: Path) -> None:
    months = tuple((Month(2025, month), Fraction(0)) for month in (6, 7))
    zeros = an_indicator(course=months, target=Fraction(0))
    lines = (a_line(0), a_line(-5, activity="capture"))
    report = monthly_report(monthly_inputs(indicators=(zeros,), lines=lines))

    assert "-5.000" in text_of(written(tmp_path, report))


def assert_on_the_page(pieces: list[Piece]) -> None:
    assert pieces
    for piece in pieces:
        assert piece.left >= MARGIN - 1, piece
        assert piece.right <= PAGE[0] - MARGIN + 1, piece
        assert 15 <= piece.bottom <= PAGE[1] - 15, piece
        assert piece.size >= 7, piece


def assert_apart(pieces: list[Piece]) -> None:
    """No piece of text stands on another one of the same line."""
    lines = defaultdict(list)
    for piece in pieces:
        lines[piece.page, round(piece.bottom, 1)].append(piece)
    for line in lines.values():
        ordered = sorted(line, key=lambda piece: piece.left)
        for left, right in pairwise(ordered):  # runs of one text are told with its one begin
            assert left.left == right.left or left.right <= right.left + 0.5, (left, right)


def test_a_year_of_twelve_months_seven_ledgers_and_twenty_enterprises(tmp_path: Path) -> None:
    period = Period(Month(2025, 1), Month(2025, 12))
    lines = tuple(a_large_year())

    report = evidence_pack(evidence_inputs(masthead=a_masthead(period), lines=lines))

    assert len(lines) == 12 * 7 * 20 * 4
    last = PdfReader(written(tmp_path, report)).pages[-1].extract_text()
    assert "enterprise-19" in last
    assert "Scopes 1–3\n2,160.000" in last  # 12 months × 20 enterprises × (2 + 3 + 4) t
