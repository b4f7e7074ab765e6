"""Weather forecasts from files, and what any provider of them must be able to do.

A file has `issue_time`, `target_time`, optionally `known_at` and `place`, and columns named like
the quantities (`irradiance_w_m2`, `temperature_c`, …). CSV (packed or not) or Parquet; an empty
cell is not known. Stamps name their zone. Without `known_at` a value is taken as known since it was
issued. A row may be there twice, but no two values of one quantity, target, issue and `known_at`.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

import pandas as pd

from services.forecasting.backtest.mistakes import BadFiles, Mistake
from services.forecasting.backtest.tables import rows_of
from services.forecasting.domain.weather import WeatherValue
from services.forecasting.weather_rows import COLUMN_OF, TIMES, Reading, Row, Words

NEEDED = ("issue_time", "target_time")


class WeatherProvider(Protocol):
    """Somebody who forecasts the weather and can be asked what is new."""

    async def issued_after(self, moment: datetime) -> Sequence[WeatherValue]:
        """Return the values of all runs issued after a moment, oldest first."""


class WeatherFile:
    """A provider whose runs are in a file; files that belong together share their `words`."""

    def __init__(self, path: Path, words: Words | None = None) -> None:
        self._path = path
        self._words = words

    async def issued_after(self, moment: datetime) -> Sequence[WeatherValue]:
        """Return what the file holds of newer runs; BadFiles with every mistake and its line."""
        found = weather_from(self._path, self._words)
        values = [one for one in found if one.issue_time > moment]
        return sorted(values, key=lambda one: (one.issue_time, one.target_time, one.quantity))


def weather_from(path: Path, words: Words | None = None) -> list[WeatherValue]:
    """Return all values of a file; BadFiles with every mistake and its line."""
    names, rows = _table(path)
    if mistakes := list(_header_mistakes(path.name, names)):
        raise BadFiles(mistakes)
    reading = Reading(path.name, names, Words() if words is None else words)
    line = 0
    for line, row in rows:
        if isinstance(row, str):
            reading.wrong(line, row)
        else:
            reading.take(line, row)
    if not line:
        reading.wrong(0, "has no rows")
    if reading.mistakes:
        raise BadFiles(reading.mistakes)
    return reading.values


def _table(path: Path) -> tuple[list[str], Iterator[tuple[int, Row | str]]]:
    """Return the columns, and each row by line, or what is wrong with its form.

    Rows of Parquet are counted like those of a CSV of the same table: the first is line 2.
    """
    if path.suffix != ".parquet":
        lines = rows_of(path)
        _, names = next(lines, (1, []))
        return names, ((line, _row(names, cells)) for line, cells in lines)
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError, ImportError) as error:
        raise BadFiles([Mistake(path.name, 0, f"cannot be read: {error}")]) from None
    return list(map(str, table.columns)), enumerate(table.to_dict("records"), start=2)


def _row(names: list[str], cells: list[str]) -> Row | str:
    if len(cells) != len(names):
        return f"has {len(cells)} cells, the header {len(names)}"
    return dict(zip(names, cells, strict=True))


def _header_mistakes(file: str, names: list[str]) -> Iterator[Mistake]:
    for name in NEEDED:
        if name not in names:
            yield Mistake(file, 1, f"needs a column {name!r}; it has {', '.join(names) or 'none'}")
    known = {*TIMES, "place", *COLUMN_OF}
    for name in dict.fromkeys(names):
        if name not in known:
            cure = ", ".join(COLUMN_OF)
            yield Mistake(file, 1, f"unknown column {name!r}: quantities are {cure}")
        elif names.count(name) > 1:
            yield Mistake(file, 1, f"has the column {name!r} {names.count(name)} times")
    if not any(name in COLUMN_OF for name in names):
        yield Mistake(file, 1, f"has no quantity: name a column {', '.join(COLUMN_OF)}")
