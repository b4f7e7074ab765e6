"""Electricity at each node and in each store, month by month, for the energy audit (rules C.7).

A node's balance is of the intervals in which all its meters are known. That of a store is of the
whole month, as its content is known at the month's ends alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from services.carbon_accounting.domain.auditing.balances import Balance, Flow, Leaving, Outflow
from services.carbon_accounting.domain.inventory.booking import Inventory
from services.carbon_accounting.domain.inventory.flows import Way
from services.carbon_accounting.domain.inventory.months import months_of
from services.carbon_accounting.domain.inventory.readings import ActivityData, Mask
from services.carbon_accounting.domain.inventory.site import Meter, Role, Site, Store
from services.carbon_accounting.domain.inventory.traced_site import opening_wh
from services.carbon_accounting.domain.inventory.using import LOSSES

WH = "Wh"
ENTERING = frozenset({Role.GRID_IMPORT, Role.GENERATION, Role.DIRECT_LINE, Role.DISCHARGE})
LEAVING = {
    Role.CONSUMPTION: Leaving.USEFUL,
    Role.EXPORT: Leaving.EXPORTED,
    Role.CHARGE: Leaving.PASSED_ON,
    Role.FLOW: Leaving.PASSED_ON,
}


@dataclass(frozen=True, slots=True)
class OfMonth:
    """A balance of a local month; in `unknown` of its `intervals` not all meters are known.

    `intervals` None: it is of the whole month or undecided.
    """

    month: str
    balance: Balance
    intervals: int | None
    unknown: int = 0


def node_balances(site: Site, data: ActivityData, inventory: Inventory) -> Iterator[OfMonth]:
    """Yield the balance of each node and store that has meters, by month."""
    first, last = int(data.starts_us[0]), int(data.starts_us[-1])
    opening = {store.id: opening_wh(store) for store in site.stores}
    rows = data.rows
    for month, start_us, end_us in months_of(first, last, site.time_zone):
        begin, end = np.searchsorted(data.starts_us, [start_us, end_us]).tolist()
        counted = _Counted(data, rows, slice(begin, end))
        for node in site.nodes:
            yield from _of_node(month, node, [*_at(site, node)], counted)
        for store in site.stores:
            held = inventory.contents.get((month, store.id), 0)
            balance = _of_store(site, store, counted, _lost(inventory, month, store))
            drawn = replace(balance, from_stock=opening[store.id] - held)
            yield OfMonth(month, drawn, end - begin)
            opening[store.id] = held


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    """What meters counted in the intervals of `here`."""

    data: ActivityData
    rows: Mapping[str, int]
    here: slice

    def known(self, meter: str) -> Mask:
        """Where a meter is known."""
        return self.data.known[self.rows[meter], self.here]

    def flow(self, meter: str, known: Mask) -> Flow:
        """Return what a meter counted where `known`; not known where that is nowhere."""
        amounts = self.data.amounts[self.rows[meter], self.here]
        return Flow(meter, int(amounts.sum(where=known)) if known.any() else None)

    def whole(self, meter: str) -> Flow:
        """Return what a meter counted, if it is known throughout."""
        known = self.known(meter)
        return self.flow(meter, known) if known.all() else Flow(meter, None)


def _at(site: Site, node: str) -> Iterator[tuple[Meter, Leaving | None]]:
    """Yield the meters of a node with how they leave it; None: they come in."""
    for meter in site.meters:
        if meter.to_node == node:
            yield meter, None
        elif meter.node == node:
            yield meter, None if meter.role in ENTERING else LEAVING[meter.role]


def _of_node(
    month: str, node: str, meters: Sequence[tuple[Meter, Leaving | None]], counted: _Counted
) -> Iterator[OfMonth]:
    if not meters:
        return
    known = np.logical_and.reduce([counted.known(meter.id) for meter, _ in meters])
    flows = [(how, counted.flow(meter.id, known)) for meter, how in meters]
    came_in = tuple(flow for how, flow in flows if how is None)
    went_out = tuple(Outflow(how, flow) for how, flow in flows if how is not None)
    yield OfMonth(month, Balance(node, WH, came_in, went_out), len(known), int((~known).sum()))


def _of_store(site: Site, store: Store, counted: _Counted, lost: Flow) -> Balance:
    meters = [one for one in site.meters if one.store == store.id]
    charge, discharge = (
        tuple(counted.whole(one.id) for one in meters if one.role is role)
        for role in (Role.CHARGE, Role.DISCHARGE)
    )
    given = (Outflow(Leaving.PASSED_ON, flow) for flow in discharge)
    return Balance(store.id, WH, charge, (*given, Outflow(Leaving.CONVERSION_LOSS, lost)))


def _lost(inventory: Inventory, month: str, store: Store) -> Flow:
    name = f"{LOSSES}{store.id}"
    wh = inventory.flows.wh.items()
    lost = sum(n for (m, way, line, _), n in wh if (m, way, line) == (month, Way.LOSS, name))
    return Flow(name, lost)
