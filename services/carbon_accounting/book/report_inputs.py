"""What each report is made of, out of books: the year up to a month, no clock."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from services.carbon_accounting.book.edition import indicators_of_product
from services.carbon_accounting.book.quality_table import QUALITY
from services.carbon_accounting.book.report_costs import COSTS, costs_of
from services.carbon_accounting.book.report_indicators import indicator_results
from services.carbon_accounting.book.report_lines import booked_lines, factors_used, origin_flows
from services.carbon_accounting.book.report_matching import matching_scores, unmatched_days
from services.carbon_accounting.book.report_quality import claim_verdicts
from services.carbon_accounting.book.report_source import ReportSource
from services.carbon_accounting.book.report_tables import WHOLE_PARK
from services.carbon_accounting.book.report_trail import (
    chain_heads,
    files_read,
    name_of_file,
    own_items,
    park_items,
)
from services.carbon_accounting.book.written_books import CHAIN, Row
from services.carbon_accounting.domain.inventory.site import PARK
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.reporting.cells import Name
from services.carbon_accounting.domain.reporting.inputs import (
    AsKnownAt,
    EvidenceInputs,
    InventoryInputs,
    Masthead,
    MonthlyInputs,
)
from services.carbon_accounting.domain.reporting.periods import Period
from services.carbon_accounting.domain.reporting.records import (
    BookedLine,
    Closing,
    Enterprise,
    IndicatorResult,
    Restatement,
)
from services.carbon_accounting.domain.reporting.wording import NOT_SHARED

TABLES = (
    *("totals.csv", "factors_used.csv", "origins_by_hour.csv", "indicators.csv"),
    *("matching_by_period.csv", "unmatched_hours.csv", "unknown_consumption.csv"),
    *("open_items.csv", "open_items_by_enterprise.csv", COSTS),
)
"""All that reports read, beside the chain and the entries that it seals."""
WHERE_THERE = (QUALITY,)
"""Tables that not all books have."""
SHOWN = 12


def year_up_to(month: Month, booked: Iterable[Month]) -> Period:
    """Return the booked months of a month's year up to it."""
    return Period(min(one for one in booked if one.year == month.year), month)


def monthly_inputs(books: ReportSource, period: Period) -> MonthlyInputs:
    """Return what the park's monthly report is made of."""
    month = Period(period.last, period.last)
    factors = _in(period, books.table("factors_used.csv"))
    everyone = {WHOLE_PARK: None, **{name: name for name in (*books.enterprises, PARK)}}
    scores = matching_scores(books.table("matching_by_period.csv"), month, books.months, everyone)
    return MonthlyInputs(
        _masthead(books, period, _files(books)),
        (*_enterprises(books), Enterprise(PARK, NOT_SHARED)),
        _lines(books, period, factors),
        tuple(origin_flows(_in(month, books.table("origins_by_hour.csv")))),
        tuple(indicator_results(books.table("indicators.csv"), period)),
        tuple(scores),
        tuple(unmatched_days(books, month, None)),
        tuple(park_items(books, period)),
        restatements=_restated(books, period),
        factors=tuple(factors_used(factors)),
    )


def inventory_inputs(books: ReportSource, period: Period, enterprise: str) -> InventoryInputs:
    """Return what an enterprise's inventory is made of: its own rows and nothing else."""

    def own(name: str) -> list[Row]:
        rows = _in(period, books.table(name))
        return [row for row in rows if row["enterprise"] == enterprise]

    factors = own("factors_used.csv")
    items = [
        row
        for row in books.table("open_items_by_enterprise.csv")
        if row["enterprise"] == enterprise
    ]
    scores = matching_scores(
        books.table("matching_by_period.csv"), period, books.months, {enterprise: enterprise}
    )
    return InventoryInputs(
        _masthead(books, period, _chain(books)),
        Enterprise(enterprise, books.enterprises[enterprise]),
        tuple(booked_lines(own("totals.csv"), factors, items, books.zone)),
        tuple(origin_flows(own("origins_by_hour.csv"))),
        tuple(_own_indicators(books, period, enterprise)),
        tuple(scores),
        tuple(unmatched_days(books, period, enterprise)),
        tuple(own_items(books, period, enterprise)),
        restatements=_own_restated(books, period, enterprise),
        factors=tuple(factors_used(factors)),
        costs=tuple(costs_of(own(COSTS))),
    )


def _own_indicators(
    books: ReportSource, period: Period, enterprise: str
) -> Iterator[IndicatorResult]:
    """Yield the indicators of the products that an enterprise makes."""
    made = [product for product, maker in books.products.items() if maker == enterprise]
    mine = {name for product in made for name in indicators_of_product(product)}
    rows = [row for row in books.table("indicators.csv") if row["indicator"] in mine]
    for one in indicator_results(rows, period):
        yield replace(one, enterprise=enterprise)


def evidence_inputs(books: ReportSource, period: Period) -> EvidenceInputs:
    """Return what an audit evidence pack is made of."""
    factors = _in(period, books.table("factors_used.csv"))
    return EvidenceInputs(
        _masthead(books, period, _files(books)),
        _enterprises(books),
        _lines(books, period, factors),
        tuple(factors_used(factors)),
        tuple(park_items(books, period)),
        restatements=_restated(books, period),
        chain_heads=tuple(chain_heads(books, period)),
        inputs=tuple(files_read(books.files)),
        rest_on_words=books.closings is not None,
        verdicts=claim_verdicts(books, period),
    )


def _lines(books: ReportSource, period: Period, factors: Iterable[Row]) -> tuple[BookedLine, ...]:
    totals = _in(period, books.table("totals.csv"))
    return tuple(booked_lines(totals, factors, books.table("open_items.csv"), books.zone))


def _restated(books: ReportSource, period: Period) -> tuple[Restatement, ...]:
    return tuple(one for one in books.restatements if one.month in period)


def _own_restated(books: ReportSource, period: Period, enterprise: str) -> tuple[Restatement, ...]:
    """Return an enterprise's restatements, with reasons that name no meter of others."""
    return tuple(
        replace(one, reason=books.reason_for_one(one))
        for one in _restated(books, period)
        if one.enterprise == enterprise
    )


def _masthead(books: ReportSource, period: Period, versions: Mapping[Name, str]) -> Masthead:
    """Return what a report says of itself; its date is when the newest of it became known."""
    program, _, version = books.software.partition(" ")
    known, said = books.known_at, {program: version, **versions}
    return Masthead(books.park, period, AsKnownAt(known), known, said, _closings(books, period))


def _closings(books: ReportSource, period: Period) -> tuple[Closing, ...] | None:
    if books.closings is None:
        return None
    return tuple(one for one in books.closings if one.month in period)


def _files(books: ReportSource) -> dict[Name, str]:
    """Return the files that the books rest on with the begin of their digests."""
    return {name_of_file(one): one["sha256"][:SHOWN] for one in books.files}


def _chain(books: ReportSource) -> dict[Name, str]:
    """Return the chain with the begin of its digest: it seals all entries and names no file."""
    return {CHAIN: books.chain_digest[:SHOWN]}


def _enterprises(books: ReportSource) -> tuple[Enterprise, ...]:
    return tuple(Enterprise(one, name) for one, name in books.enterprises.items())


def _in(period: Period, rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if Month.read(row["month"]) in period]
