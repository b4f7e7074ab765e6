"""How far off the mixture was: quantiles from its errors out of sample, by horizon and by hour.

An error is first measured against the usual size of errors at that local hour (workday or free
day), then pooled per block of horizons, recent ones counting more. Where trees say quantiles of
their own, which know when a series is restless, a band is counted from between the mixture and
theirs, as far towards theirs as lowered the quantile loss out of sample.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.blend import drawn_to
from services.forecasting.domain.outlook.blocks import Blocks
from services.forecasting.domain.outlook.days import Days
from services.forecasting.domain.series import Floats, Ints

Flags = NDArray[np.bool_]
HOURS = 48
BORROWED_CASES = 60.0
FEWEST_CASES = 8
FEWEST_ORIGINS = 8
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
MEDIAN = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """The mixture's word `(origins, horizons)`, and the trees' own quantiles by level."""

    middle: Floats
    outer: dict[float, Floats]

    def between(self, level: float, share: Floats | float) -> Floats:
        """Return what lies `share` of the way from the mixture to the trees' quantile."""
        if level not in self.outer:
            return self.middle
        drawn = np.where(np.isfinite(self.outer[level]), self.outer[level], self.middle)
        return np.asarray(self.middle + share * (drawn - self.middle), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Bands:
    """Quantiles of relative errors and the trees' shares `(levels, blocks)`; usual sizes
    `(blocks, HOURS)`. Quantiles are NaN of blocks in which too little has come true.
    """

    blocks: Blocks
    levels: tuple[float, ...]
    relative: Floats
    share: Floats
    usual: Floats

    def around(self, said: Said, hour: Ints, horizons: Ints) -> Floats:
        """Return the quantiles `(levels, origins, horizons)`; `hour` is each target's."""
        size = self.usual[self.blocks.of(horizons), hour]
        relative = self.blocks.across(self.relative, horizons)
        share = self.blocks.across(self.share, horizons)
        return np.array(
            [
                said.between(level, share[i]) + relative[i] * size
                for i, level in enumerate(self.levels)
            ]
        )


def hour_of(days: Days, row: Ints) -> Ints:
    """Return the local hour of a workday (0..23) or of a free day (24..47)."""
    return days.minute_of_day[row] // 60 + 24 * days.free[row]


def bands_of(
    truth: Floats,
    said: Said,
    hour: Ints,
    horizons: Ints,
    counts: Floats,
    blocks: Blocks,
    levels: tuple[float, ...],
    margin: float,
) -> Bands | None:
    """Return the bands by what came `(origins, horizons)`; None without enough of it.

    `margin` is how much further from the median quantiles are asked than their level says.
    """
    errors = truth - said.middle
    if np.isfinite(errors).sum() < FEWEST_CASES:
        return None
    block = blocks.of(horizons)
    columns = [np.equal(block, i) for i in range(len(blocks))]
    usual = np.array([_usual(errors[:, held], hour[:, held]) for held in columns])
    size, counted = usual[block, hour], np.broadcast_to(counts[:, None], errors.shape)
    relative, share = np.zeros((2, len(levels), len(blocks)))
    for i, level in enumerate(levels):
        asked = 0.5 + (level - 0.5) * (1.0 + margin)
        tried = [
            _tried(truth - said.between(level, part), size, counted, columns, level, asked)
            for part in (SHARES if level in said.outer else SHARES[:1])
        ]
        loss = _smoothed(np.array([of for _, of in tried]))
        best = loss.argmin(axis=0)
        share[i] = np.array(SHARES)[best]
        relative[i] = np.array([found for found, _ in tried])[best, np.arange(len(blocks))]
        if level == MEDIAN:
            relative[i] *= _trust(errors, relative[i][block] * size, counts, columns)
    return Bands(blocks, levels, relative, share, usual)


def _tried(
    off: Floats, size: Floats, counted: Floats, columns: list[Flags], level: float, asked: float
) -> tuple[Floats, Floats]:
    """Return each block's quantile of relative errors `off`, and the quantile loss with it.

    Errors of a few origins tell nothing: a young series' would all be of one night.
    """
    found, loss = np.full(len(columns), np.nan), np.zeros(len(columns))
    for i, held in enumerate(columns):
        known = np.isfinite(off[:, held])
        part, sizes = off[:, held][known], size[:, held][known]
        counts = counted[:, held][known]
        if known.any(axis=1).sum() >= FEWEST_ORIGINS:
            found[i] = weighted_quantiles(part / sizes, counts, (asked,))[0]
            left = part - found[i] * sizes
            loss[i] = np.average(np.maximum(level * left, (level - 1.0) * left), weights=counts)
    return found, loss


def _trust(errors: Floats, moved: Floats, counts: Floats, columns: list[Flags]) -> Floats:
    """Return how far, 0 to 1, each block's move of the middle is believed: as it clearly helped."""
    found = np.zeros(len(columns))
    for i, held in enumerate(columns):
        origin, column = np.nonzero(np.isfinite(errors[:, held]) & np.isfinite(moved[:, held]))
        if len(origin):
            off = errors[:, held][origin, column]
            both = np.array([off, off - moved[:, held][origin, column]])
            found[i] = drawn_to(0, np.array([0.0, 1.0]), both, counts[origin], origin)[1]
    return found


def _smoothed(loss: Floats) -> Floats:
    """Return losses `(shares, blocks)` relative to the first share's, with those of the blocks
    beside: what a share gains in one block alone is luck.
    """
    relative = loss / np.maximum(loss[:1], 1e-12)
    padded = np.pad(relative, ((0, 0), (1, 1)), mode="edge")
    found: Floats = padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]
    return found


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
