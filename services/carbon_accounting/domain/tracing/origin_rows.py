"""Which origins can occur in a stretch of time, and which one each supply is in each interval."""

from dataclasses import dataclass

import numpy as np

from services.carbon_accounting.domain.tracing.amounts import Amounts, Wh, vintages
from services.carbon_accounting.domain.tracing.balances import Balance
from services.carbon_accounting.domain.tracing.boundary import Boundary, Meter, Role
from services.carbon_accounting.domain.tracing.origins import Origin, unaccounted_at, unknown_of
from services.carbon_accounting.domain.tracing.pools import Pools


@dataclass(frozen=True)
class OriginRows:
    """All origins in order, and their numbers.

    `of_supply` is (supply meters, then nodes for what is unaccounted for there; intervals). A node
    where nothing is unaccounted for may have any number. `unknown` has one for each store.
    """

    origins: tuple[Origin, ...]
    of_supply: Wh
    unknown: tuple[int, ...]

    @classmethod
    def of(
        cls, boundary: Boundary, amounts: Amounts, balance: Balance, opening: Pools
    ) -> "OriginRows":
        """Return the origins of the supply of these intervals and of what stores hold."""
        years = vintages(amounts.starts_us, boundary.zone)
        different = sorted({*years.tolist()})
        supplies = [[_supplied(m, year) for year in different] for m in boundary.of(Role.SUPPLY)]
        missing = [[unaccounted_at(node, year) for year in different] for node in boundary.nodes]
        lacks = zip(missing, balance.gaps.unaccounted_supply, strict=True)
        occurring = supplies + [row for row, wh in lacks if wh.any()] or missing[:1]
        unknown = [unknown_of(store.id) for store in boundary.stores]
        every = {origin for row in occurring for origin in row} | {*unknown} | opening.origins
        number = {origin: index for index, origin in enumerate(sorted(every))}
        table = [[number.get(origin, 0) for origin in row] for row in supplies + missing]
        by_interval = np.array(table, np.int64)[:, np.searchsorted(different, years)]
        return cls(tuple(number), by_interval, tuple(number[origin] for origin in unknown))


def _supplied(meter: Meter, year: int) -> Origin:
    return Origin(meter.kind, meter.source or meter.id, year)
