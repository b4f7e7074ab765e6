"""Second opinions: the mean of models that learnt alike from different cases.

What one ensemble of trees makes of its cases is partly luck; two lucks are less than one.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from services.forecasting.domain.outlook.features import Cases, Features
from services.forecasting.domain.outlook.model import Model
from services.forecasting.domain.outlook.view import View
from services.forecasting.domain.series import Floats


@dataclass(frozen=True, slots=True)
class Opinions:
    """Models of one kind and name."""

    name: str
    models: tuple[Model, ...]

    def said(self, view: View, cases: Cases, features: Features) -> Floats:
        """Return the mean of what they say, NaN where one is silent."""
        said = [model.said(view, cases, features) for model in self.models]
        return np.asarray(np.mean(said, axis=0), np.float64)


def heard_twice(models: Iterable[Model], second: Iterable[Model]) -> tuple[Model, ...]:
    """Return the models, each with the second opinion of its name where there is one."""
    others = {model.name: model for model in second}
    return tuple(
        Opinions(model.name, (model, others[model.name])) if model.name in others else model
        for model in models
    )
