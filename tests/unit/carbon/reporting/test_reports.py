"""What the three reports hold, before any layout."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from services.carbon_accounting.domain.ledgers import Ledger, LocationBased
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.reporting.cells import (
    NOT_BOOKED,
    NOT_KNOWN,
    Absent,
    Cell,
    Emitted,
    Quantity,
)
from services.carbon_accounting.domain.reporting.charts import HeatMap, Lines, StackedBars
from services.carbon_accounting.domain.reporting.content import Report
from services.carbon_accounting.domain.reporting.evidence import evidence_pack
from services.carbon_accounting.domain.reporting.inputs import AsReportedOn
from services.carbon_accounting.domain.reporting.inventory import NotItsOwn, enterprise_inventory
from services.carbon_accounting.domain.reporting.measures import ENERGY
from services.carbon_accounting.domain.reporting.monthly import monthly_report
from services.carbon_accounting.domain.reporting.periods import Period
from services.carbon_accounting.domain.reporting.records import Enterprise, Status
from services.carbon_accounting.domain.reporting.tables import LedgerTable, SideBySide, Table
from tests.support.carbon_reports import (
    DOUBT,
    JULY,
    LABS,
    NG_PER_T,
    STEEL,
    a_line,
    a_masthead,
    a_restatement,
    an_indicator,
    an_open_item,
    evidence_inputs,
    inventory_inputs,
    monthly_inputs,
    some_flows,
    unmatched_days,
)


def blocks(report: Report, heading: str) -> tuple[Any, ...]:
    return next(s.blocks for s in report.sections if s.heading.en.startswith(heading))


def tonnes(cell: Cell) -> Fraction:
    assert isinstance(cell, Emitted)
    return Fraction(cell.nanograms, NG_PER_T)


def test_the_summary_has_a_column_for_each_ledger_and_a_row_for_each_scope() -> None:
    summary = next(
        b for b in blocks(monthly_report(monthly_inputs()), "Summary") if isinstance(b, SideBySide)
    )

    location = next(column for column in summary.columns if column.book is LocationBased)
    scope_1, scope_2, scope_3, within, outside = location.values
    assert (tonnes(scope_1), tonnes(scope_2)) == (20, Fraction("630.6"))
    assert scope_3 == NOT_BOOKED
    assert (tonnes(within), tonnes(outside)) == (Fraction("650.6"), 5)


def test_the_month_is_that_of_the_periods_end_and_the_course_reaches_back() -> None:
    activities, _, course, chart = blocks(monthly_report(monthly_inputs()), "Location-based")

    assert tonnes(activities.total[3]) == Fraction("650.6")
    assert [row[0] for row in course.rows] == ["2025-06", "2025-07"]
    assert tonnes(course.total[4]) == Fraction("1150.6")
    assert chart.categories == ("2025-06", "2025-07")


def test_the_enterprises_of_a_ledger_add_up_to_the_park_to_the_nanogram() -> None:
    lines = (a_line(ng=1), a_line(ng=10**15, enterprise="labs"), a_line(ng=7, enterprise=None))

    activities, enterprises, *_ = blocks(
        monthly_report(monthly_inputs(lines=lines)), "Location-based"
    )

    assert enterprises.total[4].nanograms == activities.total[3].nanograms == 10**15 + 8
    assert sum(row[4].nanograms for row in enterprises.rows) == 10**15 + 8


def test_a_month_without_entries_is_said_in_words_and_never_zero() -> None:
    lines = (a_line(1, month=JULY),)

    _, _, course, chart = blocks(monthly_report(monthly_inputs(lines=lines)), "Location-based")

    assert course.rows[0][1:] == (NOT_BOOKED,) * 5
    assert chart.series[0].values[0] == NOT_BOOKED


def test_a_doubt_follows_its_number_into_every_sum() -> None:
    sure, doubted = a_line(1), a_line(2, unverified=(DOUBT,))

    activities, *_ = blocks(monthly_report(monthly_inputs(lines=(sure, doubted))), "Location-based")

    assert activities.total[3].unverified == (DOUBT,)


def test_half_a_kilogram_of_sf6_is_no_zero_tonnes() -> None:
    leak = replace(a_line(12.6, activity="leakage"), amount=500, unit="g")
    whole = replace(a_line(2, activity="calcining"), amount=3_000_000, unit="g")

    activities, *_ = blocks(monthly_report(monthly_inputs(lines=(leak, whole))), "Location-based")

    shown = {row[1]: (row[2].amount, row[2].measure.unit) for row in activities.rows}
    assert shown == {"leakage": (500, "kg"), "calcining": (3_000_000, "t")}


def test_an_indicator_of_one_month_or_of_no_value_has_no_chart() -> None:
    alone = an_indicator(course=((JULY, Fraction(3, 10)),))
    unknown = an_indicator(value=None, course=((Month(2025, 6), None), (JULY, None)))
    inputs = monthly_inputs(indicators=(alone, unknown, an_indicator()))

    found = blocks(monthly_report(inputs), "Indicators")

    assert [len(one.categories) for one in found if isinstance(one, Lines)] == [2]


def test_reasons_are_numbered_as_they_first_appear() -> None:
    other = replace(DOUBT, en="stands in for 2024")
    lines = (a_line(1, unverified=(other,)), a_line(2, unverified=(DOUBT, other)))

    report = monthly_report(monthly_inputs(lines=lines))

    assert report.footnotes[other] == 1
    assert report.footnotes[DOUBT] == 2
    assert report.is_unverified


def test_a_report_of_sure_numbers_alone_is_not_marked() -> None:
    report = monthly_report(monthly_inputs(lines=(a_line(1),), indicators=()))

    assert not report.is_unverified
    assert report.unverified_numbers == 0


def test_consumption_by_origin_adds_up_to_the_whole() -> None:
    table, chart = blocks(monthly_report(monthly_inputs()), "Electricity")

    assert table.total[1] == Quantity(2_600_000, ENERGY)  # 24 × 100 kWh + 4 × 50 kWh
    assert [row[2].amount for row in table.rows] == [Fraction(12, 13), Fraction(1, 13)]
    assert isinstance(chart, StackedBars)
    assert chart.series[1].values[9:11] == (NOT_BOOKED, Quantity(50_000, ENERGY))


def test_an_indicator_without_value_names_what_is_missing() -> None:
    found = an_indicator(value=None, status=Status.NOT_KNOWN, missing=("annual energy", "steam"))

    values, formulas, chart = blocks(
        monthly_report(monthly_inputs(indicators=(found,))), "Indicators"
    )

    assert isinstance(values.rows[0][2], Absent)
    assert values.rows[0][5].en == "annual energy; steam"
    assert formulas.rows[0][1].en == "E_park / Q_park"
    assert isinstance(chart, Lines)


def test_hours_not_matched_are_a_field_of_days_and_hours() -> None:
    *_, field = blocks(monthly_report(monthly_inputs()), "Clean supply")

    assert isinstance(field, HeatMap)
    assert len(field.series) == 31
    assert field.series[0].values[2] == Quantity(2000, ENERGY)
    assert field.series[0].values[23] == NOT_KNOWN


def test_the_hours_of_more_than_a_month_are_added_by_month() -> None:
    july = unmatched_days()
    days = (*july, replace(july[0], day=date(2025, 8, 1)))

    *_, field = blocks(monthly_report(monthly_inputs(unmatched=days)), "Clean supply")

    assert [series.name for series in field.series] == ["2025-07", "2025-08"]
    assert field.series[0].values[2] == Quantity(31 * 2000, ENERGY)


def test_a_restatement_shows_both_versions_difference_and_reason() -> None:
    (table,) = blocks(monthly_report(monthly_inputs()), "Restatements")

    row = table.rows[0]
    assert isinstance(table, LedgerTable)
    assert [tonnes(row[place]) for place in (4, 6, 7)] == [500, 530, 30]
    assert row[8:] == ("late reading of steel.meter-1", "auditor@park")


def test_what_was_not_booked_before_a_restatement_is_no_zero() -> None:
    new = a_restatement(before=replace(a_restatement().before, nanograms=None))

    (table,) = blocks(monthly_report(monthly_inputs(restatements=(new,))), "Restatements")

    assert table.rows[0][4] == NOT_BOOKED
    assert tonnes(table.total[7]) == 530


def test_a_doubt_about_either_version_follows_into_the_difference() -> None:
    doubted = replace(a_restatement().before, unverified=(DOUBT,))

    (table,) = blocks(
        monthly_report(monthly_inputs(restatements=(a_restatement(before=doubted),))),
        "Restatements",
    )

    before, after, difference = (table.rows[0][place] for place in (4, 6, 7))
    assert [cell.unverified for cell in (before, after, difference)] == [(DOUBT,), (), (DOUBT,)]
    assert table.total[7].unverified == (DOUBT,)


def test_a_target_may_be_unverified_while_its_value_is_not() -> None:
    found = an_indicator(unverified=(), target_unverified=(DOUBT,))

    values, _, chart = blocks(monthly_report(monthly_inputs(indicators=(found,))), "Indicators")

    assert (values.rows[0][2].unverified, values.rows[0][3].unverified) == ((), (DOUBT,))
    assert chart.series[1].values[0].unverified == (DOUBT,)


def test_an_empty_park_says_so() -> None:
    report = monthly_report(
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

    said = [block.text.en for section in report.sections for block in section.blocks]
    assert said[0] == "Nothing is booked in this period."
    assert "There are no open items." in said


@pytest.mark.parametrize(
    ("field", "of_labs"),
    [
        ("lines", (a_line(1, enterprise="labs"),)),
        ("lines", (a_line(1, enterprise=None),)),
        ("origins", some_flows("labs")),
        ("indicators", (an_indicator(enterprise=None),)),
        ("unmatched", unmatched_days("labs")),
        ("open_items", (an_open_item(enterprise="labs"),)),
        ("restatements", (a_restatement(enterprise="labs"),)),
    ],
)
def test_an_inventory_refuses_what_is_of_another_enterprise_or_the_park(
    field: str, of_labs: tuple[object, ...]
) -> None:
    with pytest.raises(NotItsOwn, match=f"'steel' was given {field}"):
        enterprise_inventory(inventory_inputs(**{field: of_labs}))


def test_an_inventory_is_refused_when_one_line_among_many_is_another_ones() -> None:
    lines = (*inventory_inputs().lines, a_line(1, enterprise="steel "))

    with pytest.raises(NotItsOwn, match="'steel '"):
        enterprise_inventory(inventory_inputs(lines=lines))


def test_an_inventory_is_of_its_enterprise() -> None:
    report = enterprise_inventory(inventory_inputs())

    assert report.cover.enterprise == STEEL.name
    activities, course, _ = blocks(report, "Location-based")
    assert tonnes(activities.total[3]) == Fraction("1050.6")
    assert tonnes(course.total[4]) == Fraction("1050.6")


def test_lines_of_another_month_are_refused() -> None:
    inputs = monthly_inputs(lines=(a_line(1, month=Month(2025, 5)),))

    with pytest.raises(ValueError, match="lines of 2025-05 are not of 2025-06 to 2025-07"):
        monthly_report(inputs)


def test_the_evidence_lists_every_line_with_its_factors() -> None:
    (table,) = blocks(evidence_pack(evidence_inputs()), "Location-based")

    assert len(table.rows) == 5
    assert table.rows[3][6] == "gas v1"
    assert tonnes(table.total[5]) == Fraction("1150.6")  # biogenic 5 t are outside the scopes


def test_the_evidence_names_files_and_chain_heads() -> None:
    report = evidence_pack(evidence_inputs())

    (files,), (heads,) = blocks(report, "Input files"), blocks(report, "Hash chain")
    assert isinstance(files, Table)
    assert files.rows[0][2] == "0f" * 32
    assert isinstance(files.rows[1][1], Absent)
    assert heads.rows[1][3] == "cd" * 32


def test_a_factor_shows_its_exact_value_with_trust_and_source() -> None:
    (factors,) = blocks(evidence_pack(evidence_inputs()), "Factors")

    value = factors.rows[0][3]
    assert (value.amount, value.measure.unit) == (832_500_000, "kg/kWh")
    assert factors.rows[0][5:] == ("V2", "MEE and NBS, 2022")


def test_an_enterprise_without_name_is_shown_by_its_id() -> None:
    _, enterprises, *_ = blocks(
        monthly_report(monthly_inputs(enterprises=(LABS,))), "Location-based"
    )

    assert [row[0] for row in enterprises.rows] == ["steel", LABS.name]


def test_two_enterprises_of_the_same_name_stay_two() -> None:
    twins = (Enterprise("steel", "Works"), Enterprise("labs", "Works"))

    _, enterprises, *_ = blocks(monthly_report(monthly_inputs(enterprises=twins)), "Location-based")

    assert [row[0] for row in enterprises.rows] == ["Works", "Works"]


def test_a_period_has_its_months_over_the_turn_of_the_year() -> None:
    months = Period(Month(2024, 12), Month(2025, 2)).months

    assert [str(month) for month in months] == ["2024-12", "2025-01", "2025-02"]


def test_capture_is_a_line_of_its_own_that_lowers_the_total() -> None:
    lines = (a_line(10), a_line(-4, activity="capture", ledger=Ledger.LOCATION_BASED))

    activities, *_ = blocks(monthly_report(monthly_inputs(lines=lines)), "Location-based")

    assert [(row[1], tonnes(row[3])) for row in activities.rows] == [
        ("capture", -4),
        ("grid import", 10),
    ]
    assert tonnes(activities.total[3]) == 6


def test_as_reported_and_as_known_are_told_on_the_cover() -> None:
    reported = replace(a_masthead(), standing=AsReportedOn(date(2025, 8, 1)))

    known = monthly_report(monthly_inputs()).cover.standing
    assert known.en == "as known at 2025-08-03 06:00 UTC"
    before = monthly_report(monthly_inputs(masthead=reported)).cover.standing
    assert before.en == "as reported on 2025-08-01"


def test_unmatched_hours_of_one_enterprise_are_no_part_of_the_parks_month() -> None:
    with pytest.raises(ValueError, match=r"unmatched hours of \['labs'\]"):
        monthly_report(monthly_inputs(unmatched=unmatched_days("labs")))
