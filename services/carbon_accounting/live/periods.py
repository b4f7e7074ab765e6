"""Closing a local month, and deciding what becomes of restatements that touch a closed one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.live.bookkeeping import RULES, Order, Step, rebook, span_due
from services.carbon_accounting.live.books import Books
from services.carbon_accounting.live.live_rules import LiveRules

SHOWN = 300
"""Characters of a restatement's reasons that its postings repeat."""


@dataclass(frozen=True, slots=True)
class NotClosed:
    """A month cannot be closed; `why` says so with the cure."""

    why: str


@dataclass(frozen=True, slots=True)
class NotPending:
    """There is no such restatement, or it has been decided."""

    restatement_id: int


@dataclass(frozen=True, slots=True)
class Changed:
    """A restatement would post something else than when it was looked at; it waits anew."""

    restatement_id: int
    version: int


async def close(
    books: Books,
    rules: LiveRules,
    month: str,
    by: str,
    because: str,
    now: datetime,
    *,
    open_items: Sequence[str] = (),
) -> NotClosed | None:
    """Close a local month (`2024-01`): from now on nothing in it is restated without approval.

    `open_items`, which whoever closes it knows of, are kept with it. Closing it again changes
    nothing. ValueError where `month` is none.
    """
    end = Month.read(month).interval(rules.site.time_zone).end
    span = await span_due(books, rules)
    if span is None or span.end < end:
        until = "nothing is" if span is None else f"books reach to {span.end.isoformat()}"
        return NotClosed(f"{month} ends {end.isoformat()}, {until} booked: close it later")
    told = await books.told(rules.registers, rules.ledger_from, rules.late_after)
    if told is None or told.until - rules.late_after < end:
        later = f"its last quarters may still be withdrawn: close it {rules.late_after} later"
        return NotClosed(f"{month} ends {end.isoformat()}, {later}")
    if waiting := [start for start in await books.waiting() if start < end]:
        since = waiting[0].isoformat()
        count = f"{len(waiting)} quarter hours from {since} on wait to be booked"
        return NotClosed(f"{month} ends {end.isoformat()}, {count}: close it later")
    await books.close_month(month, by, because, now, open_items)
    return None


async def approve(
    books: Books,
    rules: LiveRules,
    restatement_id: int,
    by: str,
    because: str,
    now: datetime,
    *,
    seen: int | None = None,
) -> Step | NotPending | Changed:
    """Post a restatement of a closed month, and what follows from it in open months.

    `seen` is the version that whoever decides looked at (None: the one that stands). Changed, and
    nothing posted, where the month would be restated otherwise by now.
    """
    found = await books.pending(restatement_id)
    if found is None:
        return NotPending(restatement_id)
    if seen not in (None, found.version):
        return Changed(restatement_id, found.version)
    starts = {await _begin(books, rules, found.month), *found.starts}
    why = found.because[:SHOWN] or RULES
    await rebook(books, starts, rules, now, Order(why))  # suspends: is it something else by now?
    again = await books.pending(restatement_id)
    if again is None or again.version != found.version:
        return Changed(restatement_id, found.version if again is None else again.version)
    await books.decide(restatement_id, "approved", by, because, now)
    order = Order(why, found.month, f"approved by {by}: {because}")
    return await rebook(books, starts, rules, now, order)


async def _begin(books: Books, rules: LiveRules, month: str) -> datetime:
    """Return where a month's books begin: the stores hold what the month before left them."""
    begins = Month.read(month).start(rules.site.time_zone)
    span = await span_due(books, rules)
    return begins if span is None else max(begins, span.start)


async def reject(
    books: Books, restatement_id: int, by: str, because: str, now: datetime
) -> NotPending | None:
    """Leave a closed month as it is; news on it will be pending anew."""
    if await books.pending(restatement_id) is None:
        return NotPending(restatement_id)
    await books.decide(restatement_id, "rejected", by, because, now)
    return None
