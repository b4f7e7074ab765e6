"""Rows of weather files as values, and everything that is wrong with them, each with its line."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from services.forecasting.backtest.mistakes import Mistake
from services.forecasting.domain.weather import WHOLE_PLACE, Weather, WeatherValue

TIMES = ("issue_time", "target_time", "known_at")
COLUMN_OF = {quantity.column: quantity for quantity in Weather}
FIRST_YEAR, LAST_YEAR = 1970, 2199
Row = Mapping[str, Any]
Times = tuple[datetime, datetime, datetime]
"""Issue, target, and since when it is known."""


class Words:
    """What files have said of each quantity and time, and where: none may say two things of one."""

    def __init__(self) -> None:
        self._said: dict[tuple[Weather, Times], tuple[float, str]] = {}

    def before(self, value: WeatherValue, place: str) -> tuple[float, str]:
        """Return what was said first of the same, and where: this value where nothing was."""
        times = (value.issue_time, value.target_time, value.known_at)
        return self._said.setdefault((value.quantity, times), (value.value, place))


class Reading:
    """The rows of one file as they are read, and what was wrong with them."""

    def __init__(self, file: str, names: Sequence[str], words: Words) -> None:
        self.values: list[WeatherValue] = []
        self.mistakes: list[Mistake] = []
        self._file = file
        self._times = [name for name in TIMES if name in names]
        self._quantities = [name for name in names if name in COLUMN_OF]
        self._words = words

    def wrong(self, line: int, text: str) -> None:
        """Note a mistake."""
        self.mistakes.append(Mistake(self._file, line, text))

    def take(self, line: int, cells: Row) -> None:
        """Take the values of a row."""
        times = {name: self._time(line, name, cells[name]) for name in self._times}
        numbers = {name: self._number(line, name, cells[name]) for name in self._quantities}
        if not _is_nothing(place := cells.get("place")) and place != WHOLE_PLACE:
            text = f"place {place!r}: weather is that of the whole park; write {WHOLE_PLACE!r}"
            self.wrong(line, f"{text}, or leave the column out")
        issue_time, target_time = times["issue_time"], times["target_time"]
        if issue_time is None or target_time is None:
            return
        known_at = times.get("known_at") or issue_time
        for name, number in numbers.items():
            if number is not None:
                self._keep(line, COLUMN_OF[name], (issue_time, target_time, known_at), number)

    def _keep(
        self,
        line: int,
        quantity: Weather,
        times: tuple[datetime, datetime, datetime],
        number: float,
    ) -> None:
        issue_time, target_time, known_at = times
        try:
            value = WeatherValue(WHOLE_PLACE, quantity, issue_time, target_time, number, known_at)
        except ValueError as mistake:
            self.wrong(line, str(mistake))
            return
        here = f"{self._file}:{line}"
        said, first = self._words.before(value, here)
        if said != number:
            text = (
                f"{quantity.column} {number:g} for {target_time:%Y-%m-%dT%H:%MZ}, but {first} says"
            )
            self.wrong(line, f"{text} {said:g} of the same issue; leave one of them out")
        elif first == here:
            self.values.append(value)

    def _time(self, line: int, name: str, cell: object) -> datetime | None:
        if name == "known_at" and _is_nothing(cell):
            return None
        try:
            moment = cell if isinstance(cell, datetime) else datetime.fromisoformat(str(cell))
        except ValueError:
            self.wrong(line, f"{name} {str(cell)!r} is no time; use 2024-05-01T06:00:00Z")
            return None
        if moment.tzinfo is None:
            self.wrong(line, f"{name} {str(cell)!r} names no zone; end it with Z or +08:00")
            return None
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            self.wrong(line, f"{name} {str(cell)!r} is outside {FIRST_YEAR} to {LAST_YEAR}")
            return None
        return moment.astimezone(UTC)

    def _number(self, line: int, name: str, cell: object) -> float | None:
        if _is_nothing(cell):
            return None
        try:
            return float(str(cell))
        except ValueError:
            text = f"{name} {str(cell)!r} is no number; leave it empty where nothing is known"
            self.wrong(line, text)
            return None


def _is_nothing(cell: object) -> bool:
    """Whether a cell says nothing: empty in a CSV, null or NaN in Parquet."""
    return cell is None or cell == "" or cell is pd.NaT or cell != cell
