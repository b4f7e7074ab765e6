"""Quarters whose coverage changed, booked again portion by portion."""

from datetime import datetime

from services.carbon_accounting.live.bookkeeping import Order, Step, rebook
from services.carbon_accounting.live.coverage import changed_starts, settle
from services.carbon_accounting.live.live_rules import LiveRules
from services.carbon_accounting.live.store import PostgresBooks

PORTION = 96 * 31
COVERAGE = "what certificates cover changed"


async def next_covered(books: PostgresBooks, rules: LiveRules, now: datetime) -> Step:
    """Book the oldest quarters that are covered otherwise; their `quarters` are 0 when all are."""
    starts = await changed_starts(books.connection, books.park_id, PORTION)
    if not starts:
        return Step()
    step = await rebook(books, starts, rules, now, Order(COVERAGE))
    await settle(books.connection, books.park_id, starts)
    return step
