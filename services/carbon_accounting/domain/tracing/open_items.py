"""What of a tracing someone should look at: where, when, how many Wh."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from services.carbon_accounting.domain.tracing.amounts import Amounts, Mask, Wh
from services.carbon_accounting.domain.tracing.balances import Balance
from services.carbon_accounting.domain.tracing.boundary import Boundary
from services.carbon_accounting.domain.tracing.directions import Circle
from services.carbon_accounting.domain.tracing.origins import UNKNOWN
from services.carbon_accounting.domain.tracing.pools import Pools
from services.carbon_accounting.domain.tracing.storing import StoreBooks


class Doubt(StrEnum):
    """Why it is open."""

    NOT_TRACED = "not_traced"
    GAP = "gap"
    CIRCLE = "circle"
    STORE_UNKNOWN = "store_unknown"
    BEYOND_POOL = "beyond_pool"
    OPENING_UNKNOWN = "opening_unknown"


@dataclass(frozen=True)
class OpenItem:
    """One doubt about one subject, for all its intervals (starts in UTC microseconds).

    `wh` is, by interval: for `gap` what came in less what went out; for `circle` 0;
    for `beyond_pool` what a store gave beyond its content; for `store_unknown` the content that
    became unknown; for `opening_unknown` the content without origin at the start; for `not_traced`
    0, as the amount is what nobody knows. `names` are the registers or nodes concerned.
    """

    doubt: Doubt
    subject: str
    names: tuple[str, ...]
    starts_us: Wh
    wh: Wh


def open_items(
    boundary: Boundary,
    amounts: Amounts,
    balance: Balance,
    circles: Sequence[Circle],
    books: StoreBooks,
    opening: Pools,
) -> Iterator[OpenItem]:
    """Yield the open items of a run, by doubt, then subject."""
    starts = amounts.starts_us
    for number, node in enumerate(boundary.nodes):
        if (at := balance.untraced[number]).any():
            names = _unknown_registers(boundary, amounts, node)
            yield OpenItem(Doubt.NOT_TRACED, node, names, starts[at], np.zeros(at.sum(), np.int64))
    for number, node in enumerate(boundary.nodes):
        if (at := balance.gaps.large[number]).any():
            names = tuple(meter.id for meter in boundary.registers_of(node))
            yield OpenItem(Doubt.GAP, node, names, starts[at], balance.gaps.wh[number][at])
    for circle in circles:
        yield from _of_circle(boundary, starts, circle)
    yield from _of_stores(boundary, starts, balance.store_unknown, books)
    yield from _of_opening(boundary, starts, opening)


def _unknown_registers(boundary: Boundary, amounts: Amounts, node: str) -> tuple[str, ...]:
    """Return the registers at the node that are unknown; none: what it gets power from is."""
    here = {meter.id for meter in boundary.registers_of(node)}
    rows = zip(amounts.meter_ids, amounts.unknown, strict=True)
    return tuple(meter_id for meter_id, row in rows if meter_id in here and row.any())


def _of_circle(boundary: Boundary, starts: Wh, circle: Circle) -> Iterator[OpenItem]:
    for place in sorted(set(circle.places)):
        names = [n for n, p in zip(boundary.nodes, circle.places, strict=True) if p == place]
        if len(names) > 1:
            at = circle.intervals
            wh = np.zeros(len(at), np.int64)
            yield OpenItem(Doubt.CIRCLE, names[0], tuple(names), starts[at], wh)


def _of_stores(
    boundary: Boundary, starts: Wh, unknown: Mask, books: StoreBooks
) -> Iterator[OpenItem]:
    for number, store in enumerate(boundary.stores):
        names = tuple(meter.id for meter in boundary.meters if meter.store == store.id)
        if (at := unknown[number]).any():
            forgotten = np.maximum(books.forgotten[number], 0).sum(axis=0)[at]
            yield OpenItem(Doubt.STORE_UNKNOWN, store.id, names, starts[at], forgotten)
        if (lacking := books.lacking[number]).any():
            at = lacking > 0
            yield OpenItem(Doubt.BEYOND_POOL, store.id, names, starts[at], lacking[at])


def _of_opening(boundary: Boundary, starts: Wh, opening: Pools) -> Iterator[OpenItem]:
    for store in boundary.stores:
        content = opening.of(store.id).wh
        if wh := sum(wh for origin, wh in content.items() if origin.kind == UNKNOWN):
            yield OpenItem(
                Doubt.OPENING_UNKNOWN, store.id, (), starts[:1], np.array([wh], np.int64)
            )
