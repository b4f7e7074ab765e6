"""The verdicts on claims for a period, out of books."""

from collections.abc import Iterator
from datetime import datetime

from services.carbon_accounting.book.quality_table import QUALITY
from services.carbon_accounting.book.report_source import ReportSource
from services.carbon_accounting.book.written_books import Row
from services.carbon_accounting.domain.certificates.quality import Met
from services.carbon_accounting.domain.inventory.site import PARK
from services.carbon_accounting.domain.reporting.periods import Period
from services.carbon_accounting.domain.reporting.records import ClaimVerdict
from services.energy.time_grid import Interval

CERTIFICATES = "certificates"


def claim_verdicts(books: ReportSource, period: Period) -> tuple[ClaimVerdict, ...] | None:
    """Return those of claims for consumption in the period, in the order of the books.

    None where books rest on certificates and do not say: they were written by an earlier version.
    """
    if books.has(QUALITY):
        return tuple(_in_period(books, period))
    return None if any(file["role"] == CERTIFICATES for file in books.files) else ()


def _in_period(books: ReportSource, period: Period) -> Iterator[ClaimVerdict]:
    start, end = period.first.start(books.zone), period.last.plus(1).start(books.zone)
    for row in books.table(QUALITY):
        consumed = Interval(_moment(row["consumed_from"]), _moment(row["consumed_to"]))
        if consumed.start < end and start < consumed.end:
            yield _verdict(row)


def _verdict(row: Row) -> ClaimVerdict:
    whose = None if row["claimant"] == PARK else row["claimant"]
    met = Met(row["verdict"])
    return ClaimVerdict(row["claim"], whose, row["criterion"], met, row["why"], row["trust"])


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
