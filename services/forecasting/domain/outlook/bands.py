"""How far off the mixture was: quantiles from its errors out of sample, by horizon and by hour.

An error is first measured against the usual size of errors at that local hour (workday or free
day), then pooled per block of horizons, recent ones counting more.
"""

from dataclasses import dataclass

import numpy as np

from services.forecasting.domain.outlook.blocks import Blocks
from services.forecasting.domain.outlook.days import Days
from services.forecasting.domain.series import Floats, Ints

HOURS = 48
BORROWED_CASES = 60.0
FEWEST_CASES = 8


@dataclass(frozen=True, slots=True, eq=False)
class Bands:
    """Quantiles of relative errors `(levels, blocks)` and usual sizes `(blocks, HOURS)`."""

    blocks: Blocks
    levels: tuple[float, ...]
    relative: Floats
    usual: Floats

    def offsets(self, days: Days, target: Ints, horizons: Ints) -> Floats:
        """Return what to add to the mixture, `(levels, targets)`."""
        hour, block = hour_of(days, target), self.blocks.of(horizons)
        found: Floats = self.blocks.across(self.relative, horizons) * self.usual[block, hour]
        return found


def hour_of(days: Days, row: Ints) -> Ints:
    """Return the local hour of a workday (0..23) or of a free day (24..47)."""
    return days.minute_of_day[row] // 60 + 24 * days.free[row]


def bands_of(
    errors: Floats,
    hour: Ints,
    horizons: Ints,
    counts: Floats,
    blocks: Blocks,
    levels: tuple[float, ...],
    margin: float,
) -> Bands | None:
    """Return the bands of errors `(origins, horizons)`; None without enough of them.

    `margin` is how much further from the median quantiles are asked than their level says.
    """
    if np.isfinite(errors).sum() < FEWEST_CASES:
        return None
    block = blocks.of(horizons)
    usual = np.array(
        [_usual(errors[:, block == i], hour[:, block == i]) for i in range(len(blocks))]
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = errors / usual[block[None, :], hour]
    asked = tuple(0.5 + (level - 0.5) * (1.0 + margin) for level in levels)
    counted = np.broadcast_to(counts[:, None], errors.shape)
    quantiles = np.array(
        [
            weighted_quantiles(relative[:, block == i], counted[:, block == i], asked)
            for i in range(len(blocks))
        ]
    )
    return Bands(blocks, levels, quantiles.T, usual)


def weighted_quantiles(value: Floats, counts: Floats, levels: tuple[float, ...]) -> Floats:
    """Return quantiles of the finite values; a little outside for few (conformal)."""
    known = np.isfinite(value)
    if not known.any():
        return np.zeros(len(levels))
    order = np.argsort(value[known], kind="stable")
    sorted_value, weight = value[known][order], counts[known][order]
    middle = (np.cumsum(weight) - weight / 2) / weight.sum()
    size = weight.sum() ** 2 / (weight**2).sum()
    wider = 1.0 + 1.0 / size
    asked = [0.5 + (level - 0.5) * wider for level in levels]
    return np.asarray(np.interp(asked, middle, sorted_value), np.float64)


def _usual(errors: Floats, hour: Ints) -> Floats:
    """Return the mean absolute error of each hour, few cases borrowing from all others'."""
    known = np.isfinite(errors)
    size, group = np.abs(errors[known]), hour[known]
    anywhere = float(size.mean()) if len(size) else 0.0
    total = np.bincount(group, size, HOURS)
    count = np.bincount(group, minlength=HOURS)
    by_hour_total = np.tile(total.reshape(2, -1).sum(axis=0), 2)
    by_hour_count = np.tile(count.reshape(2, -1).sum(axis=0), 2)
    by_hour = (by_hour_total + 4.0 * anywhere) / (by_hour_count + 4.0)
    usual: Floats = (total + BORROWED_CASES * by_hour) / (count + BORROWED_CASES)
    return usual + 1e-12
