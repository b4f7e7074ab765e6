"""Boosted trees over all horizons of a band: on levels as they are, or on what an anchor leaves.

Counted from an anchor (what is usual, moved to the last day's level) trees need not extrapolate: a
series that moves to a new level is followed at once. Without one they know which level it is, which
is better while levels last. The mixture takes both.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.outlook.booster import MEDIAN, SEED, Ground, Trees
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.features import Cases, Features
from services.forecasting.domain.outlook.model import Model
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.outlook.view import View
from services.forecasting.domain.series import Floats, Ints

Rows = NDArray[np.bool_]
FEWEST_CASES = 500
BAND_ENDS_MIN = (60, 360)
BANDS = len(BAND_ENDS_MIN) + 1


def band_of(task: Task, horizon: Ints) -> Ints:
    """Return the band of each horizon: the next hour, the next six hours, beyond."""
    return np.searchsorted(BAND_ENDS_MIN, horizon * task.step_min, side="left")


@dataclass(frozen=True, slots=True, eq=False)
class Boosted:
    """Trees per band on what is left of an anchor."""

    name: str
    anchor: Model | None
    trees: tuple[Trees | None, ...]
    task: Task

    def said(self, view: View, cases: Cases, features: Features) -> Floats:
        """Return anchor plus trees, NaN where either is missing."""
        found, base = np.full(len(cases), np.nan), _base(self.anchor, view, cases, features)
        matrix, band = _matrix(self.anchor, features, base), band_of(self.task, cases.horizon)
        for i, trees in enumerate(self.trees):
            rows = (band == i) & np.isfinite(base)
            if trees is not None and rows.any():
                found[rows] = base[rows] + trees.said(matrix[rows])
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Cases counted from an anchor, by band, ready for trees; None where a band has too few."""

    anchor: Model | None
    task: Task
    rows: tuple[Rows, ...]
    grounds: tuple[Ground | None, ...]

    def grown(self, name: str, weight: Floats, effort: Effort, level: float = MEDIAN) -> Boosted:
        """Return trees for a quantile of the truth; `weight` is per case."""
        trees = grown_on(self.grounds, self.rows, weight, effort, level)
        return Boosted(name, self.anchor, trees, self.task)


def prepared(
    anchor: Model | None,
    view: View,
    cases: Cases,
    features: Features,
    truth: Floats,
    bands: int = BANDS,
    seed: int = SEED,
) -> Prepared:
    """Return the cases of the first `bands` with a truth and an anchor."""
    base = _base(anchor, view, cases, features)
    left, band = truth - base, band_of(view.task, cases.horizon)
    matrix = _matrix(anchor, features, base)
    rows = tuple(np.isfinite(left) & (band == i) for i in range(bands))
    grounds = tuple(ground_of(matrix, left, held, seed) for held in rows)
    return Prepared(anchor, view.task, rows, grounds)


def ground_of(matrix: Floats, truth: Floats, rows: Rows, seed: int = SEED) -> Ground | None:
    """Return the ground of some rows, None where these are too few."""
    return Ground(matrix[rows], truth[rows], seed) if rows.sum() >= FEWEST_CASES else None


def grown_on(
    grounds: tuple[Ground | None, ...],
    rows: tuple[Rows, ...],
    weight: Floats,
    effort: Effort,
    level: float,
) -> tuple[Trees | None, ...]:
    """Return the trees of each band."""
    return tuple(
        ground.grow(weight[held], effort, level) if ground else None
        for ground, held in zip(grounds, rows, strict=True)
    )


def _base(anchor: Model | None, view: View, cases: Cases, features: Features) -> Floats:
    """Return what trees are counted from, zero without an anchor; never NaN but for short pasts."""
    if anchor is None:
        return np.zeros(len(cases))
    base = anchor.said(view, cases, features)
    usual = features.linear["usual"]
    base = np.where(np.isfinite(base), base, np.where(np.isfinite(usual), usual, features.level))
    return np.asarray(base, np.float64)


def _matrix(anchor: Model | None, features: Features, base: Floats) -> Floats:
    return features.matrix() if anchor is None else features.matrix(below=base)
