"""Gradient boosting: the one module that knows LightGBM.

One thread and a fixed seed: the same cases give the same trees, byte for byte, on one machine type.
"""

from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np

from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.series import Floats

SEED = 20190603
MEDIAN = 0.5
_SETTINGS: dict[str, Any] = {
    "learning_rate": 0.06,
    "num_leaves": 15,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 1.0,
    "max_bin": 127,
    "verbosity": -1,
    "num_threads": 1,
    "seed": SEED,
    "deterministic": True,
    "force_row_wise": True,
}


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """A fitted ensemble; `saved` is its text, which restores it."""

    booster: lightgbm.Booster

    def said(self, matrix: Floats) -> Floats:
        """Return a value per row."""
        return np.asarray(self.booster.predict(matrix, num_threads=1), np.float64)

    @property
    def saved(self) -> str:
        """The ensemble as text."""
        return str(self.booster.model_to_string())

    @classmethod
    def restored(cls, saved: str) -> "Trees":
        """Return the ensemble of a text."""
        return cls(lightgbm.Booster(model_str=saved))


class Ground:
    """Cases in bins, on which several ensembles grow: binning costs as much as many trees."""

    def __init__(self, matrix: Floats, truth: Floats) -> None:
        self._binned = lightgbm.Dataset(matrix, truth, params=_SETTINGS, free_raw_data=True)

    def grow(self, weight: Floats, effort: Effort, level: float) -> Trees:
        """Return trees for a quantile of the truth; the median has the least absolute error."""
        outer = {"objective": "quantile", "alpha": level}
        objective = {"objective": "l1"} if level == MEDIAN else outer
        self._binned.set_weight(weight)
        rounds = effort.rounds
        return Trees(lightgbm.train(_SETTINGS | objective, self._binned, num_boost_round=rounds))
