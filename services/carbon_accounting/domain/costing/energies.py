"""Who has which electricity of which position, interval by interval, as it was traced.

Uses and exports as the ledgers share them; of a store what went in less what came out, its owner's:
who discharges pays the price of the interval, who has the store what its content cost by then. What
the meters of supply counted beyond all that went to nodes that are not traced, and is the park's.
So the parts of a position are what its meters counted, in each interval, to the Wh.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from services.carbon_accounting.domain.costing.cells import EVERYBODY, Where
from services.carbon_accounting.domain.costing.declared import FEED_IN
from services.carbon_accounting.domain.costing.positions import WH, position_of
from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.electricity import Use
from services.carbon_accounting.domain.inventory.flows import Way
from services.carbon_accounting.domain.inventory.site import PARK
from services.carbon_accounting.domain.inventory.using import LOSSES, LOST, USED
from services.carbon_accounting.domain.tracing.amounts import Amounts
from services.carbon_accounting.domain.tracing.boundary import Role
from services.carbon_accounting.domain.tracing.origins import UNACCOUNTED, UNKNOWN
from services.carbon_accounting.domain.tracing.sharing import Owners
from services.carbon_accounting.domain.tracing.tracing import Traced

WAYS = {USED: Way.USE, LOST: Way.LOSS}


@dataclass
class Energies:
    """Wh of shape (intervals,) by where; of EVERYBODY what the meters counted.

    `of_unknown` is what of it came out of stores and nobody knows where from. `dark`: in how many
    intervals a meter of supply is unknown, by position.
    """

    intervals: int
    wh: dict[Where, Whole] = field(default_factory=dict)
    of_unknown: dict[Where, int] = field(default_factory=lambda: defaultdict(int))
    dark: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def put(self, where: Where, wh: Whole) -> None:
        """Add Wh."""
        self.wh[where] = self.wh[where] + wh if where in self.wh else wh

    def parts_of(self, position: str) -> Whole:
        """Return what all enterprises have of a position."""
        total = np.zeros(self.intervals, np.int64)
        for where, wh in self.wh.items():
            if where.position == position and where.enterprise != EVERYBODY:
                total += wh
        return total


def energies_of(
    found: Traced,
    amounts: Amounts,
    uses: Iterable[Use],
    owners: Owners,
    positions: Mapping[str, str],
) -> Energies:
    """Return who has what; `positions` of each meter of supply, `amounts` what all meters counted.

    `uses` are those of `found`.
    """
    sums = Energies(len(found.starts_us))
    _add_uses(sums, uses, positions)
    _add_exports(sums, found, owners, positions)
    _add_stores(sums, found, owners, positions)
    _add_supply(sums, found, amounts, positions)
    _add_feed_in(sums, found, amounts, owners)
    return sums


def _add_uses(sums: Energies, uses: Iterable[Use], positions: Mapping[str, str]) -> None:
    for use in uses:
        way = WAYS.get(use.activity, Way.UNACCOUNTED)
        where = Where(position_of(use.origin, positions), WH, way, use.enterprise)
        sums.put(where, use.wh)
        if use.origin.kind == UNKNOWN:
            sums.of_unknown[where] += int(use.wh.sum())


def _add_exports(
    sums: Energies, found: Traced, owners: Owners, positions: Mapping[str, str]
) -> None:
    for meter in found.boundary.of(Role.EXPORT):
        shares = owners.shares(meter.id, found.starts_us, found.of(meter.id))
        for enterprise, by_origin in shares.items():
            for origin, wh in zip(found.origins, by_origin, strict=True):
                if wh.any():
                    position = position_of(origin, positions)
                    sums.put(Where(position, WH, Way.EXPORT, enterprise), wh)


def _add_stores(
    sums: Energies, found: Traced, owners: Owners, positions: Mapping[str, str]
) -> None:
    """Add what went into each store, losses among it, less what came out with its losses."""
    for number, store in enumerate(found.boundary.stores):
        line = f"{LOSSES}{store.id}"
        put_in = owners.shares(line, found.starts_us, found.stores.charged[number])
        out = owners.shares(line, found.starts_us, _out_of(found, number))
        for enterprise in put_in:
            net = put_in[enterprise] - out[enterprise]
            for origin, wh in zip(found.origins, net, strict=True):
                if wh.any():
                    position = position_of(origin, positions)
                    sums.put(Where(position, WH, Way.STORED, enterprise), wh)


def _out_of(found: Traced, store: int) -> Whole:
    """Return what a store gave and lost, Wh, shape (origins, intervals)."""
    lines = found.boundary.of(Role.DISCHARGE)
    mine = [n for n, m in enumerate(lines) if m.store == found.boundary.stores[store].id]
    out: Whole = found.stores.discharged[mine].sum(axis=0) + found.stores.lost[store]
    return out


def _add_supply(
    sums: Energies, found: Traced, amounts: Amounts, positions: Mapping[str, str]
) -> None:
    """Add what the meters of supply counted, and of it what is in no part to the park."""
    for row, meter in enumerate(amounts.meter_ids):
        if meter in positions:
            unknown = amounts.unknown[row]
            where = Where(positions[meter], WH, Way.SUPPLY, EVERYBODY)
            sums.put(where, np.where(unknown, 0, amounts.wh[row]))
            sums.dark[where.position] += int(unknown.sum())
    for origin, wh in zip(found.origins, found.supply, strict=True):
        if origin.kind == UNACCOUNTED and wh.any():
            sums.put(Where(UNACCOUNTED, WH, Way.SUPPLY, EVERYBODY), wh)
    for where, left in [*_not_traced(sums)]:
        sums.put(where, left)


def _not_traced(sums: Energies) -> Iterator[tuple[Where, Whole]]:
    supplied: dict[str, Whole] = defaultdict(lambda: np.zeros(sums.intervals, np.int64))
    for where, wh in sums.wh.items():
        counted = where.enterprise == EVERYBODY
        supplied[where.position] = supplied[where.position] + (wh if counted else 0)
    for position, wh in supplied.items():
        left = wh - sums.parts_of(position)
        if left.any():
            yield Where(position, WH, Way.NOT_TRACED, PARK), left


def _add_feed_in(sums: Energies, found: Traced, amounts: Amounts, owners: Owners) -> None:
    """Add what was exported as what is earned by it: whose the meter is."""
    rows = {meter: row for row, meter in enumerate(amounts.meter_ids)}
    for meter in found.boundary.of(Role.EXPORT):
        unknown = amounts.unknown[rows[meter.id]]
        exported = np.where(unknown, 0, amounts.wh[rows[meter.id]])
        sums.put(Where(FEED_IN, WH, Way.SUPPLY, EVERYBODY), exported)
        sums.dark[FEED_IN] += int(unknown.sum())
        for enterprise, wh in owners.shares(meter.id, found.starts_us, exported).items():
            sums.put(Where(FEED_IN, WH, Way.EXPORT, enterprise), wh)
