"""Plain models: what was, was yesterday, is usual, or is usual plus what is different now."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from services.forecasting.domain.outlook.features import Cases, Features
from services.forecasting.domain.outlook.model import Model
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.outlook.view import View
from services.forecasting.domain.series import Floats


@dataclass(frozen=True)
class Column:
    """A feature that is a forecast by itself."""

    name: str
    column: str

    def said(self, view: View, cases: Cases, features: Features) -> Floats:
        """Return the column."""
        return features.linear[self.column]


@dataclass(frozen=True)
class Derived:
    """A forecast put together from features."""

    name: str
    rule: Callable[[dict[str, Floats]], Floats]

    def said(self, view: View, cases: Cases, features: Features) -> Floats:
        """Return what the rule makes of the columns."""
        return self.rule(features.linear)


def _usual_plus_now(column: dict[str, Floats]) -> Floats:
    return column["usual"] + column["off_last"]


def _usual_plus_hours(column: dict[str, Floats]) -> Floats:
    return column["usual"] + column["off_3h"]


def _usual_plus_day(column: dict[str, Floats]) -> Floats:
    return column["usual"] + column["off_24h"]


def _weekly_plus_day(column: dict[str, Floats]) -> Floats:
    return column["weekly"] + column["off_weekly_24h"]


@dataclass(frozen=True)
class Kept:
    """The share of a clear sky of the last `hours`, kept; the last day's where that was night."""

    name: str
    hours: float

    def said(self, view: View, cases: Cases, features: Features) -> Floats:
        """Return the kept share of each target's clear sky."""
        kept, day = features.linear[f"kept_{self.hours:g}h"], features.linear["kept_24h"]
        return np.where(np.isfinite(kept), kept, day)


NAIVE = (Column("last", "last"), Column("day-ago", "day_ago"), Column("week-ago", "week_ago"))


LAST, EXPECTED = NAIVE[0], Column("weather", "fx")
USUAL_NOW = Derived("usual-now", _usual_plus_now)


def plain_models(task: Task) -> tuple[Model, ...]:
    """Return the models that need no training, the naive ones first."""
    usual = (Column("usual", "usual"), Column("recent", "recent"))
    if task.sun:
        now, hour = Kept("kept-now", task.step_min / 60), Kept("kept-hour", 1.0)
        return (*NAIVE, *usual, now, hour, Column("kept-day", "kept_24h"))
    moved = (
        USUAL_NOW,
        Derived("usual-hours", _usual_plus_hours),
        Derived("usual-day", _usual_plus_day),
        Derived("weekly-day", _weekly_plus_day),
    )
    return (*NAIVE, *usual, *moved, Column("mean-day", "mean_24h"))


def anchor_for(task: Task) -> Column | Derived:
    """Return what the boosted trees correct: the level of the last day on what is usual."""
    return Column("bright", "kept_24h") if task.sun else Derived("usual-day", _usual_plus_day)
