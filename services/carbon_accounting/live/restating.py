"""What other factors would change in the books: entries and grams by ledger and month.

Both versions are booked from the same words, as the bookkeeper does it, and compared entry by
entry.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from services.carbon_accounting.domain.factoring.exact import Whole, exact_sum
from services.carbon_accounting.domain.inventory.booking import Booking
from services.carbon_accounting.domain.inventory.entries import Account, Block, Stamp
from services.carbon_accounting.domain.ledgers import Ledger

Line = tuple[Account, Stamp]


@dataclass(frozen=True, slots=True)
class Restated:
    """What changes of one ledger in one local month.

    `reversed` entries no longer hold, `booked` ones take their place or are new; `change_ng` is
    what the sum of all counted emissions changes by.
    """

    ledger: Ledger
    month: str
    reversed: int
    booked: int
    change_ng: int

    def __add__(self, other: "Restated") -> "Restated":
        return Restated(
            self.ledger,
            self.month,
            self.reversed + other.reversed,
            self.booked + other.booked,
            self.change_ng + other.change_ng,
        )


def restated(before: Booking, after: Booking) -> list[Restated]:
    """Return what differs between two bookings of the same words, by ledger and month."""
    found = (
        _of_month(old.ledger, old.month, old.blocks, new.blocks)
        for old, new in zip(before.months(), after.months(), strict=True)
    )
    return [one for one in found if one.reversed or one.booked]


def _of_month(ledger: Ledger, month: str, old: Sequence[Block], new: Sequence[Block]) -> Restated:
    starts = _starts(old, new)
    was, now = _lines(old, starts), _lines(new, starts)
    gone = sum(_differing(entries, now.get(line)) for line, entries in was.items())
    come = sum(_differing(entries, was.get(line)) for line, entries in now.items())
    return Restated(ledger, month, gone, come, _counted_ng(new) - _counted_ng(old))


def _starts(*some: Iterable[Block]) -> Whole:
    every = [block.starts_us for blocks in some for block in blocks]
    return np.unique(np.concatenate(every)) if every else np.zeros(0, np.int64)


def _lines(blocks: Iterable[Block], starts: Whole) -> dict[Line, Whole]:
    """Return by line (4, starts): amount, emissions, whether it is there and measured."""
    lines: dict[Line, Whole] = defaultdict(lambda: np.zeros((4, len(starts)), np.int64))
    for block in blocks:
        at = np.searchsorted(starts, block.starts_us)
        line = lines[block.account, block.stamp]
        line[0, at] += block.amounts
        line[1, at] += block.emissions_ng
        line[2, at] = 1
        line[3, at] += ~block.measured
    return lines


def _differing(entries: Whole, others: Whole | None) -> int:
    """Return how many entries are not the same, or not at all, among the others."""
    there = entries[2] == 1
    if others is None:
        return int(there.sum())
    same = (entries[:3] == others[:3]).all(axis=0) & ((entries[3] > 0) == (others[3] > 0))
    return int((there & ~same).sum())


def _counted_ng(blocks: Iterable[Block]) -> int:
    return sum(exact_sum(block.emissions_ng) for block in blocks if block.account.counted)


def summed(some: Iterable[Restated]) -> Iterator[Restated]:
    """Yield one for each ledger and month, in their order."""
    sums: dict[tuple[Ledger, str], Restated] = {}
    for one in some:
        key = (one.ledger, one.month)
        sums[key] = sums[key] + one if key in sums else one
    yield from (sums[key] for key in sorted(sums))
