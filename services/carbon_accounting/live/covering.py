"""Quarters whose coverage changed, booked again portion by portion."""

from dataclasses import replace
from datetime import datetime

from services.carbon_accounting.live.bookkeeping import Order, Step, rebook, span_due
from services.carbon_accounting.live.coverage import changed_starts, settle
from services.carbon_accounting.live.live_rules import LiveRules
from services.carbon_accounting.live.store import PostgresBooks

PORTION = 96 * 31
COVERAGE = "certificates cover it otherwise"


async def next_covered(books: PostgresBooks, rules: LiveRules, now: datetime) -> Step:
    """Book the oldest quarters that are covered otherwise; `quarters`: how many were looked at.

    What is not in the books yet is left alone: it takes its coverage when it is booked first.
    """
    starts = await changed_starts(books.connection, books.park_id, PORTION)
    span = await span_due(books, rules)
    booked = [start for start in starts if span is not None and start in span]
    step = await rebook(books, booked, rules, now, Order(COVERAGE))
    settled = {*starts} - {*step.left}
    await settle(books.connection, books.park_id, sorted(settled))
    return replace(step, quarters=len(settled))
