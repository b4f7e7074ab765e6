"""What earlier books held otherwise, for reports: by ledger, month, enterprise and activity.

Books know no version of themselves: the earlier folder is version 1, the one that is reported 2,
each known at the end of its data. Reasons are those of `compare`, of the ledger's month.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime

from services.carbon_accounting.book.comparing import differences
from services.carbon_accounting.book.comparing_books import Books
from services.carbon_accounting.book.report_lines import BESIDE, booked_lines
from services.carbon_accounting.book.written_books import WrittenBooks
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.reporting.cells import together
from services.carbon_accounting.domain.reporting.periods import Period
from services.carbon_accounting.domain.reporting.records import (
    BookedLine,
    BookedVersion,
    Restatement,
)

Key = tuple[Ledger, Month, str, str]
"""Ledger, month, enterprise ('' the park) and activity in English, which stands for both."""


def restatements(
    before: WrittenBooks, now: WrittenBooks, period: Period, only: Collection[str] = ()
) -> Iterator[Restatement]:
    """Yield what differs in the period, of all or of some enterprises.

    NotComparable when the two are of different parks, or one was changed.
    """
    reasons = _reasons(before, now)
    old, new = _by_key(before, period, only), _by_key(now, period, only)
    for key in sorted({*old, *new}):
        versions = (_version(1, old.get(key), before.ends), _version(2, new.get(key), now.ends))
        if versions[0].nanograms == versions[1].nanograms:
            continue
        ledger, month, enterprise, _ = key
        (line, *_) = new.get(key) or old[key]
        why = reasons.get((ledger.key, str(month)), "")
        yield Restatement(ledger, month, enterprise or None, line.activity, *versions, why)


def _reasons(before: WrittenBooks, now: WrittenBooks) -> dict[tuple[str, str], str]:
    found = differences(Books.at(before.folder), Books.at(now.folder))
    return {one.month: "; ".join(sorted(one.reasons)) for one in found}


def _by_key(
    books: WrittenBooks, period: Period, only: Collection[str]
) -> dict[Key, list[BookedLine]]:
    """Return the lines that count in totals; biogenic CO2 and capture stand beside them."""
    rows = [row for row in books.table("totals.csv") if Month.read(row["month"]) in period]
    lines: dict[Key, list[BookedLine]] = defaultdict(list)
    for line in booked_lines(rows, (), books.table("open_items.csv"), books.zone):
        whose = line.enterprise or ""
        if line.scope not in BESIDE.values() and (not only or whose in only):
            activity = line.activity if isinstance(line.activity, str) else line.activity.en
            lines[line.ledger, line.month, whose, activity].append(line)
    return lines


def _version(number: int, lines: list[BookedLine] | None, known_at: datetime) -> BookedVersion:
    if not lines:
        return BookedVersion(number, None, known_at)
    total = sum(line.nanograms for line in lines)
    return BookedVersion(number, total, known_at, together(line.unverified for line in lines))
