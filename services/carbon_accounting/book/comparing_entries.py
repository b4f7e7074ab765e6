"""One ledger's month in two books, entry by entry: what was reversed, booked, or booked anew.

An entry is known by `KEY`. Where several stand under one key (power of two years out of a store),
their amounts are added and their factors named together. Arrays throughout: a month of a large park
has millions of entries.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as compute

from services.carbon_accounting.book.entries_file import CONSTANTS
from services.carbon_accounting.domain.factoring.exact import Whole, exact_sum
from services.carbon_accounting.domain.inventory.readings import Mask

KEY = ("start", "meter", "enterprise", "activity", "origin", "category", "gas")
STAMP = ("factors", "method", "unverified")
QUALITY = ("quality",)
PLACE = ("carrier", "scope", "unit", "counted")
NOT_THERE = -1
LARGEST = 2**62
GROUP = ("start", "meter", "enterprise", "activity")
METER = ("start", "meter", "activity")
Texts = npt.NDArray[np.object_]
Words = Callable[[int], str | None]
"""Tells what a code stands for; None for NOT_THERE."""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A value of each entry before and after, arrays of shape (entries,)."""

    before: Whole
    after: Whole

    @property
    def differs(self) -> Mask:
        """Where it is not the same."""
        found: Mask = self.before != self.after
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Versions:
    """Every entry of both books; codes (`stamp`, `quality`, `place`) are NOT_THERE where absent.

    `rows` are the entries' rows in `table`, which has the old rows before the new ones; `group`
    numbers entries of one start, meter, enterprise and activity, `meter` those of one start, meter
    and activity; `several` are those whose rows have several stamps. `factors_of` and `quality_of`
    tell codes in words; `counted_ng` is what counts of the whole month, before and after,
    `counting_ng` what of each entry does.
    """

    table: pa.Table
    rows: Whole
    amount: Pair
    emissions_ng: Pair
    counting_ng: Pair
    stamp: Pair
    several: Mask
    quality: Pair
    place: Pair
    group: Whole
    meter: Whole
    factors_of: Words
    quality_of: Words
    counted_ng: tuple[int, int]

    @property
    def changed(self) -> Mask:
        """Which entries are not the same in both books."""
        pairs = (self.amount, self.emissions_ng, self.stamp, self.quality, self.place)
        found: Mask = np.logical_or.reduce([pair.differs for pair in pairs])
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """The rows of both books, the old ones first, in codes from 0 on; arrays of shape (rows,).

    Rows of one `key` are one entry. `counts`: whether the row is in sums of emissions.
    """

    table: pa.Table
    is_new: Mask
    key: Whole
    stamp: Whole
    quality: Whole
    place: Whole
    group: Whole
    meter: Whole
    amount: Whole
    emissions_ng: Whole
    counts: Mask


def versions(old: pa.Table | None, new: pa.Table | None) -> Versions:
    """Return the entries of a month in both books; at least one of them has it."""
    there = [table for table in (old, new) if table is not None]
    table = pa.concat_tables(there).unify_dictionaries().combine_chunks()
    is_new = np.arange(len(table)) >= (0 if old is None else len(old))
    codes = {name: _codes(table, name) for name in ("start", *CONSTANTS, "quality")}
    names = (KEY, STAMP, QUALITY, PLACE, GROUP, METER)
    key, stamp, quality, place, group, meter = (
        folded(codes[name] for name in some) for some in names
    )
    return paired(
        Coded(
            table=table,
            is_new=is_new,
            key=key,
            stamp=stamp,
            quality=quality,
            place=place,
            group=group,
            meter=meter,
            amount=np.asarray(table.column("amount")),
            emissions_ng=np.asarray(table.column("emissions_ng")),
            counts=np.asarray(compute.equal(table.column("counted").cast(pa.string()), "true")),
        )
    )


