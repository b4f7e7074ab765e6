"""Boosted trees over all horizons of a band: they correct an anchor instead of learning the level.

The anchor (ridge where there is one, else what is usual) carries level and scale, so trees need not
extrapolate, and a series that moves to a new level is followed at once.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.outlook.booster import Trees, grow
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.features import Cases, Features
from services.forecasting.domain.outlook.model import Model
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.outlook.view import View
from services.forecasting.domain.series import Floats, Ints

FEWEST_CASES = 500
BAND_ENDS_MIN = (60, 360)


def band_of(task: Task, horizon: Ints) -> Ints:
    """Return the band of each horizon: the next hour, the next six hours, beyond."""
    return np.searchsorted(BAND_ENDS_MIN, horizon * task.step_min, side="left")


@dataclass(frozen=True, slots=True, eq=False)
class Boosted:
    """Trees per band on what is left of an anchor."""

    name: str
    anchor: Model
    trees: tuple[Trees | None, ...]
    task: Task

    def said(self, view: View, cases: Cases, features: Features) -> Floats:
        """Return anchor plus trees, NaN where either is missing."""
        found, matrix = np.full(len(cases), np.nan), features.matrix()
        base, band = self.anchor.said(view, cases, features), band_of(self.task, cases.horizon)
        for i, trees in enumerate(self.trees):
            rows = (band == i) & np.isfinite(base)
            if trees is not None and rows.any():
                found[rows] = base[rows] + trees.said(matrix[rows])
        return found


def fit_boosted(
    name: str,
    anchor: Model,
    view: View,
    cases: Cases,
    features: Features,
    truth: Floats,
    weight: Floats,
    effort: Effort,
) -> Boosted:
    """Return trees fitted to cases with a truth and an anchor."""
    left = truth - anchor.said(view, cases, features)
    band, matrix = band_of(view.task, cases.horizon), features.matrix()
    usable = np.isfinite(left)
    trees = tuple(
        _trees(matrix, left, weight, usable & (band == i), effort)
        for i in range(len(BAND_ENDS_MIN) + 1)
    )
    return Boosted(name, anchor, trees, view.task)


def _trees(
    matrix: Floats, left: Floats, weight: Floats, rows: NDArray[np.bool_], effort: Effort
) -> Trees | None:
    if rows.sum() < FEWEST_CASES:
        return None
    return grow(matrix[rows], left[rows], weight[rows], effort)
