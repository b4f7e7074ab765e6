"""The difference of two books of one park: as reported (old), as known now (new), and why.

Month by month and ledger by ledger; months whose files have the same digest are not opened. So one
month of one ledger, twice, is what is held at a time.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from services.carbon_accounting.book.comparing_books import Books, Month, NotComparable
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
from services.carbon_accounting.domain.inventory.readings import Mask

REVERSED, BOOKED, REBOOKED = "reversed", "booked", "rebooked"
LINES = (
    *("ledger", "month", *KEY, "unit", "change", "reason"),
    *("amount_before", "amount_after", "emissions_ng_before", "emissions_ng_after"),
    *("factors_before", "factors_after", "quality_before", "quality_after"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """One ledger's month: what it came to, comes to, and the entries that changed (`LINES`).

    `reversed`: how many entries of the old books no longer stand; `booked`: how many stand anew.
    """

    month: Month
    before_ng: int
    after_ng: int
    reversed: int
    booked: int
    reasons: Mapping[str, int]
    lines: pa.Table

    def without_lines(self) -> "Difference":
        """Return the same without the entries: they can be many."""
        return replace(self, lines=self.lines.slice(0, 0))


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


def differences(old: Books, new: Books) -> Iterator[Difference]:
    """Yield the months in which an entry differs, ledger by ledger."""
    if old.park != new.park:
        told = f"{old.folder} is of park {old.park}, {new.folder} of {new.park}"
        raise NotComparable(f"{told}: compare books of one park")
    roles = inputs_that_differ(old, new)
    for month in dict.fromkeys((*old.months, *new.months)):
        if _digest(old, month) != _digest(new, month):
            found = versions(old.entries(month), new.entries(month))
            _refuse_other_totals(month, (old, new), found)
            if found.changed.any():
                yield _difference(month, found, reasons(found, roles))


def _digest(books: Books, month: Month) -> str:
    return books.months[month][1] if month in books.months else ""


def _refuse_other_totals(month: Month, both: tuple[Books, Books], found: Versions) -> None:
    for books, ng in zip(both, found.counted_ng, strict=True):
        if books.totals_ng.get(month, 0) != ng:
            told = f"{books.folder}/totals.csv says another total of {' '.join(month)}"
            raise NotComparable(f"{told} than its entries: book it again")


def _difference(month: Month, found: Versions, why: Texts) -> Difference:
    here = np.flatnonzero(found.changed)
    before, after = (codes[here] != NOT_THERE for codes in (found.stamp.before, found.stamp.after))
    return Difference(
        month,
        *found.counted_ng,
        reversed=int(before.sum()),
        booked=int(after.sum()),
        reasons=dict(sorted(Counter(why[here]).items())),
        lines=_lines(month, found, here, why[here], (before, after)),
    )


def _lines(
    month: Month,
    found: Versions,
    here: Whole,
    why: Texts,
    there: tuple[Mask, Mask],
) -> pa.Table:
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
