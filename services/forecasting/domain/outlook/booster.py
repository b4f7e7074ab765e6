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
    "force_col_wise": True,  # of few columns are looked at, and none is sparse: a fifth quicker
    "enable_bundle": False,
}


class Trees:
    """A fitted ensemble, as it grew or from its text; whichever is missing is made when asked for.

    Most trees that grow are never written down: they are for a trial. Both give the same values.
    """

    __slots__ = ("_booster", "_text")

    def __init__(self, text: str | None = None, booster: "lightgbm.Booster | None" = None) -> None:
        self._text, self._booster = text, booster

    @property
    def saved(self) -> str:
        """The text that restores it."""
        if self._text is None:
            self._text = str(self._grown.model_to_string())
        return self._text

    def said(self, matrix: Floats) -> Floats:
        """Return a value per row."""
        return np.asarray(self._grown.predict(matrix, num_threads=1), np.float64)

    @property
    def _grown(self) -> "lightgbm.Booster":
        if self._booster is None:
            import lightgbm

            self._booster = lightgbm.Booster(model_str=self._text)
        return self._booster


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

        # Not `lightgbm.train`: it writes every ensemble down and reads it again.
        outer = {"objective": "quantile", "alpha": level}
        settings = self._settings | ({"objective": "l1"} if level == MEDIAN else outer)
        self._binned.set_weight(weight)
        grown = lightgbm.Booster(settings, self._binned)
        for _ in range(effort.rounds):
            grown.update()
        return Trees(booster=grown)
