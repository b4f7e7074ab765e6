"""One step of the books: words in, touched quarters booked again, all in one transaction."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from services.carbon_accounting.books import Books
from services.carbon_accounting.domain.booking import Booked, Outcome, Rules, Waiting, book
from services.carbon_accounting.domain.entries import (
    Posting,
    Withdrawal,
    postings,
    withdrawals,
)
from services.carbon_accounting.domain.touched import quarters_told, quarters_turned_late
from services.carbon_accounting.domain.words import Word, news

QUARTERS_AT_ONCE = 96


@dataclass(frozen=True, slots=True)
class Step:
    """What one step did."""

    postings: tuple[Posting, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    quarters: int = 0


async def take(books: Books, words: Iterable[Word], rules: Rules, now: datetime) -> Step:
    """Take words into the books and book the quarters that they touch.

    Idempotent: words that are known already, or that came too late to stand, change nothing.
    """
    registers = set(rules.meters.all)
    if not (told := [word for word in words if word.point_id in registers]):
        return Step()
    before = await books.watermark()
    standing = await books.words({w.point_id for w in told}, {w.start for w in told})
    if not (new := news(told, standing)):
        return Step()
    await books.put_words(new)
    touched = quarters_told(new, rules.ledger_from)
    after = await books.watermark()
    if after is not None and after != before:
        touched |= quarters_turned_late(before, after, rules)
    return await rebook(books, touched, rules, now)


async def rebook(books: Books, starts: Collection[datetime], rules: Rules, now: datetime) -> Step:
    """Book these quarters again and append what differs from the current entries."""
    posted: list[Posting] = []
    withdrawn: list[Withdrawal] = []
    ordered = sorted(starts)
    for first in range(0, len(ordered), QUARTERS_AT_ONCE):
        some = ordered[first : first + QUARTERS_AT_ONCE]
        outcomes = await outcomes_of(books, some, rules)
        entries = [
            e for outcome in outcomes if isinstance(outcome, Booked) for e in outcome.entries
        ]
        waits = {o.start: o.waits_for for o in outcomes if isinstance(o, Waiting)}
        current = await books.current(some)
        new, gone = postings(entries, current), withdrawals(entries, current, waits)
        await books.append(new, now)
        await books.withdraw(gone, now)
        await books.put_outcomes(outcomes, rules.fingerprint)
        posted += new
        withdrawn += gone
    return Step(tuple(posted), tuple(withdrawn), len(ordered))


async def outcomes_of(books: Books, starts: Collection[datetime], rules: Rules) -> list[Outcome]:
    """Return what the kept words say about each quarter; writes nothing."""
    by_quarter: dict[datetime, dict[str, Word]] = {start: {} for start in sorted(starts)}
    for (point_id, start), word in (await books.words(rules.meters.all, starts)).items():
        by_quarter[start][point_id] = word
    return [book(start, words, rules) for start, words in by_quarter.items()]