def paired(both: Coded) -> Versions:
    """Return the entries of both books out of their rows."""
    _, rows, entry = np.unique(both.key, return_index=True, return_inverse=True)
    known, emissions = _Sides(entry, both.is_new, len(rows)), both.emissions_ng
    stamp, stamps_of = known.codes(both.stamp)
    quality, qualities_of = known.codes(both.quality)
    counting = np.where(both.counts, emissions, 0)
    return Versions(
        table=both.table,
        rows=rows,
        amount=known.sums(both.amount),
        emissions_ng=known.sums(emissions),
        counting_ng=known.sums(counting),
        stamp=stamp,
        several=np.isin(stamp.before, [*stamps_of]) | np.isin(stamp.after, [*stamps_of]),
        quality=quality,
        place=known.codes(both.place)[0],
        group=both.group[rows],
        meter=both.meter[rows],
        factors_of=_words(both.table, "factors", both.stamp, stamps_of),
        quality_of=_words(both.table, "quality", both.quality, qualities_of),
        counted_ng=(exact_sum(counting[~both.is_new]), exact_sum(counting[both.is_new])),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Sides:
    """Which entry each row is of, and of which book."""

    entry: Whole
    is_new: Mask
    count: int

    def sums(self, values: Whole) -> Pair:
        """Return the sums of each entry's rows, 0 where it has none."""
        found = []
        for here in (~self.is_new, self.is_new):
            sums = np.zeros(self.count, np.int64)
            np.add.at(sums, self.entry[here], values[here])
            found.append(sums)
        return Pair(*found)

    def codes(self, of_row: Whole) -> tuple[Pair, dict[int, tuple[int, ...]]]:
        """Return each entry's code, and for codes of several together, which ones they are."""
        together: dict[tuple[int, ...], int] = {}
        first_new = int(of_row.max(initial=0)) + 1
        found = []
        for here in (~self.is_new, self.is_new):
            codes = np.full(self.count, NOT_THERE, np.int64)
            codes[self.entry[here]] = of_row[here]
            for entry, several in _several(self.entry[here], of_row[here]):
                codes[entry] = together.setdefault(several, first_new + len(together))
            found.append(codes)
        return Pair(*found), {code: several for several, code in together.items()}


def _several(entry: Whole, codes: Whole) -> Iterable[tuple[int, tuple[int, ...]]]:
    """Yield the entries that have several codes, with them in order."""
    repeated = np.bincount(entry)[entry] > 1 if len(entry) else np.zeros(0, bool)
    found = defaultdict[int, set[int]](set)
    for one, code in zip(entry[repeated].tolist(), codes[repeated].tolist(), strict=True):
        found[one].add(code)
    for one, several in found.items():
        if len(several) > 1:
            yield one, tuple(sorted(several))


def folded(columns: Iterable[Whole]) -> Whole:
    """Return one code for the codes of several columns, the smallest whole numbers from 0."""
    first, *others = columns
    code = first
    for column in others:
        size = int(column.max(initial=0)) + 1
        if int(code.max(initial=0)) >= LARGEST // size:
            code = _renumbered(code)
        code = code * size + column
    return _renumbered(code)


def _renumbered(code: Whole) -> Whole:
    found: Whole = np.unique(code, return_inverse=True)[1].astype(np.int64)
    return found


def _codes(table: pa.Table, name: str) -> Whole:
    column = table.column(name)
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_dictionary(column.type):
        return np.asarray(column.indices).astype(np.int64)
    return _renumbered(np.asarray(column.cast(pa.int64())))


def _texts(table: pa.Table, column: str, rows: Whole) -> Texts:
    taken = table.column(column).take(pa.array(rows))
    found: Texts = np.asarray(taken.cast(pa.string()).to_pylist(), dtype=object)
    return found


def _words(
    table: pa.Table, column: str, of_row: Whole, together: Mapping[int, tuple[int, ...]]
) -> Words:
    @cache
    def words() -> Mapping[int, str]:
        codes, rows = np.unique(of_row, return_index=True)
        return dict(zip(codes.tolist(), _texts(table, column, rows), strict=True))

    def told(code: int) -> str | None:
        several = together.get(code, (code,))
        return "; ".join(dict.fromkeys(words()[one] for one in several if one in words())) or None

    return told
