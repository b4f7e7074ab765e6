"""Sums of electric series over the park and its tenants, and their bands.

A sum's median is the sum of its members' medians, so that sums add up whatever is added; its P10
and P90 lie as far from it as those of the joint paths' sums lie from theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from services.energy.site import Carrier, Device, DeviceKind, Park
from services.forecasting.domain.series import Floats
from services.forecasting.domain.targets import Target, targets_of

LOAD, GENERATION, RESIDUAL = "park.load_w", "park.generation_w", "park.residual_w"
BANDED_PATHS = 100


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


def summed(one: Sum, powers: Mapping[str, Floats]) -> Floats | None:
    """Return the members' powers added up; None while one of them is not known."""
    if any(member not in powers for member in one.members):
        return None
    total: Floats = np.sum([powers[member] for member in one.members], axis=0)
    return total


def banded(median_w: Floats, paths_w: Floats) -> Floats:
    """Return P10, P50, P90 `(3, steps)` of a sum from its median and its paths `(count, steps)`."""
    low, middle, high = np.quantile(paths_w, (0.1, 0.5, 0.9), axis=0)
    under, over = np.minimum(low - middle, 0.0), np.maximum(high - middle, 0.0)
    return np.array([median_w + under, median_w, median_w + over])
