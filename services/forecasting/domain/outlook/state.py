"""All that a series' forecaster remembers between two moments: what a registry would keep."""

from dataclasses import dataclass

from services.forecasting.domain.outlook.bands import Bands, Said
from services.forecasting.domain.outlook.fitting import Fitted
from services.forecasting.domain.outlook.ledger import Ledger
from services.forecasting.domain.outlook.mixture import Mixture
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.sureness import FIRST_MARGIN
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.outlook.view import View, view_of
from services.forecasting.domain.series import Floats, Ints

LEVELS = (0.1, 0.5, 0.9)
WINDOW_DAYS = 45
"""How far back an answer looks; views of more days are for learning only."""
NEAR_DAYS = 6
"""How far back an answer asks what was usual: four days before origins of up to two days ago."""


@dataclass(frozen=True, slots=True, eq=False)
class Weighing:
    """A mixture of some models, how far off it was, and the trees that say outer quantiles."""

    mixture: Mixture
    bands: Bands | None
    outer: dict[float, str]

    @property
    def names(self) -> tuple[str, ...]:
        """All that must have spoken."""
        return (*self.mixture.names, *self.outer.values())

    def heard(self, said: dict[str, Floats], horizons: Ints) -> Said:
        """Return the mixture and the outer quantiles of what was said."""
        drawn = {level: said[name] for level, name in self.outer.items()}
        return Said(self.mixture.mixed(said, horizons), drawn)


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """All that a forecaster remembers; minutes since the epoch say as of when."""

    task: Task
    fitted: Fitted
    learnt_at: int
    learnt_rows: int
    ledger: Ledger
    reckoned_at: int
    seeing: Weighing
    blind: Weighing
    margin: float = FIRST_MARGIN

    def view(self, record: Record, since: int = 0) -> View:
        """Return the record as the fitted models look at it from the origins since a row."""
        fitted = self.fitted
        given = (record, self.task, fitted.scale, fitted.place, fitted.weather)
        return view_of(*given, since=since)


def now_of(record: Record, task: Task) -> int:
    """Return the minute at which the record ends."""
    return int(record.days.minute[0]) + len(record) * task.step_min
