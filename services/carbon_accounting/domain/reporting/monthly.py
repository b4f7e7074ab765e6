"""The park's monthly report: the month in every ledger, the year so far, indicators, doubts."""

from collections.abc import Iterable, Sequence

from services.carbon_accounting.domain.ledgers import Book
from services.carbon_accounting.domain.reporting.assembly import (
    NOTES,
    check_months,
    cover_of,
    ledger_heading,
    summary_section,
)
from services.carbon_accounting.domain.reporting.closing_section import closing_sections
from services.carbon_accounting.domain.reporting.content import Kind, Report, Section
from services.carbon_accounting.domain.reporting.energy_sections import (
    matching_section,
    origins_section,
)
from services.carbon_accounting.domain.reporting.grouping import grouped
from services.carbon_accounting.domain.reporting.indicator_sections import indicators_section
from services.carbon_accounting.domain.reporting.inputs import MonthlyInputs
from services.carbon_accounting.domain.reporting.ledger_tables import (
    books_in,
    by_activity,
    by_group,
    by_month_chart,
    lines_of,
)
from services.carbon_accounting.domain.reporting.records import BookedLine, UnmatchedDay
from services.carbon_accounting.domain.reporting.restatement_section import restatements_section
from services.carbon_accounting.domain.reporting.trail_sections import (
    factors_section,
    open_items_section,
)
from services.carbon_accounting.domain.reporting.wording import name_of
from services.energy.site import Text


def monthly_report(inputs: MonthlyInputs) -> Report:
    """Return the report of the period's last month, with the period up to it month by month."""
    check_months(inputs.lines, inputs.masthead.period)
    _check_whole_park(inputs.unmatched)
    month = inputs.masthead.period.last
    of_month = [line for line in inputs.lines if line.month == month]
    flows = [flow for flow in inputs.origins if flow.month == month]
    title = Text(f"Emissions in {month}", f"{month} 排放量")
    return Report(
        cover_of(Kind.MONTHLY, inputs.masthead, len(inputs.open_items)),
        (
            summary_section(title, of_month),
            *closing_sections(inputs.masthead.closings),
            *(_ledger_section(book, inputs, of_month) for book in books_in(inputs.lines)),
            origins_section(flows),
            indicators_section(inputs.indicators, inputs.enterprises),
            matching_section(inputs.matching, inputs.unmatched, inputs.enterprises),
            open_items_section(inputs.open_items, inputs.enterprises),
            restatements_section(inputs.restatements, inputs.enterprises),
            factors_section(inputs.factors),
        ),
        NOTES,
    )


def _ledger_section(
    book: type[Book], inputs: MonthlyInputs, of_month: Sequence[BookedLine]
) -> Section:
    month = inputs.masthead.period.last
    activities = Text(f"Activities in {month}", f"{month} 排放活动")
    tenants = Text(f"Enterprises in {month}", f"{month} 各企业")
    course = Text("Month by month", "逐月")
    enterprises = [
        (name_of(enterprise, inputs.enterprises), lines)
        for enterprise, lines in grouped(lines_of(book, of_month), lambda li: li.enterprise).items()
    ]
    everything = grouped(lines_of(book, inputs.lines), lambda line: line.month)
    months = [(str(each), everything.get(each, [])) for each in inputs.masthead.period.months]
    return Section(
        ledger_heading(book),
        (
            by_activity(book, activities, of_month),
            by_group(book, tenants, Text("Enterprise", "企业"), enterprises),
            by_group(book, course, Text("Month", "月份"), months),
            by_month_chart(book, course, inputs.masthead.period.months, inputs.lines),
        ),
    )


def _check_whole_park(days: Iterable[UnmatchedDay]) -> None:
    """Raise ValueError when unmatched hours of one enterprise would be added to the park's."""
    strangers = sorted({day.enterprise for day in days if day.enterprise is not None})
    if strangers:
        raise ValueError(
            f"unmatched hours of {strangers} are not the whole park's; give the park's"
        )
