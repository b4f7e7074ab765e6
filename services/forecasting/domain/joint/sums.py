"""Sums of electric series over the park and its tenants, and their bands.

A sum's median is the sum of its members' medians, so that sums add up whatever is added; its P10
and P90 lie as far from it as those of the joint paths' sums lie from theirs.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from services.energy.site import Carrier, Device, DeviceKind, Park
from services.forecasting.domain.series import Floats
from services.forecasting.domain.targets import Target, targets_of

LOAD, GENERATION, RESIDUAL = "park.load_w", "park.generation_w", "park.residual_w"
BANDED_PATHS = 80


@dataclass(frozen=True, slots=True)
class Sum:
    """What is added up under which id; all members are electric, in the published sign."""

    id: str
    members: tuple[str, ...]
    lowest_w: float
    highest_w: float


def sums_of(park: Park) -> tuple[Sum, ...]:
    """Return the park's sums: its load, each tenant's load, generation and residual load."""
    electric = [target for target in targets_of(park) if _electric(park, target)]
    loads = [target for target in electric if _device(park, target).kind is DeviceKind.LOAD]
    made = [target for target in electric if target not in loads]
    parts = {LOAD: loads}
    for tenant in park.tenants:
        own = [target for target in loads if _device(park, target).tenant_id == tenant.id]
        parts[f"tenant.{tenant.id}.load_w"] = own
    parts |= {GENERATION: made, RESIDUAL: loads + made}
    return tuple(_sum(name, members) for name, members in parts.items() if members)


def _sum(name: str, members: list[Target]) -> Sum:
    return Sum(
        name,
        tuple(target.point_id for target in members),
        sum(target.lowest_w for target in members),
        sum(target.highest_w for target in members),
    )


def _device(park: Park, target: Target) -> Device:
    return park.device(target.point_id.rsplit(".", 1)[0])


def _electric(park: Park, target: Target) -> bool:
    return _device(park, target).carrier is Carrier.ELECTRICITY


class Totals:
    """The sums of whatever series are put in, one after the other; a sum lacks with its members."""

    def __init__(self, sums: Iterable[Sum]) -> None:
        self._lacking = {one.id: set(one.members) for one in sums}
        self._total: dict[str, Floats] = {}

    def put(self, name: str, power_w: Floats) -> None:
        """Add one series to every sum it is a member of."""
        for sum_id, lacking in self._lacking.items():
            if name in lacking:
                lacking.remove(name)
                self._total[sum_id] = self._total.get(sum_id, 0.0) + power_w

    def of(self, one: Sum) -> Floats | None:
        """Return a sum; None while one of its members was not put in."""
        return None if self._lacking[one.id] else self._total[one.id]


def banded(median_w: Floats, paths_w: Floats) -> Floats:
    """Return P10, P50, P90 `(3, steps)` of a sum from its median and its paths `(count, steps)`."""
    low, middle, high = np.quantile(paths_w, (0.1, 0.5, 0.9), axis=0)
    under, over = np.minimum(low - middle, 0.0), np.maximum(high - middle, 0.0)
    return np.array([median_w + under, median_w, median_w + over])
