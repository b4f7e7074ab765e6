"""A report of books, written or live."""

from services.carbon_accounting.book.report_inputs import (
    evidence_inputs,
    inventory_inputs,
    monthly_inputs,
    year_up_to,
)
from services.carbon_accounting.book.report_source import ReportSource
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.reporting.content import Kind, Report
from services.carbon_accounting.domain.reporting.evidence import evidence_pack
from services.carbon_accounting.domain.reporting.inventory import enterprise_inventory
from services.carbon_accounting.domain.reporting.monthly import monthly_report


def report_of(books: ReportSource, kind: Kind, month: Month, enterprise: str) -> Report:
    """Return the report up to a booked month; `enterprise` says whose an inventory is."""
    period = year_up_to(month, books.months)
    match kind:
        case Kind.MONTHLY:
            return monthly_report(monthly_inputs(books, period))
        case Kind.INVENTORY:
            return enterprise_inventory(inventory_inputs(books, period, enterprise))
        case Kind.EVIDENCE:
            return evidence_pack(evidence_inputs(books, period))
