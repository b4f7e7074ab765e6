"""Weather forecasts as they are known: who said what, for when, and since when we know it.

Three times are kept apart: the time a value is for (target), when the weather model was run
(issue), and since when we have it (known at). What a forecast of ours may use at a moment was
issued and known by then.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

import numpy as np

from services.forecasting.domain.series import Floats, Ints

MOST_GAP_MIN = 180
AROUND = 360.0
"""Between two values of a quantity; a wider hole stays unknown."""
OLD = timedelta(hours=12)
WHOLE_PLACE = "park"
"""The place of a park that has one weather."""


class Weather(IntEnum):
    """What is forecast of the weather; the numbers are those of the wire."""

    IRRADIANCE_W_M2 = 1
    TEMPERATURE_C = 2
    WIND_SPEED_M_S = 3
    WIND_DIRECTION_DEG = 4
    CLOUD_COVER_PCT = 5
    RELATIVE_HUMIDITY_PCT = 6
    PRESSURE_HPA = 7
    PRECIPITATION_MM_H = 8

    @property
    def column(self) -> str:
        """Return its name in files and in records."""
        return self.name.lower()


POSSIBLE = {
    Weather.IRRADIANCE_W_M2: (0.0, 1_500.0),
    Weather.TEMPERATURE_C: (-70.0, 60.0),
    Weather.WIND_SPEED_M_S: (0.0, 90.0),
    Weather.WIND_DIRECTION_DEG: (0.0, 360.0),
    Weather.CLOUD_COVER_PCT: (0.0, 100.0),
    Weather.RELATIVE_HUMIDITY_PCT: (0.0, 110.0),
    Weather.PRESSURE_HPA: (500.0, 1_100.0),
    Weather.PRECIPITATION_MM_H: (0.0, 500.0),
}


@dataclass(frozen=True, slots=True)
class WeatherValue:
    """One value of one run of a weather model; a value that is not there is no row."""

    place_id: str
    quantity: Weather
    issue_time: datetime
    target_time: datetime
    value: float
    known_at: datetime

    def __post_init__(self) -> None:
        low, high = POSSIBLE[self.quantity]
        if not low <= self.value <= high:
            raise ValueError(
                f"{self.quantity.column} {self.value:g} is not in {low:g}..{high:g}: "
                "is its unit right?"
            )
        if self.known_at < self.issue_time:
            raise ValueError(f"known at {self.known_at}, before it was issued at {self.issue_time}")


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One quantity's values in the order of their targets; minutes since the epoch."""

    target_min: Ints
    issue_min: Ints
    value: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Foreseen:
    """Weather on the steps of a record, `(rows, columns)`, NaN unknown; how old it is, in minutes.

    The rows from `ahead` on are those from the issue on.
    """

    columns: tuple[str, ...]
    value: Floats
    age_min: Floats
    ahead: int

    @classmethod
    def none(cls, ahead: int, rows: int) -> "Foreseen":
        """Return that nothing is foreseen."""
        return cls((), np.empty((rows, 0)), np.empty((rows, 0)), ahead)

    @property
    def caveat(self) -> str:
        """What is missing of the steps from the issue on; empty when nothing is."""
        return _caveat(self.value[self.ahead :], self.age_min[self.ahead :], self.columns)

    def of(self, columns: tuple[str, ...]) -> "Foreseen":
        """Return these columns in this order; one that is not there is unknown."""
        unknown = np.full((len(self.value), 1), np.nan)
        place = [self.columns.index(c) if c in self.columns else -1 for c in columns]
        value, age = (np.hstack((a, unknown))[:, place] for a in (self.value, self.age_min))
        return Foreseen(columns, value, age, self.ahead)

    def known_of_the_last(self, rows: int) -> dict[str, int]:
        """Return of each column how many of the last rows before the issue are known."""
        past = self.value[max(0, self.ahead - rows) : self.ahead]
        return dict(zip(self.columns, np.isfinite(past).sum(axis=0).tolist(), strict=True))


def foreseen_from(
    runs: dict[Weather, Run], quantities: tuple[Weather, ...], steps_min: Ints, issue_min: int
) -> Foreseen:
    """Return the columns on a grid of steps (middles, minutes) as known at the issue."""
    shape = (len(steps_min), len(quantities))
    value, age = np.full(shape, np.nan), np.full(shape, np.nan)
    for column, quantity in enumerate(quantities):
        if (run := runs.get(quantity)) is not None and len(run.value):
            around = AROUND if quantity is Weather.WIND_DIRECTION_DEG else None
            value[:, column], age[:, column] = _on_grid(run, steps_min, issue_min, around)
    ahead = int(np.searchsorted(steps_min, issue_min))
    return Foreseen(tuple(one.column for one in quantities), value, age, ahead)


def _on_grid(
    run: Run, steps_min: Ints, issue_min: int, around: float | None
) -> tuple[Floats, Floats]:
    """Return values between their neighbours, and the age of the older of the two.

    `around`: what is once around, of values between which the shorter way is meant.
    """
    after = np.searchsorted(run.target_min, steps_min)
    later = np.minimum(after, len(run.target_min) - 1)
    exact = run.target_min[later] == steps_min
    earlier = np.where(exact, later, np.maximum(after - 1, 0))
    inside = exact | ((after > 0) & (after < len(run.target_min)))
    apart = run.target_min[later] - run.target_min[earlier]
    known = inside & (apart <= MOST_GAP_MIN)
    if around is None:
        value = np.interp(steps_min, run.target_min, run.value)
    else:
        turned = np.unwrap(run.value, period=around)
        value = np.interp(steps_min, run.target_min, turned) % around
    age = issue_min - np.minimum(run.issue_min[earlier], run.issue_min[later])
    return np.where(known, value, np.nan), np.where(known, age, np.nan)


def _caveat(value: Floats, age_min: Floats, columns: tuple[str, ...]) -> str:
    reasons = []
    known = np.isfinite(value)
    if not len(value) or not columns:
        return ""
    some, every = np.asarray(known.any(axis=0)), np.asarray(known.all(axis=0))
    if away := [one for one, found in zip(columns, some, strict=True) if not found]:
        reasons.append(f"no weather forecast of {', '.join(away)}")
    if (partly := some & ~every).any():
        share = known[:, partly].mean()
        reasons.append(f"weather forecast for {share:.0%} of the time ahead")
    oldest = timedelta(minutes=float(np.nanmax(age_min))) if known.any() else timedelta(0)
    if oldest > OLD:
        reasons.append(f"weather forecast {oldest / timedelta(hours=1):.0f} h old")
    return "; ".join(reasons)
