"""Lines through the middle of what comes, by the present alone: back to the middle, bent at ends.

Few numbers with the least absolute error, so they hold where trees learn luck by heart: a turbine's
next hours are its last value, drawn back to the middle the more the further ahead. What rests at
nothing or runs at its most returns otherwise than what is between, so the last value also enters
with what it is below and above its usual range.
"""

from dataclasses import dataclass

import numpy as np

from services.forecasting.domain.outlook.blocks import Blocks
from services.forecasting.domain.outlook.features import Cases, Features
from services.forecasting.domain.outlook.view import View
from services.forecasting.domain.series import Floats

NAME = "median-line"
FEWEST_CASES = 200
BENDS = (0.2, 0.8)  # quantiles of the last values learnt from
MEANS = ("mean_3h", "mean_24h")
REWEIGHTINGS = 12
LEAST_ERROR = 0.02  # of the mean one: smaller ones count alike
PENALTY = 1e-4  # of the mean square of the columns


@dataclass(frozen=True, slots=True, eq=False)
class MedianLines:
    """Slopes `(blocks, columns)`, NaN where there was too little to learn from."""

    blocks: Blocks
    bends: Floats
    slopes: Floats
    name: str = NAME

    def said(self, view: View, cases: Cases, features: Features) -> Floats:
        """Return the lines' values, NaN where there is no line."""
        slopes = self.slopes[self.blocks.of(cases.horizon)]
        found: Floats = (columns_of(features, self.bends) * slopes).sum(axis=1)
        return found


def fit_median_lines(
    blocks: Blocks, cases: Cases, features: Features, truth: Floats, weight: Floats
) -> MedianLines:
    """Return the lines with the least absolute error on cases with a truth."""
    bends = np.nan_to_num(np.nanquantile(features.linear["last"], BENDS))
    columns, block = columns_of(features, bends), blocks.of(cases.horizon)
    usable = np.isfinite(truth) & np.isfinite(columns).all(axis=1)
    held = [np.flatnonzero(usable & (block == i)) for i in range(len(blocks))]
    slopes = [_slopes(columns[rows], truth[rows], weight[rows]) for rows in held]
    return MedianLines(blocks, bends, np.array(slopes))


def columns_of(features: Features, bends: Floats) -> Floats:
    """Return one, the last value and means before it, its step, and how far it is out of range."""
    usual = features.linear["usual"]
    instead = np.where(np.isfinite(usual), usual, features.level)
    last, *means = (
        np.where(np.isfinite(features.linear[name]), features.linear[name], instead)
        for name in ("last", *MEANS)
    )
    low, high = bends
    within = np.clip(last, low, high) - low
    bent = (np.minimum(last - low, 0.0), np.maximum(last - high, 0.0), within**2)
    step = np.nan_to_num(features.other["step"])
    return np.column_stack([np.ones(len(last)), last, *means, step, *bent])


def _slopes(columns: Floats, truth: Floats, weight: Floats) -> Floats:
    """Return the slopes of one block (reweighted squares)."""
    slopes = np.full(columns.shape[1], np.nan)
    if len(truth) < FEWEST_CASES:
        return slopes
    least = LEAST_ERROR * float(np.abs(truth - np.median(truth)).mean()) + 1e-9
    off = np.ones(len(truth))
    for _ in range(REWEIGHTINGS):
        near = weight / np.maximum(np.abs(off), least)
        gram = (columns * near[:, None]).T @ columns
        size = PENALTY * float(np.trace(gram)) / len(gram)
        slopes = np.linalg.solve(gram + size * np.eye(len(gram)), columns.T @ (near * truth))
        off = truth - columns @ slopes
    return slopes
