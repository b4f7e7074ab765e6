"""What every model said, out of sample, at past origins: the ground for weights and bands.

A model's word enters the ledger only from origins at or after the moment it was fitted, so the
ledger shows the errors it makes on what it has never seen.
"""

from dataclasses import dataclass
from math import gcd

import numpy as np

from services.forecasting.domain.outlook.features import Cases, features_of
from services.forecasting.domain.outlook.model import Model
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.outlook.view import View
from services.forecasting.domain.series import Floats, Ints

ORIGINS_A_DAY = 10
KEPT_DAYS = 56
MOST_HORIZONS = 32


@dataclass(frozen=True, slots=True, eq=False)
class Ledger:
    """`said[name]` is `(origins, horizons)` in the unit of the series, NaN where silent.

    `minute` is when each origin was, `horizons` which steps are kept.
    """

    horizons: Ints
    minute: Ints
    said: dict[str, Floats]

    @classmethod
    def empty(cls, task: Task) -> "Ledger":
        """Return a ledger in which nothing was said yet."""
        asked = np.sort(task.steps)
        chosen = np.unique(np.geomspace(1, len(asked), MOST_HORIZONS).round().astype(int)) - 1
        return cls(asked[chosen], np.empty(0, np.int64), {})

    def with_said(self, minute: Ints, said: dict[str, Floats]) -> "Ledger":
        """Return the ledger with newer origins; the oldest fall out after KEPT_DAYS."""
        both = np.concatenate((self.minute, minute))
        if not len(both):
            return self
        kept = both > both[-1] - KEPT_DAYS * 1440
        names = list(dict.fromkeys((*self.said, *said)))
        joined = {
            name: np.concatenate(
                (
                    self.said.get(name, _silence(len(self.minute), len(self.horizons))),
                    said.get(name, _silence(len(minute), len(self.horizons))),
                )
            )[kept]
            for name in names
        }
        return Ledger(self.horizons, both[kept], joined)

    def truth(self, record: Record, task: Task) -> Floats:
        """Return what came `(origins, horizons)`, NaN where it is not known yet."""
        origin = (self.minute - record.days.minute[0]) // task.step_min
        row = origin[:, None] + self.horizons[None, :] - 1
        inside = (row >= 0) & (row < len(record.value))
        came = np.full(row.shape, np.nan)
        came[inside] = record.value[row[inside]]
        return came


def origins_between(begin: int, end: int, first_minute: int, task: Task) -> Ints:
    """Return positions in [begin, end) some ten a day, that wander through the day."""
    step = max(1, task.day // ORIGINS_A_DAY)
    while gcd(step, task.day) != 1:
        step += 1
    phase = -(first_minute // task.step_min + begin) % step
    return np.arange(begin + phase, end, step, dtype=np.int64)


def answers(
    view: View, models: tuple[Model, ...], origins: Ints, horizons: Ints, scale: float
) -> dict[str, Floats]:
    """Return what each model says from each origin, `(origins, horizons)`."""
    said = said_of(view, models, Cases.every(origins, horizons), scale)
    return {name: found.reshape(len(origins), len(horizons)) for name, found in said.items()}


def said_of(view: View, models: tuple[Model, ...], cases: Cases, scale: float) -> dict[str, Floats]:
    """Return what each model says of each case, `(1, cases)`."""
    features = features_of(view, cases)
    return {m.name: scale * m.said(view, cases, features)[None] for m in models}


def _silence(origins: int, horizons: int) -> Floats:
    return np.full((origins, horizons), np.nan)
