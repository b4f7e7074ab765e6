"""The issues file: the moments at which a forecast is made."""

from pathlib import Path

from services.forecasting.backtest.mistakes import BadFiles, Mistake
from services.forecasting.backtest.series_file import SeriesFile
from services.forecasting.backtest.stamps import BadStamp, Stamp
from services.forecasting.backtest.tables import rows_of
from services.forecasting.domain.outlook.task import MINUTES_A_DAY, Task

LONGEST_DAYS_BEYOND = 366
_NAMES = ("issue_time", "issue", "ts", "time", "t")


Moments = list[tuple[int, Stamp]]
"""Issue times as they stand in the file, each with its line."""


def moments_from(path: Path, mistakes: list[Mistake]) -> Moments:
    """Return the issue times of a file; what is none of them is added to `mistakes`."""
    moments: Moments = []
    rows = list(rows_of(path))
    column = _column(rows[0][1]) if rows else None
    for line, cells in rows if column is None else rows[1:]:
        try:
            cell = cells[column or 0] if len(cells) > (column or 0) else ""
            moments.append((line, Stamp.of(cell)))
        except BadStamp as mistake:
            mistakes.append(Mistake(path.name, line, str(mistake)))
    if not rows[column is not None :]:
        mistakes.append(Mistake(path.name, 0, "has no issue time"))
    return moments


def issues_of(moments: Moments, series: SeriesFile, task: Task, file: str) -> list[Stamp]:
    """Return the issue times in order of time, each once; BadFiles where they do not fit."""
    mistakes: list[Mistake] = []
    for line, stamp in moments:
        try:
            _check(stamp, series, task)
        except BadStamp as mistake:
            mistakes.append(Mistake(file, line, str(mistake)))
    if mistakes:
        raise BadFiles(mistakes)
    first: dict[int, Stamp] = {}
    for _, stamp in moments:
        first.setdefault(stamp.minute, stamp)
    return [first[minute] for minute in sorted(first)]


def _column(header: list[str]) -> int | None:
    """Return the column of the issue times, None when the first row is no header."""
    names = [cell.lower() for cell in header]
    return next((names.index(name) for name in _NAMES if name in names), None)


def _check(stamp: Stamp, series: SeriesFile, task: Task) -> None:
    if stamp.aware is not series.aware:
        raise BadStamp(f"{stamp.text}: issue times and input must both name their zone or neither")
    off = stamp.minute - series.first_minute
    if off % task.step_min:
        raise BadStamp(f"{stamp.text} is not on the grid of {task.step_min} min of the input")
    if off < 0:
        raise BadStamp(f"{stamp.text} is before the first row of the input")
    if off - len(series.value) * task.step_min > LONGEST_DAYS_BEYOND * MINUTES_A_DAY:
        raise BadStamp(f"{stamp.text} is over a year after the last row of the input")
