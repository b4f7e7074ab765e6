"""What was booked by other rules, or not yet, booked portion by portion."""

from datetime import datetime

from services.carbon_accounting.domain.live.due import touched
from services.carbon_accounting.live.bookkeeping import (
    RULES,
    STORES,
    Order,
    Step,
    bookable,
    rebook,
    span_due,
)
from services.carbon_accounting.live.books import Books
from services.carbon_accounting.live.live_rules import LiveRules


async def next_portion(books: Books, rules: LiveRules, now: datetime) -> tuple[Step, int]:
    """Book the oldest of what is outdated, lacks or waits; return how many quarters are left."""
    span, outdated = await span_due(books, rules), await books.outdated(rules.fingerprint)
    lacking, waiting = touched((), await books.reach(), span), await books.waiting()
    starts = await bookable(books, rules, {*outdated, *lacking, *waiting}, span)
    await books.settle({*waiting} - {*starts})
    await books.await_booking(await bookable(books, rules, lacking, span))
    if not starts:
        return Step(), 0
    step = await rebook(books, starts, rules, now, Order(RULES if outdated else STORES))
    return step, len(step.left)
