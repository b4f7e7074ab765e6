"""Boosted trees on the share that comes of a clear sky.

A share knows neither season nor hour, so what was learnt in spring holds in summer. Each case
counts by how bright it could have been: the error that matters is that of the power.
"""

from dataclasses import dataclass

import numpy as np

from services.forecasting.domain.outlook.boosted import (
    BANDS,
    Rows,
    band_of,
    ground_of,
    grown_on,
)
from services.forecasting.domain.outlook.booster import MEDIAN, SEED, Ground, Trees
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.features import Cases, Features
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.outlook.view import View
from services.forecasting.domain.series import Floats

LEAST_LIGHT = 0.02  # of the scale


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Trees per band on the share of a clear sky."""

    name: str
    trees: tuple[Trees | None, ...]
    task: Task

    def said(self, view: View, cases: Cases, features: Features) -> Floats:
        """Return the share times the clear sky, NaN where either is missing."""
        bright = features.linear["bright"]
        found, lit = np.where(bright <= LEAST_LIGHT, 0.0 * bright, np.nan), bright > LEAST_LIGHT
        with np.errstate(invalid="ignore", divide="ignore"):
            matrix = features.matrix(over=bright)
        band = band_of(self.task, cases.horizon)
        for i, trees in enumerate(self.trees):
            rows = (band == i) & lit
            if trees is not None and rows.any():
                found[rows] = bright[rows] * trees.said(matrix[rows])
        return found


@dataclass(frozen=True, slots=True, eq=False)
class PreparedShares:
    """Shares that came of a clear sky, by band; each case counts by how bright it was."""

    task: Task
    bright: Floats
    rows: tuple[Rows, ...]
    grounds: tuple[Ground | None, ...]

    def grown(self, name: str, weight: Floats, effort: Effort, level: float = MEDIAN) -> Shares:
        """Return trees for a quantile of the share; `weight` is per case."""
        trees = grown_on(self.grounds, self.rows, weight * self.bright, effort, level)
        return Shares(name, trees, self.task)


def prepared_shares(
    view: View, cases: Cases, features: Features, truth: Floats, seed: int = SEED
) -> PreparedShares:
    """Return the cases that were lit."""
    bright, band = features.linear["bright"], band_of(view.task, cases.horizon)
    lit = np.isfinite(truth) & (bright > LEAST_LIGHT)
    with np.errstate(invalid="ignore", divide="ignore"):
        share, matrix = truth / bright, features.matrix(over=bright)
    rows = tuple(lit & (band == i) for i in range(BANDS))
    grounds = tuple(ground_of(matrix, share, held, seed) for held in rows)
    return PreparedShares(view.task, bright, rows, grounds)
