"""The difference of two books of one park: as reported (old), as known now (new), and why.

Month by month and ledger by ledger; months whose files have the same digest are not opened. So one
month of one ledger, twice, is what is held at a time, and compared a day after the other.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from services.carbon_accounting.book.comparing_books import Books, LedgerMonth, NotComparable
from services.carbon_accounting.book.comparing_entries import (
    KEY,
    NOT_THERE,
    Texts,
    Versions,
    Words,
    versions,
)
from services.carbon_accounting.book.comparing_reasons import reasons
from services.carbon_accounting.domain.factoring.exact import Whole

REVERSED, BOOKED, REBOOKED = "reversed", "booked", "rebooked"
LINES = (
    *("ledger", "month", *KEY, "unit", "change", "reason"),
    *("amount_before", "amount_after", "emissions_ng_before", "emissions_ng_after"),
    *("factors_before", "factors_after", "quality_before", "quality_after"),
)


DAY_US = 86_400_000_000
Write = Callable[[pa.Table], object]
"""Takes entries that changed, columns `LINES`."""


@dataclass
class Difference:
    """One ledger's month: what it came to, what it comes to, and how many entries changed.

    `reversed`: entries of the old books that no longer stand; `booked`: entries that stand anew.
    """

    month: LedgerMonth
    before_ng: int = 0
    after_ng: int = 0
    reversed: int = 0
    booked: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, found: Versions, here: Whole, why: Texts) -> None:
        """Add some intervals of the month: `here` are the entries that changed."""
        before_ng, after_ng = found.counted_ng
        self.before_ng += before_ng
        self.after_ng += after_ng
        self.reversed += int((found.stamp.before[here] != NOT_THERE).sum())
        self.booked += int((found.stamp.after[here] != NOT_THERE).sum())
        self.reasons.update(why.tolist())


def inputs_that_differ(old: Books, new: Books) -> dict[str, tuple[str, str]]:
    """Return by role which files were before and are now, where they are not the same."""
    found = {}
    for role in sorted({*old.inputs, *new.inputs}):
        before, after = (", ".join(books.inputs.get(role, ())) for books in (old, new))
        if _digests(before) != _digests(after):
            found[role] = (before or "none", after or "none")
    return found


def _digests(files: str) -> list[str]:
    return sorted(file.rpartition(" ")[2] for file in files.split(", "))


def differences(old: Books, new: Books, write: Write | None = None) -> Iterator[Difference]:
    """Yield the months in which an entry differs, ledger by ledger; `write` takes the entries."""
    if old.park != new.park:
        told = f"{old.folder} is of park {old.park}, {new.folder} of {new.park}"
        raise NotComparable(f"{told}: compare books of one park")
    roles = inputs_that_differ(old, new)
    for month in dict.fromkeys((*old.months, *new.months)):
        if _digest(old, month) != _digest(new, month):
            difference = _difference(month, (old, new), roles, write)
            if difference.reasons:
                yield difference


def _difference(
    month: LedgerMonth, both: tuple[Books, Books], roles: Collection[str], write: Write | None
) -> Difference:
    difference = Difference(month)
    for old, new in _days(*(books.entries(month) for books in both)):
        found = versions(old, new)
        here = np.flatnonzero(found.changed)
        why = reasons(found, roles)[here]
        difference.add(found, here, why)
        if write is not None and len(here):
            write(_lines(month, found, here, why))
    _refuse_other_totals(difference, both)
    return difference


def _days(
    old: pa.Table | None, new: pa.Table | None
) -> Iterator[tuple[pa.Table | None, pa.Table | None]]:
    """Yield the same of both months, which stand by start; an entry has its equal on its day."""
    starts = [
        None if one is None else np.asarray(one["start"].cast(pa.int64())) for one in (old, new)
    ]
    there = [some for some in starts if some is not None and len(some)]
    if not there:
        return
    first, last = min(int(some[0]) for some in there), max(int(some[-1]) for some in there)
    for day_us in range(first, last + 1, DAY_US):
        day = tuple(
            _between(table, some, day_us) for table, some in zip((old, new), starts, strict=True)
        )
        if any(part is not None and len(part) for part in day):
            yield day[0], day[1]


def _between(table: pa.Table | None, starts: Whole | None, day_us: int) -> pa.Table | None:
    if table is None or starts is None:
        return None
    first, last = np.searchsorted(starts, [day_us, day_us + DAY_US]).tolist()
    return table.slice(first, last - first)


def _digest(books: Books, month: LedgerMonth) -> str:
    return books.months[month][1] if month in books.months else ""


def _refuse_other_totals(difference: Difference, both: tuple[Books, Books]) -> None:
    month = difference.month
    for books, ng in zip(both, (difference.before_ng, difference.after_ng), strict=True):
        if books.totals_ng.get(month, 0) != ng:
            told = f"{books.folder}/totals.csv says another total of {' '.join(month)}"
            raise NotComparable(f"{told} than its entries: book it again")


def _lines(month: LedgerMonth, found: Versions, here: Whole, why: Texts) -> pa.Table:
    there = [codes[here] != NOT_THERE for codes in (found.stamp.before, found.stamp.after)]
    rows = found.table.take(pa.array(found.rows[here]))
    change = np.where(there[0] & there[1], REBOOKED, np.where(there[1], BOOKED, REVERSED))
    columns: dict[str, object] = {name: rows.column(name) for name in (*KEY, "unit")}
    columns |= {"ledger": [month[0]] * len(here), "month": [month[1]] * len(here)}
    columns |= {"change": change, "reason": why}
    for side, known in zip(("before", "after"), there, strict=True):
        amount, emissions_ng, stamp, quality = (
            getattr(pair, side)[here]
            for pair in (found.amount, found.emissions_ng, found.stamp, found.quality)
        )
        columns[f"amount_{side}"] = pa.array(amount, mask=~known)
        columns[f"emissions_ng_{side}"] = pa.array(emissions_ng, mask=~known)
        columns[f"factors_{side}"] = _told(stamp, found.factors_of)
        columns[f"quality_{side}"] = _told(quality, found.quality_of)
    return _in_order(pa.table({name: columns[name] for name in LINES}))


def _in_order(lines: pa.Table) -> pa.Table:
    """Return the lines by start, then as their keys read; times to the second, as in entries."""
    kinds = {"start": pa.timestamp("s", "UTC")} | dict.fromkeys(KEY[1:], pa.string())
    for name, kind in kinds.items():
        at = lines.schema.get_field_index(name)
        lines = lines.set_column(at, name, lines.column(name).cast(kind))
    return lines.sort_by([(name, "ascending") for name in KEY])


def _told(codes: Whole, words: Words) -> pa.Array:
    """Return a column of words, each held once."""
    distinct, of_row = np.unique(codes, return_inverse=True)
    texts = pa.array([words(code) for code in distinct.tolist()], pa.string())
    return texts.take(pa.array(of_row))
