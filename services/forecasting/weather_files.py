"""Weather forecasts from files, and what any provider of them must be able to do.

A file has `issue_time`, `target_time`, optionally `known_at` and `place`, and columns named like
the quantities (`irradiance_w_m2`, `temperature_c`, …). CSV or Parquet; an empty cell is not known.
Stamps name their zone. Without `known_at` a value is taken as known since it was issued.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from services.forecasting.backtest.mistakes import BadFiles, Mistake
from services.forecasting.domain.weather import WHOLE_PLACE, Weather, WeatherValue

TIMES = ("issue_time", "target_time", "known_at")
NEEDED = ("issue_time", "target_time")
COLUMN_OF = {quantity.column: quantity for quantity in Weather}
Row = dict[str, Any]


class WeatherProvider(Protocol):
    """Somebody who forecasts the weather and can be asked what is new."""

    async def issued_after(self, moment: datetime) -> Sequence[WeatherValue]:
        """Return the values of all runs issued after a moment, oldest first."""


class WeatherFile:
    """A provider whose runs are in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def issued_after(self, moment: datetime) -> Sequence[WeatherValue]:
        """Return what the file holds of newer runs; BadFiles with every mistake and its line."""
        values = [one for one in weather_from(self._path) if one.issue_time > moment]
        return sorted(values, key=lambda one: (one.issue_time, one.target_time, one.quantity))


def weather_from(path: Path) -> list[WeatherValue]:
    """Return all values of a file; BadFiles with every mistake and its line."""
    table = _table(path)
    names = list(table.columns)
    mistakes = list(_header_mistakes(path.name, names))
    if mistakes:
        raise BadFiles(mistakes)
    values: list[WeatherValue] = []
    for line, cells in enumerate(table.to_dict("records"), start=2):
        wrong = lambda text, line=line: mistakes.append(Mistake(path.name, line, text))  # noqa: E731
        values += _values(cells, [name for name in names if name in COLUMN_OF], wrong)
    if not len(table):
        mistakes.append(Mistake(path.name, 0, "has no rows"))
    if mistakes:
        raise BadFiles(mistakes)
    return values


def _table(path: Path) -> pd.DataFrame:
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise BadFiles([Mistake(path.name, 0, f"cannot be read: {error}")]) from None


def _header_mistakes(file: str, names: list[str]) -> Iterator[Mistake]:
    for name in NEEDED:
        if name not in names:
            yield Mistake(file, 1, f"needs a column {name!r}; it has {', '.join(names)}")
    known = {*TIMES, "place", *COLUMN_OF}
    for name in names:
        if name not in known:
            cure = ", ".join(COLUMN_OF)
            yield Mistake(file, 1, f"unknown column {name!r}: quantities are {cure}")
    if not any(name in COLUMN_OF for name in names):
        yield Mistake(file, 1, f"has no quantity: name a column {', '.join(COLUMN_OF)}")


def _values(cells: Row, quantities: list[str], wrong: Callable[[str], None]) -> list[WeatherValue]:
    times = {name: _time(name, cells.get(name), wrong) for name in TIMES if name in cells}
    issue_time, target_time = times["issue_time"], times["target_time"]
    numbers = {name: _number(name, cells[name], wrong) for name in quantities}
    if issue_time is None or target_time is None:
        return []
    values = []
    for name, number in numbers.items():
        if number is None:
            continue
        try:
            known_at = times.get("known_at") or issue_time
            place = str(cells.get("place") or WHOLE_PLACE)
            values.append(
                WeatherValue(place, COLUMN_OF[name], issue_time, target_time, number, known_at)
            )
        except ValueError as mistake:
            wrong(str(mistake))
    return values


def _time(name: str, cell: object, wrong: Callable[[str], None]) -> datetime | None:
    if name == "known_at" and (cell == "" or cell is None or cell is pd.NaT):
        return None
    try:
        moment = cell if isinstance(cell, datetime) else datetime.fromisoformat(str(cell))
    except ValueError:
        wrong(f"{name} {str(cell)!r} is no time; use 2024-05-01T06:00:00Z")
        return None
    if moment.tzinfo is None:
        wrong(f"{name} {str(cell)!r} names no zone; end it with Z or +08:00")
        return None
    return moment.astimezone(UTC)


def _number(name: str, cell: object, wrong: Callable[[str], None]) -> float | None:
    if cell == "" or cell is None or cell != cell:
        return None
    try:
        return float(str(cell))
    except ValueError:
        wrong(f"{name} {str(cell)!r} is no number; leave it empty where nothing is known")
        return None
