"""What was booked by other rules, or not yet, booked portion by portion."""

from datetime import datetime, timedelta

from services.carbon_accounting.domain.live.due import touched
from services.carbon_accounting.live.bookkeeping import RULES, Order, Step, rebook, span_due
from services.carbon_accounting.live.books import Books
from services.carbon_accounting.live.live_rules import LiveRules

PORTION = timedelta(days=31)


async def next_portion(books: Books, rules: LiveRules, now: datetime) -> tuple[Step, int]:
    """Book the oldest month of what is outdated or lacking; return how many quarters are left."""
    span, booked = await span_due(books, rules), await books.booked()
    starts = sorted({*await books.outdated(rules.fingerprint), *touched((), booked, span)})
    if not starts:
        return Step(), 0
    portion = [start for start in starts if start < starts[0] + PORTION]
    left = len(starts) - len(portion)
    more_follows = left > 0 and starts[len(portion)] - portion[-1] <= timedelta(days=1)
    step = await rebook(books, portion, rules, now, Order(RULES, more_follows=more_follows))
    return step, left
