"""What a model is: fitted on the past of a series, it answers any cases."""

from typing import Protocol

from services.forecasting.domain.outlook.features import Cases, Features
from services.forecasting.domain.outlook.view import View
from services.forecasting.domain.series import Floats


class Model(Protocol):
    """One way to forecast; plain ones need no fitting."""

    @property
    def name(self) -> str:
        """A short name for weights and reports."""
        ...

    def said(self, view: View, cases: Cases, features: Features) -> Floats:
        """Return a value per case in units of the scale, NaN where there is nothing to say."""
        ...
