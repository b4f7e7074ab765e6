"""Lines of the ledgers, numbered: all that is constant of entries, and entries in columns."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np

from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.entries import Account, Block, Stamp
from services.carbon_accounting.domain.inventory.readings import Mask
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.words import QUARTER_US

LINE_BITS = 32


@dataclass(frozen=True)
class Line:
    """What entries of one ledger have in common, whenever they are of."""

    ledger: Ledger
    account: Account
    stamp: Stamp

    @cached_property
    def fields(self) -> dict[str, str | bool]:
        """All fields by name; the ledger is its key."""
        return {"ledger": self.ledger.key, **asdict(self.account), **asdict(self.stamp)}

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of the fields as UTF-8 JSON with sorted keys: the name of the line in chains."""
        text = json.dumps(self.fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).digest()


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """Entries in columns of shape (entries,), ordered by start and number of the line, each once.

    `starts_us` are starts of quarter hours in microseconds since 1970; `measured` is False where
    some of an amount was estimated.
    """

    starts_us: Whole
    line_ids: Whole
    amounts: Whole
    emissions_ng: Whole
    measured: Mask

    def __len__(self) -> int:
        return len(self.starts_us)

    @classmethod
    def nothing(cls) -> "Entries":
        """Return no entry."""
        none = np.zeros(0, np.int64)
        return cls(none, none, none, none, np.zeros(0, np.bool_))

    @property
    def keys(self) -> Whole:
        """One number for each quarter and line, in order."""
        found: Whole = (self.starts_us // QUARTER_US << LINE_BITS) | self.line_ids
        return found

    def at(self, chosen: Whole | Mask | slice) -> "Entries":
        """Return some of them."""
        return Entries(
            self.starts_us[chosen],
            self.line_ids[chosen],
            self.amounts[chosen],
            self.emissions_ng[chosen],
            self.measured[chosen],
        )

    def between(self, start_us: int, end_us: int) -> "Entries":
        """Return those of the quarters that start in [start, end)."""
        first, last = np.searchsorted(self.starts_us, [start_us, end_us]).tolist()
        return self.at(slice(first, last))


def lines_of(blocks: Iterable[Block]) -> list[Line]:
    """Return the lines that have entries, each once."""
    return [*dict.fromkeys(Line(b.ledger, b.account, b.stamp) for b in blocks if len(b))]


def entries_of(blocks: Sequence[Block], numbers: Mapping[Line, int]) -> Entries:
    """Return blocks in one table; where two have a line and a quarter in common they are added.

    That is so with power of several years out of one store.
    """
    there = [block for block in blocks if len(block)]
    if not there:
        return Entries.nothing()
    of_block = [numbers[Line(b.ledger, b.account, b.stamp)] for b in there]
    return summed(
        Entries(
            np.concatenate([b.starts_us for b in there]),
            np.repeat(np.array(of_block, np.int64), [len(b) for b in there]),
            np.concatenate([b.amounts for b in there]),
            np.concatenate([b.emissions_ng for b in there]),
            np.concatenate([b.measured for b in there]),
        )
    )


def summed(entries: Entries) -> Entries:
    """Return entries in order, those of one quarter and line as one."""
    if not len(entries):
        return entries
    ordered = entries.at(np.argsort(entries.keys, kind="stable"))
    keys = ordered.keys
    first = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    return Entries(
        ordered.starts_us[first],
        ordered.line_ids[first],
        np.add.reduceat(ordered.amounts, first),
        np.add.reduceat(ordered.emissions_ng, first),
        np.logical_and.reduceat(ordered.measured, first),
    )


def together(parts: Iterable[Entries]) -> Entries:
    """Return tables as one, in order; no quarter and line is in two of them."""
    some = [part for part in parts if len(part)]
    if not some:
        return Entries.nothing()
    names = ("starts_us", "line_ids", "amounts", "emissions_ng", "measured")
    joined = Entries(*(np.concatenate([getattr(part, name) for part in some]) for name in names))
    return joined.at(np.argsort(joined.keys, kind="stable"))


def by_quarter_and_ledger(
    entries: Entries, ledger_of: Whole
) -> Iterator[tuple[int, Ledger, Entries]]:
    """Yield (start, ledger, its entries by line), in order; `ledger_of` is by line number."""
    if not len(entries):
        return
    ledgers = ledger_of[entries.line_ids]
    ordered = entries.at(np.lexsort((entries.line_ids, ledgers, entries.starts_us)))
    groups = ordered.starts_us // QUARTER_US * 8 + ledger_of[ordered.line_ids]
    first = np.flatnonzero(np.append(True, groups[1:] != groups[:-1])).tolist()
    for begin, end in zip(first, [*first[1:], len(ordered)], strict=True):
        one = ordered.at(slice(begin, end))
        yield int(one.starts_us[0]), Ledger(int(ledger_of[one.line_ids[0]])), one
