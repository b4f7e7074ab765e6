"""One step of the books: registers in, touched quarters booked again, all in one transaction."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from services.carbon_accounting.books import Books, PointBorder
from services.carbon_accounting.domain.booking import Booked, Outcome, Rules, Waiting, book
from services.carbon_accounting.domain.entries import (
    Posting,
    Withdrawal,
    postings,
    withdrawals,
)
from services.carbon_accounting.domain.registers import (
    Border,
    Changed,
    Standing,
    changes,
    edges_of,
    interpolated,
)
from services.carbon_accounting.domain.touched import (
    borders_touched,
    quarters_at,
    quarters_turned_late,
)
from services.energy.time_grid import QUARTER

QUARTERS_AT_ONCE = 96


@dataclass(frozen=True, slots=True)
class Step:
    """What one step did."""

    postings: tuple[Posting, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    quarters: int = 0


async def take(
    books: Books, readings: Iterable[tuple[str, Standing]], rules: Rules, now: datetime
) -> Step:
    """Take (point id, believed register reading) pairs into the books and book what they touch.

    Idempotent: readings that are known already change nothing.
    """
    known = set(rules.meters.all)
    believed = [(point, reading) for point, reading in readings if point in known]
    if not believed:
        return Step()
    new = edges_of(believed)
    changed = changes(await books.edges(new.keys()), new)
    await books.put_edges(changed)
    touched = await _touched(books, changed, rules)
    before = await books.watermark()
    newest = max(reading.event_time for _, reading in believed)
    if before is None or newest > before:
        await books.put_watermark(newest)
        touched |= quarters_turned_late(before, newest, rules)
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
    """Return what the kept registers say about each quarter; writes nothing."""
    watermark = await books.watermark()
    if watermark is None or not starts:
        return []
    moments = {moment for start in starts for moment in (start, start + QUARTER)}
    exact = {key: Border(wh) for key, wh in (await books.exact(rules.meters.all, moments)).items()}
    late = {start for start in starts if rules.is_late(start, watermark)}
    estimated = exact | await _estimates(books, late, exact, rules)
    return [book(start, estimated if start in late else exact, rules) for start in sorted(starts)]


async def _touched(books: Books, changed: list[Changed], rules: Rules) -> set[datetime]:
    moved = [change for change in changed if change.first or change.last]
    around = await books.between([change.key for change in moved])
    borders: set[datetime] = set()
    for change in moved:
        beside = around[change.key]
        borders |= borders_touched(change, beside.previous, beside.next)
    return quarters_at(borders, rules.ledger_from)


async def _estimates(
    books: Books, late: set[datetime], exact: dict[PointBorder, Border], rules: Rules
) -> dict[PointBorder, Border]:
    moments = {moment for start in late for moment in (start, start + QUARTER)}
    wanted = [(p, m) for m in moments for p in rules.meters.all if (p, m) not in exact]
    if not wanted:
        return {}
    return {
        (point, moment): interpolated(moment, before, after)
        for (point, moment), (before, after) in (await books.neighbours(wanted)).items()
        if before is not None and after is not None
    }
