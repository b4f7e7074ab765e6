"""The names of the columns that models look at: a model fitted on others cannot serve."""

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

_MEASURED, _FORESEEN = re.compile(r"p\d+"), re.compile(r"f\d+")


def column_names(task: Task, measured: int, foreseen: int) -> tuple[str, ...]:
    """Return the columns that this code makes of a task with so many covariates."""
    return _names(
        replace(task, horizons=(task.day,), zone=ZoneInfo("UTC"), holidays=None), measured, foreseen
    )


def still_made(task: Task, names: tuple[str, ...]) -> bool:
    """Whether this code makes exactly these columns, in this order."""
    measured = sum(_MEASURED.fullmatch(name) is not None for name in names)
    foreseen = sum(_FORESEEN.fullmatch(name) is not None for name in names)
    return names == column_names(task, measured, foreseen)


@lru_cache(maxsize=64)
def _names(task: Task, measured: int, foreseen: int) -> tuple[str, ...]:
    days = Days.of(task.step_min * np.arange(1 + task.reach), task.zone, None)
    record = Record.of(np.ones(1), days, np.ones((1, measured)), np.ones((len(days), foreseen)))
    view = view_of(record, task, 1.0, None)
    features = features_of(view, Cases.every(np.array([1]), task.steps))
    return (*features.linear, *features.other)
