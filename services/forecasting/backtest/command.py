"""Reads the files, rolls the serving code over the issue times, writes what it said."""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np

from services.forecasting.backtest.issues_file import issues_of, moments_from
from services.forecasting.backtest.meta import task_from
from services.forecasting.backtest.mistakes import BadFiles, Mistake
from services.forecasting.backtest.series_file import SeriesFile, series_from
from services.forecasting.backtest.stamps import Stamp
from services.forecasting.backtest.tables import must_be_writable, rows_of, write_table
from services.forecasting.domain.outlook.clock import clock_of
from services.forecasting.domain.outlook.days import Days
from services.forecasting.domain.outlook.effort import BACKTEST
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.rolling import rolled
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.series import Floats

T = TypeVar("T")
FILES = {
    "input": "CSV: ts,value and covariates, p_… measured, f_… forecast for the row's time",
    "issues": "CSV: issue_time, one a row, on the grid of the input",
    "meta": "JSON: step_min, horizons, norm, lo, hi, pv, local, holidays",
    "out": "CSV that is written: issue_time,target_time,p10,p50,p90",
}
COARSEST_MIN = 180
"""Weather is told every three hours at the rarest: a value holds for the empty rows until then."""
MOST_BEYOND = 0.5
"""Of the values that are known at first; where more lie beyond the bounds, these look wrong."""
HEADER = "issue_time,target_time,p10,p50,p90"


def main(arguments: list[str]) -> int:
    """Run the command; 0 when the output is written, 2 when the files cannot be used."""
    parser = argparse.ArgumentParser(
        prog="python -m services.forecasting backtest",
        description="Issue forecasts at past moments, as the service would have.",
        epilog="exit codes: 0 the output is written; 2 files cannot be used, all mistakes are told",
    )
    for name, what in FILES.items():
        parser.add_argument(f"--{name}", type=Path, required=True, metavar="FILE", help=what)
    files = parser.parse_args(arguments)
    try:
        backtest(files.input, files.issues, files.meta, files.out)
    except BadFiles as bad:
        sys.stderr.write(f"{bad}\n")
        return 2
    return 0


def backtest(series_path: Path, issues_path: Path, meta_path: Path, out_path: Path) -> None:
    """Write the forecasts of every issue time; BadFiles when a file cannot be used."""
    mistakes: list[Mistake] = []
    _tried(lambda: must_be_writable(out_path), mistakes)
    task = _tried(lambda: task_from(meta_path), mistakes)
    moments = _tried(lambda: moments_from(issues_path, mistakes), mistakes)
    if task is None:
        _tried(lambda: any(rows_of(series_path)), mistakes)
        raise BadFiles(mistakes)
    series = _tried(lambda: series_from(series_path, task), mistakes)
    issues = None
    if series is not None and moments is not None:
        issues = _tried(lambda: issues_of(moments, series, task, issues_path.name), mistakes)
    if mistakes or series is None or issues is None:
        raise BadFiles(mistakes)
    _doubt_bounds(series, issues[0], task, series_path.name)
    write_table(out_path, lines_of(series, issues, task))


def _tried(read: Callable[[], T], mistakes: list[Mistake]) -> T | None:
    """Return what is read; None where it cannot be, with the reasons added to `mistakes`."""
    try:
        return read()
    except BadFiles as bad:
        mistakes += bad.mistakes
        return None


def _doubt_bounds(series: SeriesFile, first: Stamp, task: Task, name: str) -> None:
    """Say where most of what is known at first lies beyond the bounds: is it another unit?"""
    known = series.value[: (first.minute - series.first_minute) // task.step_min]
    known = known[np.isfinite(known)]
    beyond = ((known < task.lowest) | (known > task.highest)).mean() if len(known) else 0.0
    if beyond > MOST_BEYOND:
        sys.stderr.write(
            f"{name}: {beyond:.0%} of the values before {first.text} lie beyond lo {task.lowest:g}"
            f" and hi {task.highest:g} and are not believed: is the unit right?\n"
        )


def lines_of(series: SeriesFile, issues: list[Stamp], task: Task) -> Iterator[str]:
    """Yield the output's lines, issue by issue, horizons in the order asked for."""
    origins = [(issue.minute - series.first_minute) // task.step_min for issue in issues]
    record = record_of(series, origins, task)
    yield HEADER
    said = rolled(record, task, origins, BACKTEST)
    for issue, (_, outlook) in zip(issues, said, strict=True):
        for horizon, quantiles in zip(task.horizons, outlook.quantiles.T, strict=True):
            target = issue.later((horizon - 1) * task.step_min)
            yield ",".join((issue.text, target, *(f"{value:.8g}" for value in quantiles)))


def record_of(series: SeriesFile, origins: list[int], task: Task) -> Record:
    """Return the series as a record that reaches over the last issue's horizons."""
    rows = max(origins[-1] + task.reach, len(series.value))
    minute = series.first_minute + task.step_min * np.arange(rows + task.reach, dtype=np.int64)
    first = origins[0]
    zone = task.zone if series.aware else clock_of(series.value[:first], minute[:first], task)
    days = Days.of(minute, zone, task.holidays)
    foreseen = _longer(series.foreseen, len(days))
    told = np.isfinite(foreseen[: first + task.reach]).any(axis=0)
    return Record(
        _longer(series.value[:, None], rows)[:, 0],
        _longer(series.measured, rows),
        carried(foreseen[:, told], COARSEST_MIN // task.step_min - 1),
        days,
    )


def carried(foreseen: Floats, most: int) -> Floats:
    """Return columns in which what is unknown is what it was at most `most` rows before.

    Weather comes by the hour or by three: then its rows in between say nothing. Looking back only,
    no row knows more than what is told up to it.
    """
    rows = np.arange(len(foreseen))[:, None]
    newest = np.maximum.accumulate(np.where(np.isfinite(foreseen), rows, -1), axis=0)
    near = (newest >= 0) & (rows - newest <= most)
    return np.where(near, np.take_along_axis(foreseen, np.maximum(newest, 0), axis=0), np.nan)


def _longer(table: Floats, rows: int) -> Floats:
    more = np.full((rows - len(table), table.shape[1]), np.nan)
    return np.concatenate((table, more))
