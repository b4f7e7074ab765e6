"""Proof that the books are what validation says: everything is booked again and compared."""

import sys
from dataclasses import dataclass
from datetime import datetime

from services.carbon_accounting.bookkeeping import QUARTERS_AT_ONCE, outcomes_of
from services.carbon_accounting.books import Books
from services.carbon_accounting.domain.booking import Booked, Rules, Waiting
from services.carbon_accounting.domain.entries import postings, withdrawals
from services.carbon_accounting.factor_file import factors_for, load_factors
from services.carbon_accounting.rules import rules_for
from services.carbon_accounting.settings import Settings
from services.carbon_accounting.store import open_books
from services.energy.site import Park
from services.energy.time_grid import QUARTER, ceiling, floor
from services.runtime.database import Database

DIFFERENCES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many entries were compared and which differ, in words."""

    entries: int
    quarters: int
    differences: tuple[str, ...]

    @property
    def text(self) -> str:
        """The verdict for people."""
        head = f"{self.entries} current entries of {self.quarters} quarters recomputed"
        if not self.differences:
            return f"{head}: all equal, to the mg"
        more = len(self.differences) - DIFFERENCES_SHOWN
        tail = [f"and {more} more"] if more > 0 else []
        return "\n".join(
            [
                f"{head}: {len(self.differences)} differ",
                *self.differences[:DIFFERENCES_SHOWN],
                *tail,
            ]
        )


async def compared(books: Books, rules: Rules) -> Verdict:
    """Book every quarter from the kept words and compare with the current entries."""
    watermark = await books.watermark()
    if watermark is None:
        return Verdict(0, 0, ())
    starts = _quarters(rules.ledger_from, watermark)
    entries, differences = 0, []
    for first in range(0, len(starts), QUARTERS_AT_ONCE):
        some = starts[first : first + QUARTERS_AT_ONCE]
        outcomes = await outcomes_of(books, some, rules)
        right = [e for o in outcomes if isinstance(o, Booked) for e in o.entries]
        waits = {o.start: o.waits_for for o in outcomes if isinstance(o, Waiting)}
        current = await books.current(some)
        entries += sum(not recorded.withdrawn for recorded in current.values())
        for posting in postings(right, current):
            held = "missing" if posting.version == 1 else posting.restated_because
            differences.append(f"{posting.entry.key}: {held}")
        for gone in withdrawals(right, current, waits):
            differences.append(f"{gone.key}: booked, but {gone.restated_because}")
    return Verdict(entries, len(starts), tuple(differences))


def _quarters(ledger_from: datetime, watermark: datetime) -> list[datetime]:
    first, end = ceiling(ledger_from), floor(watermark)
    return [first + number * QUARTER for number in range(max(0, (end - first) // QUARTER))]


async def verify(settings: Settings, park: Park) -> int:
    """Print the verdict; the exit code is 1 when anything differs."""
    factors = factors_for(park, settings.acceptance_factor_year, load_factors())
    database = Database("carbon_accounting", settings.database_url)
    await database.start()
    try:
        async with open_books(database, park.id) as books:
            verdict = await compared(books, rules_for(park, factors))
    finally:
        await database.stop()
    sys.stdout.write(verdict.text + "\n")
    return 1 if verdict.differences else 0
