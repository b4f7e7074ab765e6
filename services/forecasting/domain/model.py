"""What a model is: from any origins, the next day of a series, seeing only what lay before each.

A new model (gradient boosting, a weather model) implements `Model` and joins `models_for`; the
blend gives it the weight its past errors earn at each horizon.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.series import HORIZON, Floats, Ints, Series


class Model(Protocol):
    """One way to forecast."""

    @property
    def name(self) -> str:
        """A short name for the `method` of a forecast."""
        ...

    def paths_w(self, series: Series, origins: Ints) -> Floats:
        """Return mean powers `(origins, HORIZON)`; step 0 is the quarter at the origin itself.

        An origin is a position in the series, at most its length. Row i may use only values
        before `origins[i]`. NaN where the model has nothing to say.
        """
        ...


def steps(origins: Ints) -> NDArray[np.int64]:
    """Return the positions each origin forecasts, `(origins, HORIZON)`."""
    return origins[:, None] + np.arange(HORIZON)[None, :]
