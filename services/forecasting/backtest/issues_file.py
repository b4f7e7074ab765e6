"""The issues file: the moments at which a forecast is made."""

from pathlib import Path

from services.forecasting.backtest.mistakes import BadFiles, Mistake
from services.forecasting.backtest.series_file import SeriesFile
from services.forecasting.backtest.stamps import BadStamp, Stamp
from services.forecasting.backtest.tables import rows_of
from services.forecasting.domain.outlook.task import MINUTES_A_DAY, Task

LONGEST_DAYS_BEYOND = 366
_NAMES = ("issue_time", "issue", "ts", "time", "t")


def issues_from(path: Path, series: SeriesFile, task: Task) -> list[Stamp]:
    """Return the issue times in order of time, each once; BadFiles with every mistake."""
    mistakes: list[Mistake] = []
    stamps: dict[int, Stamp] = {}
    rows = list(rows_of(path))
    column = _column(rows[0][1]) if rows else None
    for line, cells in rows if column is None else rows[1:]:
        try:
            cell = cells[column or 0] if len(cells) > (column or 0) else ""
            stamp = Stamp.of(cell)
            _check(stamp, series, task)
        except ValueError as mistake:
            mistakes.append(Mistake(path.name, line, str(mistake)))
        else:
            stamps.setdefault(stamp.minute, stamp)
    if not stamps and not mistakes:
        mistakes.append(Mistake(path.name, 0, "has no issue time"))
    if mistakes:
        raise BadFiles(mistakes)
    return [stamps[minute] for minute in sorted(stamps)]


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
