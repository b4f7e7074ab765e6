"""Small series for outlooks: weeks of quarter hours or hours with a rule one can check by eye."""

import csv
import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from services.forecasting.domain.outlook.days import Days
from services.forecasting.domain.outlook.effort import MANY_CASES, Effort
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.series import Floats

MONDAY = datetime(2019, 6, 3, tzinfo=UTC)
LITTLE = Effort(cases=1_500, rounds=25)
THOROUGH = Effort(cases=MANY_CASES, rounds=4)
BERLIN = ZoneInfo("Europe/Berlin")


def an_hourly_task(**changes: Any) -> Task:
    given: dict[str, Any] = {"step_min": 60, "horizons": tuple(range(1, 25)), "lowest": 0.0}
    return Task(**(given | changes))


def a_record(value: Floats, task: Task, start: datetime = MONDAY, **covariates: Floats) -> Record:
    """Return a record whose calendar reaches as far as the task does."""
    first = int(start.timestamp()) // 60
    minute = first + task.step_min * np.arange(len(value) + task.reach)
    return Record.of(value, Days.of(minute, task.zone, task.holidays), **covariates)


def shift_work(days: int, seed: int = 0) -> Floats:
    """Return hours of 100 by day on workdays and 20 otherwise, with noise of 3."""
    hour = np.arange(days * 24)
    working = (hour // 24 % 7 < 5) & (hour % 24 >= 6) & (hour % 24 < 18)
    noise = np.random.default_rng(seed).normal(0.0, 3.0, len(hour))
    return np.maximum(np.where(working, 100.0, 20.0) + noise, 0.0)


def sunny_hours(days: int, seed: int = 0) -> Floats:
    """Return hours of a plant of 1000 under clouds that change by the day; UTC noon is 12."""
    hour = np.arange(days * 24)
    clouds = np.repeat(np.random.default_rng(seed).uniform(0.3, 1.0, days), 24)
    light = np.sin((hour % 24 + 0.5 - 5) / 14 * np.pi)
    return np.where((hour % 24 >= 5) & (hour % 24 < 19), 1000.0 * clouds * light, 0.0)


def write_files(
    folder: Path,
    value: Floats,
    issues: list[int],
    *,
    start: datetime = MONDAY,
    columns: dict[str, Floats] | None = None,
    **meta: Any,
) -> dict[str, Path]:
    """Write the command's three files; issues are rows of the series."""
    given: dict[str, Any] = {"step_min": 60, "horizons": list(range(1, 25)), "norm": 100.0}
    given |= {"lo": 0.0, "hi": None, "pv": False, "local": "UTC", "holidays": None}
    given |= meta
    step = timedelta(minutes=given["step_min"])
    extra = columns or {}
    paths = {name: folder / f"{name}{end}" for name, end in _ENDS.items()}
    with gzip.open(paths["input"], "wt", newline="") as file:
        table = csv.writer(file)
        table.writerow(["ts", "value", *extra])
        for i, row in enumerate(zip(value, *extra.values(), strict=True)):
            cells = ["" if np.isnan(cell) else repr(float(cell)) for cell in row]
            table.writerow([_stamp(start + i * step), *cells])
    stamps = [_stamp(start + i * step) for i in issues]
    paths["issues"].write_text("\n".join(["issue_time", *stamps]) + "\n")
    paths["meta"].write_text(json.dumps(given))
    return paths


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows that the command wrote."""
    return list(csv.DictReader(gzip.decompress(path.read_bytes()).decode().splitlines()))


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%MZ")


_ENDS = {"input": ".csv.gz", "issues": ".csv", "meta": ".json", "out": ".csv.gz"}
