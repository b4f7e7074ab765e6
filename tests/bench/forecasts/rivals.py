"""Rivals with the same information: plain boosting and ridge on lags and calendar, statistics."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import lightgbm
import numpy as np

from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.series import Floats, Ints

CASES = 30_000
TRAINED_EVERY_DAYS = 28
PAST_DAYS = 28
LEVELS = (0.1, 0.5, 0.9)
_PLAIN = {"verbosity": -1, "num_threads": 1, "seed": 1, "deterministic": True}


@dataclass(frozen=True, eq=False)
class Lagged:
    """Columns of lags and calendar for (origin, horizon) cases."""

    record: Record
    task: Task

    def columns(self, origin: Ints, horizon: Ints) -> Floats:
        """Return last values, lags of whole days and weeks, and the calendar; gaps are the last."""
        value, day, target = self.record.value, self.task.day, origin + horizon - 1
        whole = -(-horizon // day) * day
        hour = self.task.hours(1)
        backs = [origin - 1, origin - 2, origin - 1 - hour, origin - 1 - day]
        backs += [target - whole, target - whole - day, target - 7 * day, target - 14 * day]
        lags = [np.where(b >= 0, value[np.maximum(b, 0)], np.nan) for b in backs]
        days = self.record.days
        when = [horizon, days.minute_of_day[target], days.weekday[target], days.free[target]]
        weather = self.record.foreseen[target]
        return np.column_stack([*lags, *when, weather]).astype(np.float64)

    def cases(self, end: int) -> tuple[Floats, Floats]:
        """Return columns and truth of a fixed random choice of cases before `end`."""
        rng = np.random.default_rng(3)
        origin = rng.integers(15 * self.task.day, end, 2 * CASES)
        horizon = rng.choice(self.task.steps, 2 * CASES)
        inside = origin + horizon - 1 < end
        origin, horizon = origin[inside][:CASES], horizon[inside][:CASES]
        truth = self.record.value[origin + horizon - 1]
        known = np.isfinite(truth)
        return self.columns(origin, horizon)[known], truth[known]


def boosting(record: Record, task: Task, origins: list[int]) -> Floats:
    """Return LightGBM's quantiles `(origins, levels, horizons)` with its own defaults."""
    return _trained(record, task, origins, _grown)


def ridge(record: Record, task: Task, origins: list[int]) -> Floats:
    """Return a ridge regression's values with the quantiles of its residuals."""
    return _trained(record, task, origins, _line)


Said = Callable[[Floats], Floats]


def _trained(
    record: Record, task: Task, origins: list[int], fit: Callable[[Floats, Floats], Said]
) -> Floats:
    lagged, said, trained, model = Lagged(record, task), [], -(10**9), None
    for origin in origins:
        if origin - trained >= TRAINED_EVERY_DAYS * task.day or model is None:
            model, trained = fit(*lagged.cases(origin)), origin
        said.append(model(lagged.columns(np.full(len(task.steps), origin), task.steps)))
    return np.array(said)


def _grown(columns: Floats, truth: Floats) -> Said:
    data = lightgbm.Dataset(columns, truth, free_raw_data=False)
    models = [
        lightgbm.train(_PLAIN | {"objective": "quantile", "alpha": level}, data, 100)
        for level in LEVELS
    ]
    return lambda asked: np.sort([np.asarray(m.predict(asked)) for m in models], axis=0)


def _line(columns: Floats, truth: Floats) -> Said:
    centre, spread = np.nanmean(columns, axis=0), np.nanstd(columns, axis=0) + 1e-9

    def standard(rows: Floats) -> Floats:
        turned = rows[:, 9:10] * 2 * np.pi / 1440
        waves = [f(k * turned) for k in (1, 2, 3) for f in (np.sin, np.cos)]
        filled = np.nan_to_num((rows - centre) / spread)
        return np.column_stack([filled, *waves, np.ones(len(rows))])

    x = standard(columns)
    slope = np.linalg.solve(x.T @ x + len(x) * 1e-3 * np.eye(x.shape[1]), x.T @ truth)
    left = np.quantile(truth - x @ slope, LEVELS)
    return lambda asked: standard(asked) @ slope + left[:, None] * np.array([[1.0], [0.0], [1.0]])


def statistics(record: Record, task: Task, origins: list[int]) -> dict[str, Floats]:
    """Return MSTL's and AutoTheta's quantiles from the last weeks, gaps as the last value."""
    from statsforecast.models import MSTL, AutoTheta

    models = {
        "MSTL": MSTL([task.day, 7 * task.day]),
        "AutoTheta": AutoTheta(season_length=task.day),
    }
    found: dict[str, list[Floats]] = {name: [] for name in models}
    for origin in origins:
        past = _filled(record.value[origin - PAST_DAYS * task.day : origin])
        for name, model in models.items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                made = model.forecast(y=past, h=task.reach, level=[80])
            found[name].append(np.array([made["lo-80"], made["mean"], made["hi-80"]]))
    return {name: np.array(rows)[:, :, task.steps - 1] for name, rows in found.items()}


def naive(record: Record, task: Task, origins: list[int]) -> dict[str, Floats]:
    """Return the last value and the values of one and seven days ago, each its own quantiles."""
    origin = np.array(origins)[:, None]
    row, whole = origin + task.steps - 1, -(-task.steps // task.day) * task.day
    ways = {
        "last value": record.value[origin - 1] + 0.0 * row,
        "24 h ago": record.value[row - whole],
        "168 h ago": record.value[row - 7 * task.day],
    }
    return {name: np.repeat(way[:, None], 3, axis=1) for name, way in ways.items()}


def _filled(value: Floats) -> Floats:
    known = np.where(np.isfinite(value), np.arange(len(value)), 0)
    return np.nan_to_num(value[np.maximum.accumulate(known)])
