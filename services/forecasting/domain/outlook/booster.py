"""Gradient boosting: the one module that knows LightGBM.

One thread and a fixed seed: the same cases give the same trees, byte for byte, on one machine type.
The library is loaded when trees are first needed: that takes a second, and a service that starts
again answers with what it had issued before.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.series import Floats

if TYPE_CHECKING:
    import lightgbm

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
    "max_bin": 63,
    "verbosity": -1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
}


class Trees:
    """A fitted ensemble; `saved` is its text, which restores it when a value is first asked for."""

    __slots__ = ("_booster", "saved")

    def __init__(self, saved: str) -> None:
        self.saved = saved
        self._booster: lightgbm.Booster | None = None

    def said(self, matrix: Floats) -> Floats:
        """Return a value per row."""
        if self._booster is None:
            import lightgbm

            self._booster = lightgbm.Booster(model_str=self.saved)
        return np.asarray(self._booster.predict(matrix, num_threads=1), np.float64)

    @classmethod
    def restored(cls, saved: str) -> "Trees":
        """Return the ensemble of a text."""
        return cls(saved)


class Ground:
    """Cases in bins, on which several ensembles grow: binning costs as much as many trees.

    `seed` chooses which cases and columns each tree sees.
    """

    def __init__(self, matrix: Floats, truth: Floats, seed: int = SEED) -> None:
        import lightgbm

        self._settings = _SETTINGS | {"seed": seed}
        self._binned = lightgbm.Dataset(matrix, truth, params=self._settings, free_raw_data=True)

    def grow(self, weight: Floats, effort: Effort, level: float) -> Trees:
        """Return trees for a quantile of the truth; the median has the least absolute error."""
        import lightgbm

        outer = {"objective": "quantile", "alpha": level}
        settings = self._settings | ({"objective": "l1"} if level == MEDIAN else outer)
        self._binned.set_weight(weight)
        grown = lightgbm.train(settings, self._binned, num_boost_round=effort.rounds)
        return Trees(str(grown.model_to_string()))
