"""An enterprise's inventory: its own lines of every ledger; it sees nothing of another one."""

from collections.abc import Iterable

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
from services.carbon_accounting.domain.reporting.costs import cost_sections
from services.carbon_accounting.domain.reporting.energy_sections import (
    matching_section,
    origins_section,
)
from services.carbon_accounting.domain.reporting.grouping import grouped
from services.carbon_accounting.domain.reporting.indicator_sections import indicators_section
from services.carbon_accounting.domain.reporting.inputs import InventoryInputs
from services.carbon_accounting.domain.reporting.ledger_tables import (
    books_in,
    by_activity,
    by_group,
    by_month_chart,
    lines_of,
)
from services.carbon_accounting.domain.reporting.restatement_section import restatements_section
from services.carbon_accounting.domain.reporting.trail_sections import (
    factors_section,
    open_items_section,
)
from services.energy.site import Text


class NotItsOwn(ValueError):
    """Something of another enterprise, or of the park, was to go into an inventory."""


def enterprise_inventory(inputs: InventoryInputs) -> Report:
    """Return the inventory of one enterprise; NotItsOwn names whatever is of another one."""
    _check_owner(inputs)
    check_months(inputs.lines, inputs.masthead.period)
    own = (inputs.enterprise,)
    title = Text(
        f"Emissions, {inputs.masthead.period.text.en}", f"{inputs.masthead.period.text.zh} 排放量"
    )
    return Report(
        cover_of(Kind.INVENTORY, inputs.masthead, len(inputs.open_items), inputs.enterprise.name),
        (
            summary_section(title, inputs.lines),
            *closing_sections(inputs.masthead.closings),
            *(_ledger_section(book, inputs) for book in books_in(inputs.lines)),
            origins_section(inputs.origins),
            *cost_sections(inputs.costs),
            indicators_section(inputs.indicators, own),
            matching_section(inputs.matching, inputs.unmatched, own),
            open_items_section(inputs.open_items, own),
            restatements_section(inputs.restatements, own),
            factors_section(inputs.factors),
        ),
        NOTES,
    )


def _ledger_section(book: type[Book], inputs: InventoryInputs) -> Section:
    months = inputs.masthead.period.months
    by_month = grouped(lines_of(book, inputs.lines), lambda line: line.month)
    course = Text("Month by month", "逐月")
    rows = [(str(month), by_month.get(month, [])) for month in months]
    return Section(
        ledger_heading(book),
        (
            by_activity(book, Text("Activities", "排放活动"), inputs.lines),
            by_group(book, course, Text("Month", "月份"), rows),
            by_month_chart(book, course, months, inputs.lines),
        ),
    )


def _check_owner(inputs: InventoryInputs) -> None:
    owners: dict[str, Iterable[str | None]] = {
        "lines": (line.enterprise for line in inputs.lines),
        "origins": (flow.enterprise for flow in inputs.origins),
        "indicators": (each.enterprise for each in inputs.indicators),
        "matching": (each.enterprise for each in inputs.matching),
        "unmatched": (each.enterprise for each in inputs.unmatched),
        "open_items": (item.enterprise for item in inputs.open_items),
        "restatements": (each.enterprise for each in inputs.restatements),
        "costs": (each.enterprise for each in inputs.costs),
    }
    strangers = [
        f"{what} of {sorted(others)}"
        for what, found in owners.items()
        if (others := {owner or "the park" for owner in found if owner != inputs.enterprise.id})
    ]
    if strangers:
        raise NotItsOwn(
            f"the inventory of {inputs.enterprise.id!r} was given {', '.join(strangers)}; "
            "give only what is its own"
        )
