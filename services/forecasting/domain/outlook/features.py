"""What a case may look at: the calendar of its target, and what was known at its origin.

A *case* is one origin and one horizon. Columns are in units of the series' scale.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.forecasting.domain.outlook.holiday_kinds import WORKDAY
from services.forecasting.domain.outlook.present import brightness, closure, last_value
from services.forecasting.domain.outlook.view import View
from services.forecasting.domain.series import Floats, Ints

WINDOWS_HOURS = (1.0, 3.0, 8.0, 24.0)
THAN = (("day", 1, 3.0), ("week", 7, 3.0), ("week", 7, 24.0))
PROFILES = ("day_ago", "week_ago", "usual", "recent", "weekly", "rest")
SHARED = {*PROFILES, "last", "fx"}
LEVELS = {*PROFILES, "last", "mean_1h", "mean_3h", "mean_8h", "mean_24h", "usual_then", "fx"}


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """Origins and horizons of equal length; `target` is the row asked for."""

    origin: Ints
    horizon: Ints

    @classmethod
    def every(cls, origins: Ints, horizons: Ints) -> "Cases":
        """Return every horizon of every origin, origin by origin."""
        return cls(np.repeat(origins, len(horizons)), np.tile(horizons, len(origins)))

    def __len__(self) -> int:
        return len(self.origin)

    def at(self, rows: NDArray[np.bool_] | Ints) -> "Cases":
        """Return some of the cases."""
        return Cases(self.origin[rows], self.horizon[rows])

    def and_also(self, others: "Cases") -> "Cases":
        """Return these cases and then others."""
        return Cases(
            np.concatenate((self.origin, others.origin)),
            np.concatenate((self.horizon, others.horizon)),
        )

    @property
    def target(self) -> Ints:
        """The row of the period that begins horizon - 1 steps after the origin."""
        return self.origin + self.horizon - 1

    def days_back(self, view: View) -> Ints:
        """Return the index of what is known in time: whole days at least as long as the lead.

        One hour more where the clock changes, so that a shifted hour is not seen too early.
        """
        ahead = view.days.ahead_min
        margin = view.task.hours(1) if ahead.min() != ahead.max() else 0
        days = -(-(self.horizon + margin) // view.task.day)
        return np.minimum(days, view.task.days_ahead) - 1


def at(profile: Floats, back: Ints, row: Ints) -> Floats:
    """Return the rows of a profile by days back."""
    found: Floats = profile[back, row]
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Named columns of cases: `linear` ones carry levels, `other` ones only say when and how.

    There is no date among them, and nothing as slow as a date: trees would learn single weeks by
    heart (measured: it doubled the error of a day ahead). `level` is the mean of the last week,
    for gaps only; `foreseen` tells where all forecast covariates are known.
    """

    linear: dict[str, Floats]
    other: dict[str, Floats]
    level: Floats
    foreseen: NDArray[np.bool_]

    def at(self, rows: NDArray[np.bool_]) -> "Features":
        """Return the features of some cases."""
        linear = {name: column[rows] for name, column in self.linear.items()}
        other = {name: column[rows] for name, column in self.other.items()}
        return Features(linear, other, self.level[rows], self.foreseen[rows])

    def matrix(self, below: Floats | None = None, over: Floats | None = None) -> Floats:
        """Return all columns, `(cases, columns)`; levels counted from `below` or in `over`."""
        linear = self.linear.items()
        if over is not None:
            levels = [c / over if name in SHARED else c for name, c in linear]
            return np.column_stack([*levels, *self.other.values()])
        if below is None:
            levels = [column for _, column in linear]
        else:
            levels = [column - below if name in LEVELS else column for name, column in linear]
        return np.column_stack([*levels, *self.other.values()])


def features_of(view: View, cases: Cases) -> Features:
    """Return what each case looks at."""
    target, back = cases.target, cases.days_back(view)
    linear = _levels(view, cases.origin) | _profiles(view, back, target)
    linear["usual_then"] = view.usual[0, np.maximum(cases.origin - 1, 0)]
    linear |= _covariates(view, cases)
    other = _calendar(view, cases) | _movement(view, cases.origin)
    if view.task.sun:
        linear |= _sunlight(view, cases, back)
    level = view.of_value.mean(cases.origin, 7 * view.task.day)
    foreseen: NDArray[np.bool_] = np.asarray(np.isfinite(view.foreseen[target]).all(axis=1))
    return Features(linear, other, level, foreseen)


