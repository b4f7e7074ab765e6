"""Reads the files, rolls the serving code over the issue times, writes what it said."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from services.forecasting.backtest.issues_file import issues_from
from services.forecasting.backtest.meta import task_from
from services.forecasting.backtest.mistakes import BadFiles
from services.forecasting.backtest.series_file import SeriesFile, series_from
from services.forecasting.backtest.stamps import Stamp
from services.forecasting.backtest.tables import write_table
from services.forecasting.domain.outlook.clock import clock_of
from services.forecasting.domain.outlook.days import Days
from services.forecasting.domain.outlook.effort import BACKTEST
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.rolling import rolled
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.series import Floats

FILES = {
    "input": "CSV: ts,value and covariates, p_… measured, f_… forecast for the row's time",
    "issues": "CSV: issue_time, one a row, on the grid of the input",
    "meta": "JSON: step_min, horizons, norm, lo, hi, pv, local, holidays",
    "out": "CSV that is written: issue_time,target_time,p10,p50,p90",
}
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
    task = task_from(meta_path)
    series = series_from(series_path, task)
    issues = issues_from(issues_path, series, task)
    write_table(out_path, lines_of(series, issues, task))


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
    return Record(
        _longer(series.value[:, None], rows)[:, 0],
        _longer(series.measured, rows),
        _longer(series.foreseen, len(days)),
        days,
    )


def _longer(table: Floats, rows: int) -> Floats:
    more = np.full((rows - len(table), table.shape[1]), np.nan)
    return np.concatenate((table, more))
