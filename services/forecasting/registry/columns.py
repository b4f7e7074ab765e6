"""The names of the columns that models look at: a model fitted on others cannot serve.

Columns of weather are named by their quantity, so that the names tell which weather a model needs;
so is what a load is to make.
"""

import re
from dataclasses import replace
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from services.forecasting.domain.outlook.days import Days
from services.forecasting.domain.outlook.features import Cases, features_of
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.outlook.view import view_of
from services.forecasting.domain.plans import PRODUCTION
from services.forecasting.domain.targets import CURVE_POWER
from services.forecasting.domain.weather import Weather

_MEASURED, _FORESEEN = re.compile(r"p\d+"), re.compile(r"f\d+")
_OF_FORESEEN = re.compile(r"f(\d+)(?=_|$)")
_WEATHER = frozenset((*(one.column for one in Weather), PRODUCTION, CURVE_POWER))


def column_names(task: Task, measured: int, foreseen: int) -> tuple[str, ...]:
    """Return the columns that this code makes of a task with so many covariates."""
    return _names(
        replace(task, horizons=(task.day,), zone=ZoneInfo("UTC"), holidays=None), measured, foreseen
    )


def named_by(names: tuple[str, ...], weather: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names, those of forecast covariates by their quantities (none: as they are)."""
    if not weather:
        return names
    return tuple(_OF_FORESEEN.sub(lambda found: weather[int(found[1])], name) for name in names)


def weather_in(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the quantities of weather that models of these columns need, in their order."""
    return tuple(name for name in names if name in _WEATHER)


def still_made(task: Task, names: tuple[str, ...]) -> bool:
    """Whether this code makes exactly these columns, in this order."""
    weather = weather_in(names)
    measured = sum(_MEASURED.fullmatch(name) is not None for name in names)
    foreseen = sum(_FORESEEN.fullmatch(name) is not None for name in names)
    return names == named_by(column_names(task, measured, len(weather) or foreseen), weather)


@lru_cache(maxsize=64)
def _names(task: Task, measured: int, foreseen: int) -> tuple[str, ...]:
    days = Days.of(task.step_min * np.arange(1 + task.reach), task.zone, None)
    record = Record.of(np.ones(1), days, np.ones((1, measured)), np.ones((len(days), foreseen)))
    view = view_of(record, task, 1.0, None)
    features = features_of(view, Cases.every(np.array([1]), task.steps))
    return (*features.linear, *features.other)
