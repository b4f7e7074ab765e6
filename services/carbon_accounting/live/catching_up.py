"""What was booked by other rules, or not yet, booked portion by portion."""

from datetime import datetime, timedelta

from services.carbon_accounting.domain.live.due import touched
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.live.bookkeeping import RULES, Order, Step, rebook, span_due
from services.carbon_accounting.live.books import Books
from services.carbon_accounting.live.live_rules import LiveRules

PORTION = timedelta(days=31)


async def next_portion(books: Books, rules: LiveRules, now: datetime) -> tuple[Step, int]:
    """Book the oldest month of what is outdated or lacking; return how many quarters are left."""
    span, booked = await span_due(books, rules), await books.booked()
    closed, zone = await books.closed_months(), rules.site.time_zone
    found = {*await books.outdated(rules.fingerprint), *touched((), booked, span)}
    is_due = frozenset() if span is None else frozenset(start for start in found if start in span)
    # what a closed month holds and is not due any more stays as it was closed
    starts = sorted(s for s in found if s in is_due or str(Month.of(s, zone)) not in closed)
    if not starts:
        return Step(), 0
    portion = [start for start in starts if start < starts[0] + PORTION]
    left = len(starts) - len(portion)
    more_follows = left > 0 and starts[len(portion)] - portion[-1] <= timedelta(days=1)
    step = await rebook(books, portion, rules, now, Order(RULES, more_follows=more_follows))
    return step, left