def _levels(view: View, origin: Ints) -> dict[str, Floats]:
    columns = {"last": last_value(view, origin)}
    for hours in WINDOWS_HOURS:
        steps = view.task.hours(hours)
        columns[f"mean_{hours:g}h"] = view.of_value.mean(origin, steps)
        columns[f"off_{hours:g}h"] = view.off_usual.mean(origin, steps)
    day = view.task.day
    columns["off_weekly_24h"] = view.off_weekly.mean(origin, day)
    columns["off_rest_24h"] = view.off_rest.mean(origin, day)
    for name, days, hours in THAN:
        steps, then = view.task.hours(hours), np.maximum(origin - days * day, 0)
        now, before = view.of_value.mean(origin, steps), view.of_value.mean(then, steps)
        columns[f"than_{name}_{hours:g}h"] = now - before
    columns["off_last"] = columns["last"] - view.usual[0, np.maximum(origin - 1, 0)]
    return columns


def _profiles(view: View, back: Ints, target: Ints) -> dict[str, Floats]:
    return {name: at(getattr(view, name), back, target) for name in PROFILES}


def _covariates(view: View, cases: Cases) -> dict[str, Floats]:
    columns: dict[str, Floats] = {}
    hour, target, origin = view.task.hours(1), cases.target, cases.origin
    seen = origin + view.task.reach  # of the issued window
    around, later = np.minimum(target + 1 + hour, seen), np.minimum(target + 1 + 3 * hour, seen)
    for i, running in enumerate(view.of_foreseen):
        at = view.foreseen[:, i]
        columns[f"f{i}"] = at[target]
        columns[f"f{i}_around"] = running.mean(around, 2 * hour + 1)
        columns[f"f{i}_earlier"] = running.mean(target, 3 * hour)
        columns[f"f{i}_later"] = running.mean(later, 3 * hour)
        columns[f"f{i}_before"] = running.mean(target, 6 * hour)
        columns[f"f{i}_rise"] = at[target] - at[np.maximum(target - hour, 0)]
        columns[f"f{i}_then"] = at[np.maximum(origin - 1, 0)]
    if view.of_foreseen:
        columns["fx"] = view.expected[target]
        for hours in WINDOWS_HOURS:
            columns[f"fx_off_{hours:g}h"] = view.off_expected.mean(origin, view.task.hours(hours))
    for i, running in enumerate(view.of_measured):
        columns[f"p{i}"] = running.mean(cases.origin, hour)
        columns[f"p{i}_day"] = running.mean(cases.origin, view.task.day)
    return columns


def _calendar(view: View, cases: Cases) -> dict[str, Floats]:
    days, target = view.days, cases.target
    return {
        "horizon": cases.horizon.astype(np.float64),
        "minute": days.minute_of_day[target].astype(np.float64),
        "weekday": days.weekday[target].astype(np.float64),
        "kind": days.kind[target].astype(np.float64),
        "kind_before": days.kind_before[target].astype(np.float64),
        "kind_after": days.kind_after[target].astype(np.float64),
        "free": (days.kind[target] != WORKDAY).astype(np.float64),
    }


def _movement(view: View, origin: Ints) -> dict[str, Floats]:
    task, at_hour = view.task, view.task.hours(1)
    last = last_value(view, origin)
    before = np.maximum(origin - 1 - at_hour, 0)
    return {
        "step": last - _value_at(view, origin - 2),
        "hour": last - _value_at(view, before),
        "unrest_3h": view.change.mean(origin, task.hours(3)),
        "unrest_day": view.change.mean(origin, task.day),
        "age": (origin - view.newest[origin]).astype(np.float64),
        "closure": closure(view, origin),
    }


def _value_at(view: View, row: Ints) -> Floats:
    found, inside = np.full(len(row), np.nan), (row >= 0) & (row < view.rows)
    found[inside] = view.value[row[inside]]
    return found


def _sunlight(view: View, cases: Cases, back: Ints) -> dict[str, Floats]:
    bright = at(view.bright, back, cases.target)
    columns = {"bright": bright, "clear": view.clear[cases.target] / 1000.0}
    for hours in (view.task.step_min / 60, *WINDOWS_HOURS):
        ratio = brightness(view, cases.origin, hours)
        columns[f"kept_{hours:g}h"] = ratio * bright
        columns[f"share_{hours:g}h"] = ratio
    return columns
