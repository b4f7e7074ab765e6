"""The one thing that goes interval by interval: what stores give, and what they are given."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.carbon_accounting.domain.tracing.amounts import Wh
from services.carbon_accounting.domain.tracing.balances import Balance
from services.carbon_accounting.domain.tracing.charging import Charging
from services.carbon_accounting.domain.tracing.layout import Layout, Rows
from services.carbon_accounting.domain.tracing.pools import Content, Mix
from services.carbon_accounting.domain.tracing.proportions import divided
from services.carbon_accounting.domain.tracing.stretches import Sources


@dataclass(frozen=True)
class StoreBooks:
    """What the stores of a boundary did, in Wh.

    `charged`, `lost`, `forgotten` and `content` (at the end of the interval) are (stores, origins,
    intervals), `discharged` is (discharge lines, origins, intervals), `lacking` (stores,
    intervals): what was discharged and not in the pool, which `discharged` has as unknown.
    `forgotten` is what changed its origin to unknown, and sums to 0 over the origins. So in every
    interval content - content before = charged - lost - discharged + lacking + forgotten.
    """

    charged: Wh
    discharged: Wh
    lost: Wh
    forgotten: Wh
    content: Wh
    lacking: Wh

    @classmethod
    def blank(cls, stores: int, discharge_lines: int, shape: tuple[int, int]) -> "StoreBooks":
        """Return books to write in; `shape` is (origins, intervals)."""
        blank = np.zeros((stores, *shape), np.int64)
        return cls(
            charged=blank.copy(),
            discharged=np.zeros((discharge_lines, *shape), np.int64),
            lost=blank.copy(),
            forgotten=blank.copy(),
            content=blank,
            lacking=np.zeros((stores, shape[1]), np.int64),
        )


@dataclass(frozen=True)
class Stores:
    """The stores of a boundary while a run goes on; `unknown` numbers each one's unknown origin.

    In an interval a store first gives of what was there when it began, then takes what is charged.
    """

    layout: Layout
    contents: Sequence[Content]
    unknown: Sequence[int]

    def run(self, balance: Balance, sources: Sources, charging: Charging) -> StoreBooks:
        """Return the books of the intervals; the contents are then those at the end."""
        _, origin_count, intervals = sources.supply.shape
        shape = (origin_count, intervals)
        books = StoreBooks.blank(len(self.contents), len(self.layout.discharge.rows), shape)
        has_charge = (sources.charge > 0).sum(axis=0)
        for at in range(intervals):
            for store in range(len(self.contents)):
                self._give(store, balance, at, books)
            if has_charge[at]:
                mixes = charging.at(at, books.discharged[:, :, at].tolist())
                self._note(mixes, at, books)
            for store in range(len(self.contents)):
                self._take(store, balance, sources, at, books)
        return books

    def _give(self, store: int, balance: Balance, at: int, books: StoreBooks) -> None:
        lines = _of(self.layout.discharge, store)
        amounts = balance.discharge[lines, at].tolist()
        if any(amounts):
            given, books.lacking[store, at] = self.contents[store].gives(sum(amounts))
            for line, part in zip(lines, divided(given, amounts), strict=False):
                books.discharged[line, :, at] = part

    def _note(self, mixes: list[Mix], at: int, books: StoreBooks) -> None:
        for store, mix in zip(self.layout.charge.store, mixes, strict=True):
            books.charged[store, :, at] += mix

    def _take(
        self, store: int, balance: Balance, sources: Sources, at: int, books: StoreBooks
    ) -> None:
        content, charged = self.contents[store], books.charged[store, :, at]
        lines = _of(self.layout.charge, store)
        not_traced = balance.charge[lines, at] - sources.charge[lines, at]
        charged[self.unknown[store]] += not_traced.sum()
        if charged.any():
            books.lost[store, :, at] = content.takes(charged.tolist())
        if balance.store_unknown[store, at]:
            books.forgotten[store, :, at] = content.forgets()
        books.content[store, :, at] = content.total


def _of(rows: Rows, store: int) -> list[int]:
    return [line for line, of in enumerate(rows.store) if of == store]
