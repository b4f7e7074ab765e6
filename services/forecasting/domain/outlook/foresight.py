"""Models with and without weather forecasts: where the weather is away, the blind ones serve."""

from dataclasses import dataclass, replace

import numpy as np

from services.forecasting.domain.outlook.features import Cases, Features
from services.forecasting.domain.outlook.model import Model
from services.forecasting.domain.outlook.view import View
from services.forecasting.domain.series import Floats

BLIND = "-blind"


@dataclass(frozen=True, slots=True, eq=False)
class Seeing:
    """A model that says nothing where a forecast covariate is missing."""

    model: Model

    @property
    def name(self) -> str:
        """The model's own name."""
        return self.model.name

    def said(self, view: View, cases: Cases, features: Features) -> Floats:
        """Return what the model says where all covariates are foreseen, else NaN."""
        found, seen = np.full(len(cases), np.nan), features.foreseen
        if seen.any():
            found[seen] = self.model.said(view, cases.at(seen), features.at(seen))
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Blind:
    """A model that was fitted without forecast covariates."""

    model: Model

    @property
    def name(self) -> str:
        """The model's name, marked."""
        return self.model.name + BLIND

    def said(self, view: View, cases: Cases, features: Features) -> Floats:
        """Return what the model says without looking at the covariates."""
        return self.model.said(view, cases, blinded(features))


def blinded(features: Features) -> Features:
    """Return the features without those of forecast covariates."""
    kept = {name: column for name, column in features.linear.items() if not is_foreseen(name)}
    return replace(features, linear=kept)


def is_foreseen(name: str) -> bool:
    """Whether a column comes from a forecast covariate."""
    return name.startswith("f") and (name[1:2].isdigit() or name[1:2] == "x")
