"""Coverage held against what is used now: matched once, used less since, it covers what is left.

A reading corrected downwards after the matching leaves certificates that cover more than anybody
used. They cover what was used, in their order; the rest is an open item until they are matched
anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.booking import Claimed
from services.carbon_accounting.domain.inventory.consuming import Consumption
from services.carbon_accounting.domain.inventory.electricity import Certificate
from services.carbon_accounting.domain.inventory.open_items import Kind, OpenItem
from services.energy.time_grid import from_microseconds

CURE = "nothing to do: the next matching takes it elsewhere; look at the readings if it stays"


@dataclass(frozen=True, slots=True)
class Clipped:
    """Coverage within what is used, and what was covered beyond."""

    claimed: Claimed = field(default_factory=dict)
    open_items: tuple[OpenItem, ...] = ()


def clipped(claimed: Claimed, consumption: Consumption) -> Clipped:
    """Return the coverage within each interval's grid power; the first certificates come first.

    Arrays of both are of the same intervals.
    """
    kept: dict[str, dict[Certificate, Whole]] = {}
    told: list[OpenItem] = []
    for enterprise, of_enterprise in claimed.items():
        left = _grid_wh(consumption, enterprise)
        for certificate, wh in of_enterprise.items():
            taken = np.minimum(wh, left)
            left -= taken
            if taken.any():
                kept.setdefault(enterprise, {})[certificate] = taken
            told += _beyond(certificate, enterprise, wh - taken, consumption)
    return Clipped(kept, tuple(told))


def _grid_wh(consumption: Consumption, enterprise: str) -> Whole:
    consumed = consumption.by_enterprise.get(enterprise)
    if consumed is None:
        return np.zeros(len(consumption.starts_us), np.int64)
    return consumed.grid_wh.copy()


def _beyond(
    certificate: Certificate, enterprise: str, wh: Whole, consumption: Consumption
) -> Iterator[OpenItem]:
    there = np.flatnonzero(wh)
    if len(there):
        start, end = _at(consumption, int(there[0])), _at(consumption, int(there[-1]))
        what = f"covers {int(wh.sum())} Wh of {enterprise} more than it took from the grid"
        yield OpenItem(Kind.NOT_COVERED, certificate.id, what, CURE, start, end + consumption.step)


def _at(consumption: Consumption, interval: int) -> datetime:
    return from_microseconds(int(consumption.starts_us[interval]))
